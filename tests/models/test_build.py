"""From a name, settings and a shape to a model, or to an error that can be mended."""

import pytest
import torch

from lamina.errors import PlanError, SettingError
from lamina.models import PAGES, build, plan_of


def test_settings_change_the_plan_and_nothing_else():
    assert build("cnn", {"width": "8", "stages": 2}, (1, 28, 28)).width == 16
    assert plan_of("resnet34", {"small": True}).blocks == (3, 4, 6, 3)
    assert plan_of("resnet34", {"small": True}).small is True


def test_an_unknown_model_is_refused_with_the_nearest():
    with pytest.raises(SettingError, match='did you mean "resnet18"'):
        build("resnet-18", {}, (3, 64, 64))


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if page.takes == "map"])
def test_a_page_for_pictures_refuses_a_table_and_names_one_that_takes_it(name):
    with pytest.raises(PlanError, match=r"table of 12 values a row\n.*mlp\n.*--model mlp"):
        build(name, {}, (12,))


def test_a_page_for_sequences_is_made_for_their_width_and_greatest_length():
    body = build("gpt", {"width": 8}, (20, 12))
    assert body.project.in_features == 12
    assert len(body.places.table) == 20
    with pytest.raises(PlanError, match=r"these inputs are sequences of \(20, 12\)"):
        build("cnn", {}, (20, 12))


@pytest.mark.parametrize("shape", [(), (0,), (1, 2, 3, 4, 5)])
def test_another_shape_is_refused(shape):
    with pytest.raises(PlanError, match="no page takes"):
        build("mlp", {}, shape)


@pytest.mark.parametrize(
    ("name", "settings", "shape", "least"),
    [
        ("lenet", {}, (1, 11, 28), 12),
        ("cnn", {"stages": 5}, (1, 28, 15), 16),
        ("cnn", {"stages": 7}, (3, 64, 100), 128),
        ("resnet18", {}, (1, 28, 7), 8),
        ("resnet50", {"small": False}, (1, 28, 28), 32),
    ],
)
def test_a_picture_too_small_is_refused_at_the_door_and_the_least_is_taken(name, settings, shape, least):
    with pytest.raises(PlanError, match=rf"at least {least} × {least} pixels"):
        build(name, settings, shape)
    if name != "resnet50":
        body = build(name, {**settings, **({"width": 4} if name != "lenet" else {})}, (shape[0], least, least))
        assert body.eval()(torch.zeros(1, shape[0], least, least)).x.shape[1] == body.width

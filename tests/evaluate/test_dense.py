"""Baselines and plates of answers that lie in a picture."""

import numpy as np
import pytest

from lamina.evaluate.baselines import Task, fit_baselines
from lamina.evaluate.baselines.dense import otsu
from lamina.kinds import Field, Image, Schema
from lamina.kinds.boxes import Boxes
from lamina.kinds.mask import Mask


def schema(kind):
    return Schema((Field("image", Image(height=20, width=30, channels=1), "input"), Field("answer", kind, "target")))


@pytest.mark.parametrize("seed", range(4))
def test_the_threshold_is_that_of_scikit_image(seed):
    library = pytest.importorskip("skimage.filters", reason="scikit-image is a development dependency")
    draw = np.random.default_rng(seed)
    picture = np.where(draw.random((20, 30)) < 0.3, draw.normal(170, 20, (20, 30)), draw.normal(70, 20, (20, 30)))
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    assert np.array_equal(otsu(picture[None, ..., None])[0], picture > library.threshold_otsu(picture))


def test_dark_things_on_a_light_ground_are_found_too():
    draw = np.random.default_rng(0)
    truth = np.zeros((6, 20, 30), np.uint8)
    truth[:, 5:12, 8:20] = 1
    pixels = np.where(truth == 1, 40, 200) + draw.integers(-20, 20, truth.shape)
    inputs = {"image": pixels.astype(np.uint8)[..., None]}
    kind = Mask(height=20, width=30, values=(0, 9), shares=(0.8, 0.2))
    _, found = fit_baselines(schema(kind), inputs, truth, None, 0)
    assert found.says.startswith("the darker part")
    assert np.array_equal(found.answer(inputs), truth)


def test_of_more_classes_only_the_commonest_is_said():
    kind = Mask(height=20, width=30, values=(0, 1, 2), shares=(0.2, 0.5, 0.3))
    inputs = {"image": np.zeros((3, 20, 30, 1), np.uint8)}
    (found,) = fit_baselines(schema(kind), inputs, np.zeros((3, 20, 30), np.uint8), None, 0)
    assert (found.answer(inputs) == 1).all()
    assert isinstance(Task(schema(kind), inputs, None), Task)


def test_boxes_are_laid_over_the_whole_picture():
    kind = Boxes(height=20, width=30, labels=("a", "b"), counts=(3, 1), sizes=((10.0, 10.0), (30.0, 20.0)), many=2)
    inputs = {"image": np.zeros((2, 20, 30, 1), np.uint8)}
    (found,) = fit_baselines(schema(kind), inputs, [None] * 2, None, 0)
    rows = found.answer(inputs)
    assert rows.lengths.tolist() == [7, 7]  # three by two of the small, one of the large
    assert rows.row(0)[0].tolist() == [0, 0, 0, 10, 10, 0.75]
    assert rows.row(0)[-1].tolist() == [1, 0, 0, 30, 20, 0.25]

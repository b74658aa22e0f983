"""Entry, body and head put together."""

from __future__ import annotations

import pytest
import torch

from lamina.errors import PlanError
from lamina.kinds import Category, Field, Image, Mask, Number, Photo, Schema, Tags
from lamina.recipe import Recipe, build_net

NUMBER = Number(mean=0.0, std=1.0, edges=(-1.0, 0.0, 1.0))
CODES = Category(labels=("x", "y", "z"), counts=(1, 1, 1))
PICTURE = Image(height=8, width=8, channels=1, mean=(0.5,), std=(0.25,))


def schema(inputs, target) -> Schema:
    fields = [Field(f"in{i}", kind, "input", "") for i, kind in enumerate(inputs)]
    return Schema((*fields, Field("y", target, "target", "")))


def recipe(model: str, **settings) -> Recipe:
    return Recipe(model={"name": model, **settings})


def test_a_table_of_numbers_and_codes_meets_each_target():
    inputs = {":numbers": torch.tensor([[0.5, float("nan")], [9.0, -2.0]]), ":codes": torch.tensor([[0], [-1]])}
    for target, shape in [(Number(), (2,)), (CODES, (2, 3)), (Tags(labels=("a", "b")), (2, 2))]:
        net = build_net(recipe("mlp", width=4), schema([NUMBER, NUMBER, CODES], target))
        answer = net.head.decode(net(inputs))
        assert answer.shape == shape
        assert answer.isfinite().all()


def test_pictures_meet_a_convolution_and_a_perceptron():
    pixels = {"in0": torch.randint(256, (2, 1, 8, 8), dtype=torch.uint8)}
    for model in ("cnn", "mlp"):
        net = build_net(recipe(model, width=4), schema([PICTURE], CODES))
        assert net.head.decode(net(pixels)).shape == (2, 3)


def test_the_seed_of_the_recipe_decides_the_weights():
    given = schema([NUMBER], Number())
    one, same, other = (build_net(Recipe(seed=seed), given).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[k], same[k]) for k in one)
    assert any(not torch.equal(one[k], other[k]) for k in one)


@pytest.mark.parametrize("inputs", [[PICTURE, NUMBER], [PICTURE, PICTURE], []])
def test_inputs_that_a_model_does_not_take_together_are_said(inputs):
    with pytest.raises(PlanError, match=r"cnn does not take these inputs together: (in0 .Image., in1|nothing)"):
        build_net(recipe("cnn"), schema(inputs, Number()))


def test_the_model_that_is_named_in_place_of_another_is_the_usual_one():
    small, large = (Photo(times=n, height=8, width=8, channels=1, mean=(0.5,), std=(0.25,)) for n in (1, 2))
    for given, usual in ((schema([small], large), "edsr"), (schema([PICTURE], Mask(values=(0, 1))), "unet")):
        with pytest.raises(PlanError, match="gpt does not take") as caught:
            build_net(recipe("gpt"), given)
        assert caught.value.fix == f"--model {usual}"


def test_a_model_for_tables_takes_a_picture_and_numbers_side_by_side():
    net = build_net(recipe("mlp", width=4), schema([PICTURE, NUMBER], Number()))
    given = {"in0": torch.randint(256, (2, 1, 8, 8), dtype=torch.uint8), ":numbers": torch.randn(2, 1)}
    assert net.head.decode(net(given)).shape == (2,)

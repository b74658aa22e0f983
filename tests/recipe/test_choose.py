"""What is chosen when nothing is said, and that every choice has its reason."""

from __future__ import annotations

import pytest

from lamina.data.augment import Augment
from lamina.kinds import Category, Field, Image, Number, Schema, Series
from lamina.recipe import Budget, choose


def schema(inputs, target) -> Schema:
    fields = [Field(f"in{i}", kind, "input", "") for i, kind in enumerate(inputs)]
    return Schema((*fields, Field("y", target, "target", "")))


PICTURES = schema([Image(height=8, width=8, channels=1)], Category(labels=("a", "b"), counts=(50, 50)))
TABLE = schema([Number(), Number()], Number())


@pytest.mark.parametrize(("given", "model"), [(PICTURES, "cnn"), (TABLE, "mlp")])
def test_the_inputs_choose_the_model(given, model):
    recipe, choices = choose(given, 1000)
    assert recipe.model == {"name": model}
    assert {c.what for c in choices} >= {"model", "batch", "budget", "optimizer", "schedule", "augment"}
    assert all(c.why and c.value for c in choices)


def test_what_is_asked_for_is_taken():
    recipe, choices = choose(TABLE, 1000, model="other", budget=Budget(steps=7), seed=5)
    assert (recipe.model["name"], recipe.budget, recipe.seed) == ("other", Budget(steps=7), 5)
    assert {c.what for c in choices if c.why == "asked for"} == {"model", "budget"}


@pytest.mark.parametrize(("rows", "batch"), [(1, 1), (9, 9), (100, 16), (1000, 32), (5000, 128), (10**7, 256)])
def test_the_batch_grows_with_the_rows(rows, batch):
    assert choose(TABLE, rows)[0].train.batch == batch


def test_the_budget_views_more_of_few_rows():
    epochs = [choose(PICTURES, rows)[0].budget.epochs for rows in (100, 10_000, 50_000, 10**6)]
    assert epochs == sorted(epochs, reverse=True)
    assert epochs[-1] == 10


def test_a_number_is_not_smoothed():
    pictures = schema([Image(height=8, width=8, channels=1)], Number())
    assert choose(pictures, 1000)[0].head.smoothing == 0
    assert choose(PICTURES, 1000)[0].head.smoothing > 0


def test_a_rare_class_is_said_with_the_word_that_helps():
    rare = schema([Number()], Category(labels=("a", "b"), counts=(1000, 20)))
    (said,) = [c for c in choose(rare, 1020)[1] if c.what == "balance"]
    assert '"b"' in said.why
    assert "head.balance=true" in said.why
    assert not [c for c in choose(PICTURES, 100)[1] if c.what == "balance"]


def test_few_photos_are_told_of_weights_from_elsewhere():
    photos = schema([Image(height=64, width=64, channels=3)], Category(labels=("a", "b"), counts=(50, 50)))

    def said(given, rows, weights=""):
        return [c.value for c in choose(given, rows, weights=weights)[1] if c.what == "weights"]

    assert said(photos, 1000) == ["from scratch"]
    assert said(photos, 1000, "net.safetensors") == ["net.safetensors"]
    assert said(photos, 100_000) == said(PICTURES, 1000) == said(TABLE, 1000) == []


def test_a_student_sees_many_rows_as_they_are_and_few_ones_changed():
    pictures = schema([Image(height=28, width=28, channels=1)], Category(labels=("a", "b"), counts=(50, 50)))
    many, few = (choose(pictures, rows, objective="distil")[0] for rows in (50_000, 500))
    assert many.augment == Augment() != few.augment
    assert many.train.batch == 64
    assert choose(pictures, 50_000)[0].augment != Augment()


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
def test_a_past_is_read_onward_where_it_is_to_go_on(name):
    past = Series(channels=("a",), mean=(0.0,), std=(1.0,), shortest=30, longest=30)
    assert choose(schema([past], past), 1000, model=name)[0].model["both"] is False
    assert choose(schema([past], Category(labels=("a", "b"))), 1000, model=name)[0].model.get("both", True)

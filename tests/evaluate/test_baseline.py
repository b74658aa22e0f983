"""Baselines: better than guessing, within their time, and the same again."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from sklearn.datasets import load_iris

from lamina.evaluate.baselines import Task
from lamina.evaluate.baselines.columns import CARE, _grow, of_columns
from lamina.evaluate.features import Features, shrunk, width_of
from lamina.kinds import Category, Field, Image, Number, Schema, Tags


def fit_baselines(schema, inputs, target, seconds, seed, rows=None):
    return of_columns(Task(schema, inputs, target, seed), seconds, rows)


def iris():
    x, y = load_iris(return_X_y=True)
    order = np.random.default_rng(0).permutation(150)
    fields = tuple(Field(f"n{i}", Number(), "input") for i in range(4))
    schema = Schema((*fields, Field("y", Category(labels=("a", "b", "c")), "target")))
    return schema, x[order].astype(np.float32), y[order].astype(np.int32)


def mixed(n: int = 900):
    """A number that counts where the category is 1, with gaps; a category with one value too rare to be seen."""
    rng = np.random.default_rng(1)
    numbers = rng.normal(size=(n, 2)).astype(np.float32)
    codes = rng.integers(-1, 3, (n, 1)).astype(np.int32)
    truth = ((codes[:, 0] == 1) * 2 + numbers[:, 0]).astype(np.float32)
    numbers[rng.random((n, 2)) < 0.1] = np.nan
    fields = (Field("a", Number(), "input"), Field("b", Number(), "input"))
    code = Field("c", Category(labels=("u", "v", "w", "x")), "input")
    return (*fields, code), {":numbers": numbers, ":codes": codes}, truth


def test_linear_and_trees_beat_the_majority_on_iris():
    schema, x, y = iris()
    found = fit_baselines(schema, {":numbers": x[:100]}, y[:100], None, 0)
    assert [b.name for b in found] == ["majority", "linear", "boosted trees"]
    right = [(b.answer({":numbers": x[100:]}).argmax(1) == y[100:]).mean() for b in found]
    assert right[0] < 0.5
    assert min(right[1:]) > 0.85
    for b in found:
        assert b.rows == 100
        assert "100 rows" in b.says
        np.testing.assert_allclose(b.answer({":numbers": x}).sum(1), 1, rtol=1e-5)


def test_a_number_is_answered_in_its_encoded_units():
    fields, inputs, truth = mixed()
    schema = Schema((*fields, Field("y", Number(), "target")))
    mean, linear, trees = fit_baselines(schema, inputs, truth, None, 0)
    assert mean.name == "mean"
    errors = [np.sqrt(((b.answer(inputs) - truth) ** 2).mean()) for b in (mean, linear, trees)]
    assert errors[0] == pytest.approx(truth.std(), rel=1e-4)
    assert errors[1] < 0.6 * errors[0]
    assert errors[2] < errors[1]


def test_tags_are_answered_one_by_one_and_a_tag_never_on_stays_off():
    fields, inputs, truth = mixed()
    schema = Schema((*fields, Field("y", Tags(labels=("high", "never", "low")), "target")))
    target = np.stack([truth > 0.5, np.zeros(900, bool), truth < 0], axis=1).astype(np.uint8)
    majority, *others = fit_baselines(schema, inputs, target, None, 0)
    assert len(others) == 2
    for b in others:
        answer = b.answer(inputs)
        assert answer.shape == (900, 3)
        assert (answer[:, 1] == 0).all()
        assert ((answer > 0.5) == target).all(1).mean() > ((majority.answer(inputs) > 0.5) == target).all(
            1
        ).mean() + 0.2


def test_pictures_get_a_linear_model_only():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 300).astype(np.int32)
    pixels = rng.integers(0, 120, (300, 40, 40, 3)).astype(np.uint8)
    pixels[y == 1, :20] += 60
    image = Field("image", Image(height=40, width=40, channels=3), "input")
    schema = Schema((image, Field("y", Category(labels=(0, 1)), "target")))
    found = fit_baselines(schema, {"image": pixels[:200]}, y[:200], None, 0)
    assert [b.name for b in found] == ["majority", "linear"]
    assert (found[1].answer({"image": pixels[200:]}).argmax(1) == y[200:]).mean() > 0.9


def test_a_recorded_number_of_rows_repeats_the_very_models():
    schema, x, y = iris()
    x, y = np.tile(x, (12, 1)), np.tile(y, 12)
    first = fit_baselines(schema, {":numbers": x}, y, None, 3, rows={"linear": 60, "boosted trees": 90})
    again = fit_baselines(schema, {":numbers": x}, y, 100.0, 3, rows={b.name: b.rows for b in first})
    other = fit_baselines(schema, {":numbers": x}, y, None, 4, rows={b.name: b.rows for b in first})
    assert [b.rows for b in again] == [1800, 60, 90]
    assert "60 of 1,800 rows" in again[1].says
    for a, b, c in zip(first[1:], again[1:], other[1:], strict=True):
        np.testing.assert_array_equal(a.answer({":numbers": x}), b.answer({":numbers": x}))
        assert not np.array_equal(a.answer({":numbers": x}), c.answer({":numbers": x}))
    assert [b.name for b in fit_baselines(schema, {":numbers": x}, y, None, 3, rows={"linear": 60})] == [
        "majority",
        "linear",
    ]


def test_without_seconds_no_clock_is_read(monkeypatch):
    schema, x, y = iris()
    plain = fit_baselines(schema, {":numbers": x}, y, None, 0)
    ticks = iter(range(0, 10**9, 10**6))
    monkeypatch.setattr("lamina.evaluate.baselines.columns.perf_counter", lambda: float(next(ticks)))
    assert [b.rows for b in fit_baselines(schema, {":numbers": x}, y, None, 0)] == [b.rows for b in plain]


def test_little_time_means_few_rows_and_more_time_more(monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40_000, 20)).astype(np.float32)
    y = (x[:, 0] + rng.normal(size=40_000) > 0).astype(np.int32)
    fields = tuple(Field(f"n{i}", Number(), "input") for i in range(20))
    schema = Schema((*fields, Field("y", Category(labels=(0, 1)), "target")))
    begin = time.perf_counter()
    hasty = fit_baselines(schema, {":numbers": x}, y, 0.0, 0)
    assert time.perf_counter() - begin < 5
    assert [b.rows for b in hasty] == [40_000, 2000, 2000]
    assert [b.rows for b in fit_baselines(schema, {":numbers": x}, y, 60.0, 0)] == [40_000] * 3


def test_a_fit_is_begun_only_if_it_is_foreseen_to_end_in_time(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("lamina.evaluate.baselines.columns.perf_counter", lambda: now[0])

    def fit(task, rows):
        now[0] += rows / 1000  # seconds
        return "", lambda inputs: np.zeros(0)

    assert _grow(fit, None, 2000, 50_000, 10.0)[0] == int(2000 * 8 / (CARE * 2))
    assert now[0] < 10
    assert _grow(fit, None, 2000, 2500, 10.0)[0] == 2500
    assert _grow(fit, None, 2000, 50_000, 5.0)[0] == 2000  # what is left is not worth another fit


def test_the_few_rows_taken_know_every_class():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20_000, 3)).astype(np.float32), np.zeros(20_000, np.int32)
    y[17] = 2
    fields = tuple(Field(f"n{i}", Number(), "input") for i in range(3))
    schema = Schema((*fields, Field("y", Category(labels=(0, 1, 2)), "target")))
    for b in fit_baselines(schema, {":numbers": x}, y, 0.0, 0):
        answer = b.answer({":numbers": x[:5]})
        assert answer.shape == (5, 3)
        assert (answer[:, 2] > 0).all()
        assert b.name == "majority" or (answer[:, 1] == 0).all()  # no row of it anywhere


def test_more_classes_than_rows_are_no_reason_to_stop():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 2)).astype(np.float32), np.arange(300, dtype=np.int32)
    schema = Schema((Field("a", Number(), "input"), Field("b", Number(), "input"), Field("y", many(300), "target")))
    found = fit_baselines(schema, {":numbers": x}, y, 0.0, 0)
    assert [b.name for b in found] == ["majority", "linear"]  # trees would be 300 in every round
    assert found[1].answer({":numbers": x}).shape == (300, 300)
    vast = Schema((*schema.inputs, Field("y", many(1_000_000), "target")))
    assert [b.name for b in fit_baselines(vast, {":numbers": x}, y, 0.0, 0)] == ["majority"]


def many(classes: int) -> Category:
    return Category(labels=tuple(range(classes)))


def test_one_class_only_has_nothing_to_learn():
    schema, x, y = iris()
    assert [b.name for b in fit_baselines(schema, {":numbers": x}, y * 0, None, 0)] == ["majority"]


def test_stopping_early_is_said_and_not_warned_of(monkeypatch):
    monkeypatch.setattr("lamina.evaluate.baselines.columns.ITERATIONS", 3)
    schema, x, y = iris()
    linear = fit_baselines(schema, {":numbers": x}, y, None, 0, rows={"linear": 120})[1]
    assert linear.says == "logistic regression, stopped at 3 iterations; fitted on 120 of 150 rows"


def test_the_threads_of_others_are_left_as_they_were():
    schema, x, y = iris()
    before = torch.get_num_threads()
    fit_baselines(schema, {":numbers": x}, y, None, 0)[2].answer({":numbers": x})
    assert torch.get_num_threads() == before


def test_columns_with_nothing_in_them_do_no_harm():
    schema, x, y = iris()
    x = x.copy()
    x[:, 1] = np.nan
    x[:, 2] = 5
    for b in fit_baselines(schema, {":numbers": x}, y, None, 0):
        assert np.isfinite(b.answer({":numbers": x})).all()


def test_features_are_standardised_flagged_and_no_wider_than_foretold():
    fields, inputs, _ = mixed()
    slots = [s for s in Schema((*fields, Field("y", Number(), "target"))).slots() if s.role == "input"]
    matrix = Features(slots, inputs)(inputs)
    assert matrix.dtype == np.float32
    assert matrix.shape[1] <= sum(width_of(s, inputs[s.name]) for s in slots)
    known = ~np.isnan(inputs[":numbers"][:, 0])
    assert matrix[known, 0].mean() == pytest.approx(0, abs=1e-5)
    assert matrix[known, 0].std() == pytest.approx(1, abs=1e-5)
    assert (matrix[~known, 0] == 0).all()
    assert (matrix[:, 2] == ~known).all()
    assert (matrix[:, 4:].sum(1) == 1).all()  # one-hot, missing being a value of its own


def test_pictures_shrink_by_the_mean_of_blocks():
    pixels = np.zeros((1, 5, 4, 1), np.uint8)
    pixels[0, :2, :2, 0] = [[0, 255], [255, 0]]
    assert shrunk(pixels, 4).tolist() == [[0.5, 0, 0, 0]]
    assert shrunk(pixels, 20).shape == (1, 20)
    assert shrunk(np.zeros((2, 2, 600, 3), np.uint8), 100).shape[1] <= 100

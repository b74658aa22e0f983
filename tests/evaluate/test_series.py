"""Baselines of series and bands around forecasts."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.evaluate.baselines import fit_baselines
from lamina.evaluate.baselines.series import ahead, nearest, stretched, warped
from lamina.evaluate.baselines.task import Task
from lamina.evaluate.features import OUTLINE, SOME, Features, outlined, width_of
from lamina.kinds import Category, Field, Number, Schema, Series, Slot, Tags
from lamina.predict.bands import bands_from_json, fit_bands
from lamina.ragged import Ragged


def windows(values, past, steps, count):
    starts = np.arange(past, past + count)
    rows = Ragged(values.astype(np.float32), starts - past, np.full(count, past))
    return rows, Ragged(values.astype(np.float32), starts, np.full(count, steps))


def task_of(values, season=1, past=12, steps=5, count=150):
    rows, target = windows(values, past, steps, count)
    kind = Series(channels=("a", "b"), longest=steps, season=season)
    schema = Schema((Field("past", Series(), "input"), Field("future", kind, "target")))
    return Task(schema, {"past": rows}, target)


def errors(task, rows=slice(None)):
    truth = task.target[rows].padded(0.0)
    inputs = {"past": task.inputs["past"][rows]}
    return {b.name: float(np.abs(b.answer(inputs) - truth).mean()) for b in ahead(task, None)}


def test_a_season_is_repeated_exactly_and_a_line_is_continued():
    season = np.tile([0.0, 3, 1, 4, 1, 5], 40)
    found = errors(task_of(np.stack([season, -season], 1), season=6))
    assert found["season"] == 0
    assert found["repeat"] > 1
    line = np.stack([np.arange(240.0), 3 - 0.5 * np.arange(240)], 1)
    assert errors(task_of(line))["linear"] < 0.05
    assert "season" not in errors(task_of(line))


def test_the_linear_map_is_that_of_scikit_learn():
    from sklearn.linear_model import Ridge

    values = np.random.default_rng(0).normal(size=(240, 2)).cumsum(0)
    task = task_of(values)
    baseline = ahead(task, None)[-1]
    past, future = task.inputs["past"].padded(0.0).astype(float), task.target.padded(0.0).astype(float)
    last = past[:, -1:]
    x, y = ((a - last).swapaxes(1, 2).reshape(-1, a.shape[1]) for a in (past, future))
    penalty = float(baseline.says.split("penalty ")[1].split(";")[0]) * len(x)
    expected = Ridge(penalty).fit(x, y).predict(x).reshape(150, 2, 5).swapaxes(1, 2) + last
    np.testing.assert_allclose(baseline.answer(task.inputs), expected, atol=1e-4)


def test_the_linear_map_knows_what_is_known_ahead_by_its_straight_effect_on_each_channel():
    draw = np.random.default_rng(0)
    told, noise = draw.normal(size=(240, 2)), draw.normal(0, 0.1, (240, 2))
    effect = np.array([[3.0, 0.0], [-1.0, 2.0]])
    season = np.tile([0.0, 3, 1, 4, 1, 5], 40)[:, None]
    task = task_of(season + told @ effect + noise, season=6)
    starts = np.arange(150)
    known = Ragged(told.astype(np.float32), starts, np.full(150, 12 + 5))
    schema = Schema((task.schema.fields[0], Field("known", Series(), "input"), task.schema.fields[1]))
    informed = Task(schema, {**task.inputs, "known": known}, task.target)
    baseline = ahead(informed, None)[-1]
    error = baseline.answer(informed.inputs) - task.target.padded(0.0)
    assert "what is known ahead" in baseline.says
    assert np.sqrt((error**2).mean()) < 0.15  # the noise, and what of the past's is in the map
    assert errors(task)["linear"] > 1
    kept = {name: rows[:0] for name, rows in informed.inputs.items()}
    assert baseline.answer(kept).shape == (0, 5, 2)


def test_warping_finds_a_series_that_is_only_late():
    bump = lambda at: np.exp(-(((np.arange(40) - at) / 2.0) ** 2))[:, None]  # noqa: E731
    rows = np.stack([bump(15), bump(18), -bump(15)]).astype(np.float32)
    apart = warped(rows, rows, 4)
    assert apart[0, 1] < 1e-6 < warped(rows, rows, 1)[0, 1]
    assert apart[0, 2] > 1
    np.testing.assert_allclose(apart, apart.T, atol=1e-5)
    assert stretched(Ragged.of([np.arange(5.0)[:, None]]), 9)[0, :, 0].tolist() == [i / 2 for i in range(9)]


def test_the_nearest_series_tells_the_class():
    draw = np.random.default_rng(0)
    waves = [np.sin(np.arange(30 + i % 3) / (2 + 3 * (i % 2)))[:, None] for i in range(20)]
    rows = [wave + draw.normal(0, 0.1, wave.shape) for wave in waves]
    kind = Category(labels=("fast", "slow"), counts=(10, 10))
    schema = Schema((Field("series", Series(), "input"), Field("label", kind, "target")))
    ragged, classes = Ragged.of(rows), np.arange(20) % 2
    found = nearest(Task(schema, {"series": ragged[:12]}, classes[:12]), None)
    assert [b.name for b in found] == ["majority", "nearest"]
    shares = found[1].answer({"series": ragged[12:]})
    assert (shares.argmax(1) == classes[12:]).all()
    np.testing.assert_allclose(shares.sum(1), 1)


def test_bands_hold_their_share_of_what_is_like_validation():
    draw = np.random.default_rng(0)
    scale = np.linspace(1, 4, 6)[:, None] * [1.0, 10.0]
    truth, fresh = draw.normal(size=(2, 4000, 6, 2)) * scale
    bands = fit_bands(truth, np.zeros_like(truth), 0.8)
    low, high = bands.around(np.zeros_like(fresh))
    inside = ((fresh >= low) & (fresh <= high)).mean(0)
    assert inside == pytest.approx(np.full((6, 2), 0.8), abs=0.04)
    assert (np.diff(np.array(bands.high), axis=0) > 0).all()  # the farther ahead, the wider
    assert bands_from_json(bands.to_json()) == bands
    assert fit_bands(truth[:10], truth[:10]) is None


SIGNAL = Series(channels=("a", "b"), mean=(0.0, 0.0), std=(1.0, 1.0), shortest=1, longest=9)


def signals(n):
    """Series of unequal length, whose first channel rises in every other row and falls in the others."""
    draw, rises = np.random.default_rng(3), np.arange(n) % 2
    rows = []
    for rise in rises:
        steps = np.linspace(-1, 1, draw.integers(5, 10)) * (2 * rise - 1)
        rows.append(np.stack([steps, draw.normal(size=len(steps))], 1).astype(np.float32))
    return Ragged.of(rows), rises


def test_series_are_told_by_the_outline_of_each_channel():
    gap = np.nan
    rows = Ragged.of([np.array(x, np.float32) for x in ([[1, 5], [2, 5], [6, 5]], [[gap, gap], [4, gap], [2, gap]])])
    first, second = outlined(rows).reshape(2, OUTLINE, 2)
    np.testing.assert_allclose(first[:, 0], [3, np.std([1, 2, 6]), 1, 6, 1, 6], rtol=1e-6)
    np.testing.assert_allclose(first[:, 1], [5, 0, 5, 5, 5, 5])
    np.testing.assert_allclose(second[:, 0], [3, 1, 4, 2, 2, 4])
    assert np.isnan(second[:, 1]).all()
    many = Ragged.of([np.full((1 + i % 7, 1), i, np.float32) for i in range(3 * SOME + 1)])
    np.testing.assert_array_equal(outlined(many)[:, 0], np.arange(len(many)))
    assert outlined(many[:0]).shape == (0, OUTLINE)


def test_series_are_features_no_wider_than_foretold():
    slot = Slot("s", "input", (Field("s", SIGNAL, "input"),), False)
    gap = np.full((2, 2), np.nan, np.float32)
    rows = Ragged.of([gap, *signals(10)[0]])
    matrix = Features([slot], {"s": rows})({"s": rows})
    assert matrix.shape == (11, width_of(slot, rows)) == (11, 2 * OUTLINE * 2)
    assert np.isfinite(matrix).all()
    assert width_of(slot, signals(10)[0]) == matrix.shape[1]


@pytest.mark.parametrize("beside", [(), (Field("n", Number(), "input"),)])
def test_a_number_and_tags_are_found_from_series_and_what_stands_beside_them(beside):
    rows, rises = signals(200)
    inputs = {"s": rows, ":numbers": np.zeros((200, 1), np.float32)} if beside else {"s": rows}
    given = (Field("s", SIGNAL, "input"), *beside)
    value, tags = Schema((*given, Field("y", Number(), "target"))), Tags(labels=("up", "down"), counts=(100, 100))
    mean, linear = fit_baselines(value, inputs, rises.astype(np.float32), None, 0)
    assert np.abs(linear.answer(inputs) - rises).mean() < 0.1 < np.abs(mean.answer(inputs) - rises).mean()
    target = np.stack([rises, 1 - rises], 1).astype(np.uint8)
    found = fit_baselines(Schema((*given, Field("y", tags, "target"))), inputs, target, None, 0)[-1]
    assert ((found.answer(inputs) > 0.5) == target).all()


def test_a_class_is_found_from_a_series_beside_a_number():
    rows, rises = signals(200)
    label = Field("y", Category(labels=("down", "up"), counts=(100, 100)), "target")
    schema = Schema((Field("s", SIGNAL, "input"), Field("n", Number(), "input"), label))
    inputs = {"s": rows, ":numbers": np.zeros((200, 1), np.float32)}
    found = {b.name: b.answer(inputs) for b in fit_baselines(schema, inputs, rises.astype(np.int32), None, 0)}
    assert (found["linear"].argmax(1) == rises).all()

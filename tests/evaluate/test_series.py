"""Baselines of series and bands around forecasts."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.evaluate.baselines.series import ahead, nearest, stretched, warped
from lamina.evaluate.baselines.task import Task
from lamina.kinds import Category, Field, Schema, Series
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

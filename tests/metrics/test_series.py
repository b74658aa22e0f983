"""Scores of forecasts against their formulas, and the share of truths in their bands."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.kinds import Series
from lamina.metrics.series import SCORES, case_of, coverage_of
from lamina.metrics.weights import once, resampled

KIND = Series(channels=("a", "b"), mean=(10.0, -1.0), std=(2.0, 4.0), season=3, naive=(0.5, 2.0))


def some(n=6):
    draw = np.random.default_rng(0)
    return draw.normal(size=(n, 4, 2)), draw.normal(size=(n, 4, 2))


def found(kind, truth, answer):
    case = case_of(kind, truth, answer)
    return {score.name: float(score.function(case, once(len(truth)))[0]) for score in SCORES}


def test_each_score_is_its_formula():
    truth, answer = some()
    scores = found(KIND, truth, answer)
    assert scores["mse"] == pytest.approx(((truth - answer) ** 2).mean())
    assert scores["mae"] == pytest.approx(np.abs(truth - answer).mean())
    assert scores["mase"] == pytest.approx((np.abs(truth - answer) / [0.5, 2.0]).mean())
    true, said = truth * [2, 4] + [10, -1], answer * [2, 4] + [10, -1]
    assert scores["smape"] == pytest.approx(200 * (np.abs(true - said) / (np.abs(true) + np.abs(said))).mean())


def test_a_perfect_forecast_has_no_error_and_no_season_no_mase():
    truth, _ = some()
    assert set(found(KIND, truth, truth).values()) == {0.0}
    assert np.isnan(found(Series(channels=("a", "b"), mean=(0.0, 0.0), std=(1.0, 1.0)), truth, truth)["mase"])


def test_windows_drawn_in_blocks_give_the_wider_interval():
    truth, answer = some(200)
    answer = truth + np.repeat(np.random.default_rng(1).normal(size=(10, 1, 1)), 20, axis=0)  # errors last for 20 rows
    case = case_of(KIND, truth, answer)

    def spread(groups):
        return np.concatenate([SCORES[0].function(case, w) for w in resampled(200, 0, groups, 0, 400)]).std()

    assert spread(np.arange(200) // 20) > 2 * spread(None)


def test_coverage_is_the_share_inside_with_an_interval():
    entry = coverage_of(np.array([1.0, 0.5, 0.9, 0.8] * 10), np.arange(40) // 4, 0)
    assert entry["value"] == pytest.approx(0.8)
    entry = coverage_of(np.linspace(0, 1, 40), np.arange(40) // 4, 0)
    assert entry["low"] < entry["value"] == 0.5 < entry["high"]
    assert coverage_of(np.zeros(0), None, 0)["value"] is None

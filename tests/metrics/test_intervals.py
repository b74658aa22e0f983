"""Intervals against closed forms, brute force, and how often they hold what is true."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lamina.kinds import Category, Number
from lamina.metrics import delong, scored, wilson
from lamina.metrics.intervals import delong_variance, newcombe, percentile
from lamina.metrics.weights import resampled


def test_wilson_of_eight_in_ten_is_the_published_interval():
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=5e-5)
    assert wilson(0, 10) == pytest.approx((0, 0.2775), abs=5e-5)
    assert wilson(10, 10) == pytest.approx((0.7225, 1), abs=5e-5)


def brute(scores, positive):
    """DeLong 1988 as written: every pair compared."""
    above, below = scores[positive], scores[~positive]
    wins = (above[:, None] > below) + 0.5 * (above[:, None] == below)
    return wins.mean(), wins.mean(1).var(ddof=1) / len(above) + wins.mean(0).var(ddof=1) / len(below)


@pytest.mark.parametrize("seed", range(8))
def test_delong_is_the_comparison_of_all_pairs(seed):
    rng = np.random.default_rng(seed)
    positive = np.arange(60) < 20
    scores = np.round(rng.normal(size=60) + positive, 1 if seed % 2 else 8)
    area, variance = brute(scores, positive)
    assert delong_variance(scores, positive) == pytest.approx((area, variance))
    (low, high), name = delong(scores, positive)
    half = 1.959964 * math.sqrt(variance) / (area * (1 - area))
    assert [math.log(x / (1 - x)) for x in (low, high)] == pytest.approx(
        [math.log(area / (1 - area)) + sign * half for sign in (-1, 1)], rel=1e-5
    )
    assert name.startswith("DeLong")


def test_a_perfect_order_still_has_a_width():
    positive = np.arange(20) < 10
    (low, high), name = delong(positive.astype(float), positive)
    assert high == pytest.approx(1)
    assert 0.6 < low < 0.95
    assert name == "Newcombe 95 %"
    assert delong(np.arange(3.0), np.array([True, False, False])) is None


def test_newcombe_ends_lie_where_the_value_is_1_96_standard_errors_away():
    area, m, n = 0.8, 12, 30
    for end in newcombe(area, m, n):
        shape = 1 + ((m + n) / 2 - 1) * ((1 - end) / (2 - end) + end / (1 + end))
        assert abs(area - end) / math.sqrt(end * (1 - end) * shape / (m * n)) == pytest.approx(1.959964, rel=1e-4)


def test_resamples_keep_the_number_of_rows_and_draw_groups_whole():
    plain = next(resampled(30, 5, None, 0, 40))
    assert plain.rows.shape == (40, 30)
    assert (plain.total + plain.lost == 35).all()
    groups = np.array([7, 7, 7, 3, 3, 9])
    drawn = next(resampled(6, 0, groups, 0, 40)).rows
    assert (drawn[:, 0] == drawn[:, 1]).all()
    assert (drawn[:, 3] == drawn[:, 4]).all()
    assert (drawn[:, [0, 3, 5]].sum(1) == 3).all()
    assert (drawn[:, 0] != drawn[:, 3]).any()


def test_chunks_of_resamples_add_up():
    assert sum(len(w.rows) for w in resampled(400_000, 0, None, 0, 7)) == 7


def test_intervals_repeat_with_the_seed_and_only_with_it():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=80)
    answer = truth + rng.normal(size=80)
    first, again, other = (scored(Number(), truth, answer, seed=s, resamples=200) for s in (1, 1, 2))
    assert first == again
    assert first["rmse"]["low"] != other["rmse"]["low"]


def test_the_bootstrap_of_a_mean_is_as_wide_as_its_standard_error():
    rng = np.random.default_rng(1)
    error = rng.gamma(2.0, size=2000)
    found = scored(Number(), np.zeros(2000), error)["mae"]
    width = 2 * 1.96 * error.std() / math.sqrt(2000)
    assert found["high"] - found["low"] == pytest.approx(width, rel=0.1)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    kind, times, n, held = Category(labels=(0, 1)), 150, 150, dict.fromkeys(("auc", "log_loss", "brier", "accuracy"), 0)

    def rows(size):
        truth = (rng.random(size) < 0.4).astype(int)
        on = 1 / (1 + np.exp(-(rng.normal(size=size) + 1.5 * truth - 1)))
        return truth, np.stack([1 - on, on], axis=1)

    real = scored(kind, *rows(200_000), resamples=1)
    for _ in range(times):
        found = scored(kind, *rows(n), resamples=200)
        for name in held:
            held[name] += found[name]["low"] <= real[name]["value"] <= found[name]["high"]
    for name, count in held.items():
        assert 0.88 <= count / times <= 0.995, name


def test_groups_that_say_the_same_widen_the_interval():
    rng = np.random.default_rng(2)
    error = np.repeat(rng.normal(size=50), 20)
    groups = np.repeat(np.arange(50), 20)
    alone = scored(Number(), np.zeros(1000), error)["mae"]
    together = scored(Number(), np.zeros(1000), error, groups=groups)["mae"]
    assert together["high"] - together["low"] > 3 * (alone["high"] - alone["low"])
    assert "50 groups" in together["method"]


def test_with_groups_accuracy_is_no_longer_wilsons():
    rng = np.random.default_rng(3)
    truth = np.repeat(rng.integers(0, 2, 30), 10)
    shares = np.repeat(rng.dirichlet([1, 1], 30), 10, axis=0)
    found = scored(Category(labels=(0, 1)), truth, shares, groups=np.repeat(np.arange(30), 10))
    assert "30 groups" in found["accuracy"]["method"]
    assert "30 groups" in found["auc"]["method"]


def test_the_interval_of_a_calibrated_model_reaches_down_to_no_error():
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(60):
        shares = rng.dirichlet(np.ones(3), 300)
        truth = (rng.random(300)[:, None] > shares.cumsum(1)).sum(1).clip(0, 2)
        found = scored(Category(labels=(0, 1, 2)), truth, shares, resamples=150)["ece"]
        held += found["low"] == 0
        assert found["low"] <= found["value"] <= found["high"]
    assert held >= 50
    sure = scored(Category(labels=(0, 1, 2)), np.arange(300) % 3, np.tile([0.98, 0.01, 0.01], (300, 1)))["ece"]
    assert sure["low"] > 0.5


def test_a_score_that_never_varies_has_no_interval():
    assert percentile(np.ones(50)) is None
    assert percentile(np.full(50, np.nan)) is None
    assert percentile(np.arange(101.0)) == (2.5, 97.5)


def test_an_area_over_one_row_of_a_class_has_no_interval():
    kind = Category(labels=("a", "b"))
    shares = np.linspace(0.1, 0.9, 20)
    found = scored(kind, np.array([0] * 19 + [1]), np.stack([1 - shares, shares], 1))
    assert found["auc"]["value"] == 1.0
    assert (found["auc"]["low"], found["auc"]["method"].split(";")[0]) == (
        None,
        "no interval: it needs two rows of each class",
    )

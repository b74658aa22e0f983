"""Scores of pictures that are given back, bounded or made, from figures by row."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lamina.metrics.frechet import distance
from lamina.metrics.made import BOUND, MADE, SAME
from lamina.metrics.sums import Case
from lamina.metrics.weights import Weights, once


def value(scores, name, figures):
    score = next(s for s in scores if s.name == name)
    with np.errstate(all="ignore"):
        return score.function(Case(np.asarray(figures, float)), once(len(figures)))[0]


def given_back(rows: int = 60):
    draw = np.random.default_rng(0)
    return np.stack([draw.random(rows), np.full(rows, 16.0), (draw.random(rows) < 0.3).astype(float)], axis=1)


def test_error_and_its_decibels():
    figures = given_back()[:, :2]
    mse = figures[:, 0].sum() / figures[:, 1].sum()
    assert value(SAME, "mse", figures) == pytest.approx(mse)
    assert value(SAME, "psnr", figures) == pytest.approx(10 * np.log10(1 / mse))


def test_the_unseen_class_is_ranked_by_error_and_left_out_of_the_error():
    figures = given_back()
    wanted = roc_auc_score(figures[:, 2], figures[:, 0])
    assert value(SAME, "unseen_auc", figures) == pytest.approx(wanted)
    assert value(SAME, "mse", figures) == pytest.approx(figures[figures[:, 2] == 0, 0].mean() / 16)
    assert np.isnan(value(SAME, "unseen_auc", figures[:, :2]))


def test_a_picture_that_was_not_made_is_not_recognised():
    figures = np.repeat([[1.0, 1.0], [0.0, 1.0]], [36, 4], axis=0)
    score = next(s for s in MADE if s.name == "recognised")
    assert value(MADE, "recognised", figures) == pytest.approx(0.9)
    assert score.function(Case(figures), once(40, lost=10))[0] == pytest.approx(0.72)


def test_nats_are_means_over_pictures():
    figures = np.array([[100, 1, 90], [120, 1, 118]])
    assert value(BOUND, "nats", figures) == 110
    assert value(BOUND, "nats_weighed", figures) == 104


def test_one_good_picture_a_class_is_recognised_and_far_away():
    """What the distance is for: the judge knows each of ten pictures, and they are ten."""
    draw = np.random.default_rng(0)
    middles = 2 * draw.standard_normal((10, 5))
    classes = draw.integers(0, 10, 900)
    real, other = (middles[classes] + draw.standard_normal((900, 5)) for _ in range(2))
    hits = np.ones((900, 2))
    collapsed = np.concatenate([hits, middles[classes], real], axis=1)
    honest = np.concatenate([hits, other, real], axis=1)
    assert value(MADE, "recognised", collapsed) == value(MADE, "recognised", honest) == 1
    assert value(MADE, "frechet", honest) == pytest.approx(distance(other, real))
    assert value(MADE, "frechet", collapsed) > 5 * value(MADE, "frechet", honest)


def test_a_weight_counts_a_row_again():
    figures = np.random.default_rng(1).random((40, 2 + 2 * 3))
    twice = np.concatenate([figures, figures[:9]])
    rows = np.ones((1, 40))
    rows[:, :9] = 2
    weighed = MADE[0].function(Case(figures), Weights(rows, np.zeros(1)))[0]
    assert value(MADE, "frechet", twice) == pytest.approx(weighed)


def test_where_nobody_judges_nothing_is_said():
    assert all(np.isnan(value(MADE, name, np.zeros((5, 2)))) for name in ("recognised", "frechet"))

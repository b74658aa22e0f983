"""The distance between two normals, beside the matrix root of scipy and what follows from the formula."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm

from lamina.metrics.frechet import distance, frechet, moments


def cloud(seed: int, rows: int = 400, width: int = 6):
    draw = np.random.default_rng(seed)
    return draw.standard_normal((rows, width)) @ draw.standard_normal((width, width)) + draw.standard_normal(width)


def test_it_is_the_formula_with_the_root_of_scipy():
    (m, s), (n, t) = moments(cloud(0)), moments(cloud(1))
    wanted = (m - n) @ (m - n) + np.trace(s + t - 2 * sqrtm(s @ t).real)
    assert frechet(m, s, n, t) == pytest.approx(wanted, rel=1e-9)


def test_moments_are_those_of_numpy_and_a_weight_counts_a_row_again():
    x = cloud(2)
    np.testing.assert_allclose(moments(x)[1], np.cov(x.T))
    twice = np.concatenate([x, x[:7]])
    weights = np.ones(len(x))
    weights[:7] = 2
    for one, other in zip(moments(twice), moments(x, weights), strict=True):
        np.testing.assert_allclose(one, other)


def test_a_cloud_is_at_no_distance_from_itself_and_moved_by_two_at_four():
    x = cloud(3)
    assert distance(x, x) == pytest.approx(0, abs=1e-8)
    assert distance(x, x + np.eye(6)[0] * 2) == pytest.approx(4)


def test_the_same_mean_without_the_spread_is_far_away():
    x = cloud(4)
    flat = np.repeat(x.mean(0, keepdims=True), len(x), axis=0)
    assert distance(x, flat) == pytest.approx(np.trace(np.cov(x.T)))

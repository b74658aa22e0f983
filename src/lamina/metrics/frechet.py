"""How far two clouds of points are apart, each taken for a normal: what made pictures are held against real ones with.

Dowson and Landau 1982; of a net's features of pictures Heusel et al. 2017, https://arxiv.org/abs/1706.08500, eq. 6.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .weights import Floats


def frechet(
    mean: Floats, spread: Floats, other_mean: Floats, other_spread: Floats, root: Floats | None = None
) -> float:
    """|m - n|² + tr(S + T - 2 (S T)^½) of two normals, means (D,) and covariances (D, D).

    The trace of the root is the sum of the roots of the eigenvalues of S^½ T S^½, a symmetric matrix that shares them.
    `root` is S^½, where it is known already.
    """
    root = half(spread) if root is None else root
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ other_spread @ root), 0)).sum()
    apart = mean - other_mean
    return float(apart @ apart + np.trace(spread) + np.trace(other_spread) - 2 * shared)


def half(spread: Floats) -> Floats:
    """The symmetric root of a covariance (D, D)."""
    values, vectors = np.linalg.eigh(spread)
    made: Floats = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return made


def moments(points: Floats, weights: Floats | None = None) -> tuple[Floats, Floats]:
    """The mean (D,) and the covariance (D, D) of points (n, D), each counted as often as its weight (n,) says."""
    count = np.ones(len(points)) if weights is None else weights
    total = count.sum()
    mean = count @ points / total
    centred = points - mean
    return mean, (centred * count[:, None]).T @ centred / max(total - 1, 1)


def distance(points: NDArray[np.floating], others: NDArray[np.floating]) -> float:
    """The distance between two clouds of points, (n, D) and (m, D)."""
    return frechet(*moments(points.astype(np.float64)), *moments(others.astype(np.float64)))

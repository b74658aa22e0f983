"""Scores of an order, for many weightings of the rows at once: area under the ROC curve, average precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .weights import Floats, ratio

Ints = NDArray[np.int64]


def midranks(values: NDArray[Any]) -> Floats:
    """Ranks from 1, (n,) -> (n,); equal values share the middle of their ranks."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    middles: Floats = last - (counts - 1) / 2
    return middles[place]


@dataclass(frozen=True)
class Ranking:
    """Rows sorted once from the highest score down, so that a weighting costs two running sums.

    order (n,): rows from the highest. positives (P,): places in that order. first, past (P,): where the ties of each
    positive begin and end in the order; hits_first, hits_past (P,): the same, counted among the positives.
    """

    order: Ints
    positives: Ints
    first: Ints
    past: Ints
    hits_first: Ints
    hits_past: Ints


def ranking(scores: Floats, positive: NDArray[np.bool_]) -> Ranking:
    """Sort rows by their scores (n,), given which of them are positive (n,)."""
    order = np.argsort(-scores, kind="stable")
    falling = -scores[order]
    positives = np.flatnonzero(positive[order])
    first = np.searchsorted(falling, falling[positives], "left")
    past = np.searchsorted(falling, falling[positives], "right")
    return Ranking(order, positives, first, past, np.searchsorted(positives, first), np.searchsorted(positives, past))


def areas(ranked: Ranking, rows: Floats) -> tuple[Floats, Floats]:
    """Area under the ROC curve and average precision for weights (R, n): two of (R,), NaN where a class has no weight.

    Area: the share of pairs in order, a tie for half (Mann and Whitney 1947). Average precision: the precision at each
    positive's threshold, averaged without interpolation, as scikit-learn's `average_precision_score`.
    """
    taken = np.take(rows, ranked.order, axis=1)  # (R, n)
    mine = taken[:, ranked.positives]  # (R, P)
    all_above, hits_above = _running(taken), _running(mine)
    hits, total = hits_above[:, -1], all_above[:, -1]
    past, hits_past = all_above[:, ranked.past], hits_above[:, ranked.hits_past]
    # twice the weight of the negatives above each positive, with half of its ties
    misses = past - hits_past + all_above[:, ranked.first] - hits_above[:, ranked.hits_first]
    area = 1 - ratio((mine * misses).sum(1), 2 * hits * (total - hits))
    precision = ratio((mine * ratio(hits_past, past)).sum(1, where=mine > 0), hits)
    return area, np.where(total > hits, precision, np.nan)


def _running(weights: Floats) -> Floats:
    """Sums of the weights before each place, (R, n) -> (R, n + 1)."""
    sums = np.zeros((len(weights), weights.shape[1] + 1))
    np.cumsum(weights, axis=1, out=sums[:, 1:])
    return sums

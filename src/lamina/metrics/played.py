"""Scores of playing, from figures by row: what was earned in an episode and its steps; points of a match and losses."""

from __future__ import annotations

from .scores import Score
from .sums import Case, share
from .weights import Floats, Weights, ratio

NONE = "nothing was played"


def wins(case: Case, weights: Weights) -> Floats:
    """The share of matches that were won: a draw is half a point, so twice the points are twice the wins, and draws."""
    points, matches, lost = case.sums(weights)[:, :3].T
    return ratio(2 * points - matches + lost, matches)


ACTED: tuple[Score, ...] = (
    Score("mean_return", share(0, 1), "higher", quick=True, undefined=NONE),
    Score("mean_length", share(2, 1), "higher", undefined=NONE),
)
PLAYED: tuple[Score, ...] = (
    Score("points", share(0, 1), "higher", quick=True, undefined=NONE),
    Score("wins", wins, "higher", undefined=NONE),
    Score("losses", share(2, 1), "lower", quick=True, undefined=NONE),
)

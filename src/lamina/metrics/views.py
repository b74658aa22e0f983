"""Scores of pictures to be known again: figures by row (n, 3), nats, 1, and whether another's view is nearer."""

from __future__ import annotations

from .scores import Score
from .sums import share

SCORES: tuple[Score, ...] = (
    Score("nats", share(0, 1), "lower", quick=True),
    Score("confused", share(2, 1), "lower", quick=True),
)

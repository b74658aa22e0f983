"""Scores of music: figures by row (n, 2), nats and frames."""

from __future__ import annotations

from .scores import Score
from .sums import share

SCORES: tuple[Score, ...] = (Score("nats", share(0, 1), "lower", quick=True, undefined="there is no frame"),)

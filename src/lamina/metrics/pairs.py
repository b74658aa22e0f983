"""Scores of pictures and what is said of them: figures by row (n, 3), nats of the right text among all that the rows
bring, 1, and whether another is nearer."""

from __future__ import annotations

from .scores import Score
from .sums import Case, share
from .weights import Floats, Weights


def accuracy(case: Case, weights: Weights) -> Floats:
    """The share of pictures whose own text is the nearest."""
    made: Floats = 1 - share(2, 1)(case, weights)
    return made


SCORES: tuple[Score, ...] = (
    Score("accuracy", accuracy, "higher", quick=True),
    Score("log_loss", share(0, 1), "lower", quick=True),
)

"""Scores of text token by token, from figures by row: nats lost, tokens asked for, tokens that were the likeliest."""

from __future__ import annotations

import math

import numpy as np

from .scores import Score
from .sums import Case, share
from .weights import Floats, Weights

LOST, ASKED, HITS = range(3)
_nats = share(LOST, ASKED)


def perplexity(case: Case, weights: Weights) -> Floats:
    """The number of equally likely tokens that would be as hard to tell apart."""
    made: Floats = np.exp(np.minimum(_nats(case, weights), 700.0))
    return made


SCORES: tuple[Score, ...] = (
    Score("nats", _nats, "lower", quick=True),
    Score("bits", share(LOST, ASKED, 1 / math.log(2)), "lower"),
    Score("perplexity", perplexity, "lower"),
    Score("accuracy", share(HITS, ASKED), "higher", quick=True),
)

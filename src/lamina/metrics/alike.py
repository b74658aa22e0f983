"""Scores of classes told by examples: each row that is asked takes the class of the nearest prototype of its episode.

Truth (n, 3): number of the class, episode, and whether the row is an example; answer: vectors (n, D). Lake et al. 2015,
https://doi.org/10.1126/science.aab3050, score runs of 20 classes with an example each so.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kinds.alike import EPISODE, EXAMPLE, NAME
from .scores import Score
from .sums import Case, share

WRONG, ASKED, NATS = range(3)
LEAST = 1e-12


def case_of(kind: Any, truth: NDArray[np.int64], answer: NDArray[Any]) -> Case:
    """Figures by row (n, 3); those of examples are 0."""
    del kind
    figures = np.zeros((len(truth), 3))
    for places, classes, shares in chances(truth, answer):
        right = truth[places, NAME][:, None] == classes  # (asked, classes)
        figures[places, WRONG] = ~right[np.arange(len(places)), shares.argmax(1)]
        figures[places, ASKED] = 1
        figures[places, NATS] = -np.log(np.maximum((shares * right).sum(1), LEAST))
    return Case(figures, items=int(figures[:, ASKED].sum()))


def chances(
    truth: NDArray[np.int64], answer: NDArray[Any]
) -> list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
    """Of each episode the places of the rows that are asked (a,), its classes (c,) and the chance of each (a, c)."""
    made = []
    for episode in np.unique(truth[:, EPISODE]):
        places = np.flatnonzero(truth[:, EPISODE] == episode)
        shown = places[truth[places, EXAMPLE] == 1]
        asked = places[truth[places, EXAMPLE] == 0]
        if not len(shown) or not len(asked):
            continue
        classes, of = np.unique(truth[shown, NAME], return_inverse=True)
        x = answer.astype(np.float64)
        middle = np.stack([x[shown[of == i]].mean(0) for i in range(len(classes))])  # (c, D)
        near = -(np.square(x[asked]).sum(1)[:, None] - 2 * x[asked] @ middle.T + np.square(middle).sum(1))
        shares = np.exp(near - near.max(1, keepdims=True))
        made.append((asked, classes, shares / shares.sum(1, keepdims=True)))
    return made


NONE = "no row is asked beside an example of an episode"
SCORES: tuple[Score, ...] = (
    Score("error", share(WRONG, ASKED), "lower", quick=True, undefined=NONE),
    Score("log_loss", share(NATS, ASKED), "lower", quick=True, undefined=NONE),
)

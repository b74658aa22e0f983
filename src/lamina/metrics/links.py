"""Scores of a node that is asked for among all nodes, by its rank when what else is true is taken out.

Bordes et al. 2013, https://papers.nips.cc/paper/5071: the filtered setting. Truth: a ragged row of nodes, the answer
first and then others that are true as well; answer: a chance for every node (n, V). Nodes of equal chance share their
places.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ragged import Ragged
from .scores import Score
from .sums import Case, share

ROWS, BACK, FIRST, THIRD, TENTH, ABOVE, LOST = range(7)
LEAST = 1e-30


def case_of(kind: Any, truth: Ragged, answer: NDArray[Any]) -> Case:
    """Figures by row, (n, 7)."""
    del kind
    answer = answer.astype(np.float64)
    right = truth.values[truth.starts]  # (n,)
    rank, rivals = ranks(truth, answer)
    chance = answer[np.arange(len(answer)), right]
    figures = [
        np.ones(len(rank)),
        1 / rank,
        rank <= 1,
        rank <= 3,
        rank <= 10,
        1 - (rank - 1) / np.maximum(rivals, 1),
        -np.log(np.maximum(chance, LEAST)),
    ]
    return Case(np.stack(figures, axis=1).astype(np.float64))


def ranks(truth: Ragged, answer: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The place of each answer, from 1, among nodes that are not true as well, and how many rivals those are: (n,)."""
    rows = np.arange(len(answer))
    right = truth.values[truth.starts]
    score = answer[rows, right][:, None]
    rival = np.ones(answer.shape, bool)
    plain = truth[:]
    rival[plain.owners(), plain.values] = False  # the answer itself is among them
    above, beside = ((answer > score) & rival).sum(1), ((answer == score) & rival).sum(1)
    return 1 + above + beside / 2, rival.sum(1)


SCORES: tuple[Score, ...] = (
    Score("mrr", share(BACK, ROWS), "higher", quick=True),
    Score("hits_at_1", share(FIRST, ROWS), "higher"),
    Score("hits_at_3", share(THIRD, ROWS), "higher"),
    Score("hits_at_10", share(TENTH, ROWS), "higher"),
    Score("auc", share(ABOVE, ROWS), "higher"),
    Score("log_loss", share(LOST, ROWS), "lower"),
)

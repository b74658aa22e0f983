"""Scores of a label for every token, and of the entities that labels mark: a Ragged of codes, a Ragged of probabilities
(T, C). Sums over rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..kinds import Each
from ..ragged import Ragged
from . import entities
from .category import LEAST
from .scores import Score
from .sums import Case, share
from .weights import Floats, Weights, mean_known, ratio

# Columns of a case by row; from CLASSES on three a class: right, true, said.
TOKENS, HITS, LOST, KNOWN, ROWS, EXACT, THERE, TOLD, FOUND, CLASSES = range(10)
NONE = "no entity is there or was said to be"


def case_of(kind: Each, truth: Ragged, answer: Ragged) -> Case:
    """Figures by row. A place whose label training never saw, or that a text cut short has no answer for, counts as
    wrong and has no share in the log loss."""
    classes, rows = len(kind.of.labels), len(truth)
    owner, codes = truth.owners(), truth[:].values
    place = np.arange(len(codes)) - np.repeat(np.cumsum(truth.lengths) - truth.lengths, truth.lengths)
    answered = place < answer.lengths[owner]
    shares = np.zeros((len(codes), classes))
    shares[answered] = answer.values[(answer.starts[owner] + place)[answered]]
    said, known = shares.argmax(-1), (codes >= 0) & answered
    right = (answered & (said == codes)).astype(np.float64)
    lost = np.zeros(len(codes))
    lost[known] = -np.log(np.maximum(shares[np.flatnonzero(known), codes[known]], LEAST))

    def summed(values: Floats, at: NDArray[np.integer] | None = None) -> Floats:
        if at is None:
            return np.bincount(owner, values, rows).astype(np.float64)[:, None]
        made = np.bincount(owner * classes + at, values, rows * classes).astype(np.float64)
        return made.reshape(rows, classes)

    tokens, hits = summed(np.ones(len(codes))), summed(right)
    plain = [
        tokens,
        hits,
        summed(lost),
        summed(known.astype(np.float64)),
        np.ones((rows, 1)),
        (hits == tokens).astype(np.float64),
    ]
    told = np.where(answered, said, entities.UNANSWERED)
    found = entities.counted(kind, codes, told, owner, rows) if kind.marks else np.zeros((rows, 3))
    true = summed((codes >= 0).astype(np.float64), np.maximum(codes, 0))
    by_class = [summed(right, said), true, summed(answered.astype(np.float64), said)]
    return Case(np.concatenate([*plain, found, *by_class], axis=1), items=len(codes))


def entity_f1(case: Case, weights: Weights) -> Floats:
    """The harmonic mean of precision and recall of whole entities."""
    sums = case.sums(weights)
    return ratio(2 * sums[:, FOUND], sums[:, THERE] + sums[:, TOLD])


def macro_f1(case: Case, weights: Weights) -> Floats:
    """The mean over classes of the harmonic mean of precision and recall, of classes that are true or said."""
    sums = case.sums(weights)[:, CLASSES:]
    right, true, said = np.split(sums, 3, axis=1)
    return mean_known(ratio(2 * right, true + said))


SCORES: tuple[Score, ...] = (
    Score("accuracy", share(HITS, TOKENS), "higher", quick=True),
    Score("macro_f1", macro_f1, "higher", undefined="no label is true or said"),
    Score("exact", share(EXACT, ROWS), "higher", by_row=True),
    Score("log_loss", share(LOST, KNOWN), "lower", quick=True),
)
# Training looks at nothing else: the log loss of tokens, most of which are outside of all entities, is least while next
# to none is said.
ENTITIES: tuple[Score, ...] = (
    Score("entity_f1", entity_f1, "higher", quick=True, undefined=NONE, by_row=True),
    Score("entity_precision", share(FOUND, TOLD), "higher", undefined="no entity was said to be there", by_row=True),
    Score("entity_recall", share(FOUND, THERE), "higher", undefined="no entity is there", by_row=True),
    *(replace(score, quick=False) for score in SCORES),
)

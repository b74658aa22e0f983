"""Scores of Boxes: average precision, as COCO counts it. Each is (Case, Weights of R) -> (R,).

Lin et al. 2014, https://arxiv.org/abs/1405.0312: found boxes are taken by falling score and each is given the box of
its class that it overlaps most and that is not taken; precision is read at 101 values of recall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kinds.boxes import Boxes
from ..ragged import Ragged
from .scores import Score
from .weights import Floats, Weights, mean_known

OVERLAPS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
MOST = 100  # boxes of a class and picture that count


@dataclass(frozen=True)
class Found:
    """The boxes found of one class, by falling score: the row of each (D,), whether it hits at each overlap (10, D);
    and how many there are to be found in each row (n,)."""

    rows: NDArray[np.int64]
    hits: NDArray[np.bool_]
    counts: Floats


@dataclass(frozen=True)
class Case:
    """What was found of each class."""

    classes: tuple[Found, ...]
    labels: tuple[str, ...]

    @classmethod
    def of(cls, kind: Boxes, truth: Ragged, answer: Ragged) -> Case:
        """A case from truth of rows (boxes, 5) and answers of rows (boxes, 6)."""
        return cls(tuple(_found(truth, answer, code) for code in range(len(kind.labels))), kind.labels)

    @property
    def columns(self) -> int:
        """What a resample costs, in numbers a row."""
        places = sum(len(found.rows) for found in self.classes)
        return 1 + places * len(OVERLAPS) // max(1, len(self.classes[0].counts))

    @property
    def notes(self) -> dict[str, str]:
        """Average precision at an overlap of one half, of each class."""
        once = Weights(np.ones((1, len(self.classes[0].counts))), np.zeros(1))
        values = [precision(found, once, [0])[0] for found in self.classes]
        told = [f"{name} {value:.3f}" for name, value in zip(self.labels, values, strict=True) if np.isfinite(value)]
        return {"ap50": ", ".join(told)}


def ap50(case: Case, weights: Weights) -> Floats:
    """Average precision where a hit overlaps by half or more, mean over the classes that occur."""
    return mean_known(np.stack([precision(found, weights, [0]) for found in case.classes], axis=1))


def ap(case: Case, weights: Weights) -> Floats:
    """The mean of the average precision at overlaps of 0.5, 0.55 … 0.95, mean over the classes that occur."""
    every = range(len(OVERLAPS))
    return mean_known(np.stack([precision(found, weights, every) for found in case.classes], axis=1))


def precision(found: Found, weights: Weights, overlaps: Sequence[int]) -> Floats:
    """Average precision of one class at some of the overlaps, their mean, (R,); a lost row is one with all missed."""
    counted = weights.rows[:, found.rows]  # (R, D)
    there = (weights.rows @ found.counts) * weights.stretch
    total = np.cumsum(counted, axis=1)
    parts = []
    for overlap in overlaps:
        right = np.cumsum(counted * found.hits[overlap], axis=1)
        exact = np.divide(right, total, out=np.zeros_like(right), where=total > 0)
        best = np.maximum.accumulate(exact[:, ::-1], axis=1)[:, ::-1]  # the best at this recall or a higher one
        share = np.divide(right, there[:, None], out=np.zeros_like(right), where=there[:, None] > 0)
        parts.append([_read(r, b) for r, b in zip(share, best, strict=True)])
    made: Floats = np.where(there > 0, np.mean(parts, axis=0), np.nan)
    return made


def _read(recall: Floats, best: Floats) -> float:
    """The mean of the precision at 101 values of recall; where a recall is not reached it is 0."""
    places = np.searchsorted(recall, RECALLS, side="left")
    return float(np.append(best, 0.0)[places].mean())


def _found(truth: Ragged, answer: Ragged, code: int) -> Found:
    rows, scores, hits, counts = [], [], [], np.zeros(len(truth))
    for i in range(len(truth)):
        true = truth.row(i)
        true = true[true[:, 0] == code, 1:5].astype(np.float64)
        said = answer.row(i)
        said = said[said[:, 0] == code].astype(np.float64)
        said = said[np.argsort(-said[:, 5], kind="stable")][:MOST]
        counts[i] = len(true)
        rows.append(np.full(len(said), i))
        scores.append(said[:, 5])
        hits.append(matched(overlap(said[:, 1:5], true)))
    order = np.argsort(-np.concatenate(scores), kind="stable")
    return Found(np.concatenate(rows)[order].astype(np.int64), np.concatenate(hits, axis=1)[:, order], counts)


def matched(shares: Floats) -> NDArray[np.bool_]:
    """Which of D boxes, the surest first, hit one of M that no surer one has taken: overlaps (D, M) -> (10, D)."""
    hits = np.zeros((len(OVERLAPS), len(shares)), bool)
    for at, least in enumerate(OVERLAPS):
        free = np.ones(shares.shape[1], bool)
        for place, row in enumerate(shares):
            open_ones = np.where(free, row, -1.0)
            best = int(open_ones.argmax()) if len(row) else -1
            if best >= 0 and open_ones[best] >= min(least, 1 - 1e-10):
                free[best], hits[at, place] = False, True
    return hits


def overlap(one: Floats, other: Floats) -> Floats:
    """Intersection over union: (D, 4), (M, 4) -> (D, M)."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(-1)
    sizes = [np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(-1) for boxes in (one, other)]
    shares: Floats = both / np.maximum(sizes[0][:, None] + sizes[1][None] - both, 1e-12)
    return shares


SCORES: tuple[Score, ...] = (
    Score("ap50", ap50, "higher", quick=True, lost=True, undefined="there is no box to be found"),
    Score("ap", ap, "higher", lost=True, undefined="there is no box to be found"),
)

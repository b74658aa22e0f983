"""Scores of a Mask from figures of each row: how the pixels said to be of a class lie on those that are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kinds.mask import VOID, Mask
from .scores import Score
from .sums import Case, share
from .weights import Floats, Weights, mean_known, ratio

FIRST = 4  # columns before those by class


def figures(kind: Mask, truth: NDArray[Any], answer: NDArray[Any]) -> Floats:
    """Classes (n, H, W) twice -> (n, 4 + 2 (classes - 1)): the row's Dice, 1, pixels that are right, pixels that count,
    and of each class but the first the pixels both agree on and those that either names.

    A pixel whose truth is of no class does not count. Dice is the mean over the classes but the first that are in the
    truth or the answer, 1 where none is.
    """
    known = truth != VOID
    made = np.zeros((len(truth), FIRST + 2 * (kind.classes - 1)))
    dice, seen = np.zeros(len(truth)), np.zeros(len(truth))
    for code in range(1, kind.classes):
        true, said = (truth == code) & known, (answer == code) & known
        both = (true & said).sum((1, 2)).astype(np.float64)
        total = true.sum((1, 2)) + said.sum((1, 2))
        dice += 2 * both / np.maximum(total, 1)
        seen += total > 0
        made[:, FIRST + 2 * code - 2] = both
        made[:, FIRST + 2 * code - 1] = total - both
    made[:, 0] = np.where(seen > 0, dice / np.maximum(seen, 1), 1.0)
    made[:, 1] = 1
    made[:, 2] = ((truth == answer) & known).sum((1, 2))
    made[:, 3] = known.sum((1, 2))
    return made


def case_of(kind: Mask, truth: NDArray[Any], answer: NDArray[Any]) -> Case:
    """A case from classes (n, H, W) twice."""
    return Case(figures(kind, truth, answer))


def iou(case: Case, weights: Weights) -> Floats:
    """|A ∩ B| / |A ∪ B| over the pixels of all rows, mean over the classes but the first that occur."""
    sums = case.sums(weights)
    return mean_known(ratio(sums[:, FIRST::2], sums[:, FIRST + 1 :: 2]))


SCORES: tuple[Score, ...] = (
    Score("dice", share(0, 1), "higher", quick=True),
    Score("iou", iou, "higher", undefined="no picture has a class but the first, nor is said to"),
    Score("pixel_accuracy", share(2, 3), "higher"),
)

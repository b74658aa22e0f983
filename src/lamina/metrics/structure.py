"""Scores of a Structure from figures of each row: how well the distances within a chain are kept, and how far it lies
from the truth when laid upon it. Lengths are in Å."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kinds.structure import CA, Structure
from ..ragged import Ragged
from .scores import Score
from .sums import Case, share
from .weights import Floats, Weights, ratio

RADIUS = 15.0  # of the pairs that count
WITHIN = (0.5, 1.0, 2.0, 4.0)  # differences of a distance that count as kept
FEWEST = 3  # points that two things are laid upon each other by


def lddt(true: NDArray[Any], said: NDArray[Any]) -> float:
    """The local distance difference test of points (T, 3): from 0 to 1, where all is kept.

    Mariani et al. 2013, https://doi.org/10.1093/bioinformatics/btt473: of the pairs less than 15 Å apart in truth the
    share whose distance differs by less than 0.5, 1, 2 and 4 Å, mean over the four; here of Cα alone. A pair of which
    the answer lacks a point is not kept; one that the truth lacks does not count. NaN where no pair does.
    """
    known = np.isfinite(true).all(-1)
    true, said = np.asarray(true, np.float64)[known], np.asarray(said, np.float64)[known]
    apart = distances(true)
    near = np.triu(apart < RADIUS, 1)
    if not near.any():
        return float("nan")
    with np.errstate(invalid="ignore"):
        gap = np.abs(distances(said) - apart)[near]
        return float(np.mean([(gap < most).mean() for most in WITHIN]))


def rmsd(true: NDArray[Any], said: NDArray[Any]) -> float:
    """The root of the mean squared distance of points (T, 3) twice, when one is moved and turned upon the other.

    Kabsch 1976, https://doi.org/10.1107/S0567739476001873; mirrored it is not. NaN of fewer than three points.
    """
    known = np.isfinite(true).all(-1) & np.isfinite(said).all(-1)
    if known.sum() < FEWEST:
        return float("nan")
    a, b = (np.asarray(x, np.float64)[known] for x in (true, said))
    a, b = a - a.mean(0), b - b.mean(0)
    u, stretch, v = np.linalg.svd(a.T @ b)
    stretch[-1] *= np.sign(np.linalg.det(u) * np.linalg.det(v))
    squares = np.square(a).sum() + np.square(b).sum() - 2 * stretch.sum()
    return float(np.sqrt(max(0.0, squares) / len(a)))


def distances(points: NDArray[Any]) -> Floats:
    """How far points (T, 3) lie from each other, (T, T)."""
    apart: Floats = np.sqrt(np.square(points[:, None] - points).sum(-1))
    return apart


def figures(truth: Ragged, answer: Ragged) -> Floats:
    """Rows of atoms (T, 3, 3) -> (n, 4): lDDT and whether it is defined, RMSD and whether it is."""
    made = np.zeros((len(truth), 4))
    for i in range(len(truth)):
        true, said = truth.row(i)[:, CA], answer.row(i)[:, CA]
        for at, value in ((0, lddt(true, said)), (2, rmsd(true, said))):
            made[i, at : at + 2] = (value, 1) if np.isfinite(value) else (0, 0)
    return made


def case_of(kind: Structure, truth: Ragged, answer: Ragged) -> Case:
    """A case from atoms (T, 3, 3) row by row."""
    del kind
    return Case(figures(truth, answer))


def kept(case: Case, weights: Weights) -> Floats:
    """The mean lDDT of a row; one without an answer has 0."""
    sums = case.sums(weights)
    return ratio(sums[:, 0], sums[:, 1] + weights.lost)


SCORES: tuple[Score, ...] = (
    Score("lddt", kept, "higher", lost=True, quick=True, undefined="no two residues are within 15 Å"),
    Score("rmsd", share(2, 3), "lower", undefined="no chain has three residues that are known"),
)

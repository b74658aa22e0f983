"""What a folded protein has to be better than: one long helix, and the backbone of the training chain most like it."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from ...data.relatives import nearest
from ...kinds.protein import LETTERS
from ...kinds.structure import ATOMS, Structure
from ...ragged import Ragged
from .task import Baseline, Inputs, Task

Floats = NDArray[np.float64]

# Of an α-helix (Pauling, Corey & Branson 1951, https://doi.org/10.1073/pnas.37.4.205): degrees and Å a residue; and of
# each atom its distance from the axis in Å, its degrees and Å along the axis, those of the Cα being none.
TURN, RISE = 100.0, 1.5
HELIX = {"N": (1.55, -27.5, -0.9), "CA": (2.29, 0.0, 0.0), "C": (1.66, 27.0, 1.2)}
STEP = 3.8  # Å from Cα to Cα


def homologs(task: Task, seconds: float | None) -> list[Baseline]:
    """A helix, and the nearest chain by its letters."""
    del seconds
    slot = task.slots[0].name
    assert isinstance(task.kind, Structure)
    known = [_letters(row) for row in task.inputs[slot]]
    n = len(known)
    return [
        Baseline("helix", "one straight helix, whatever the letters are", 0, partial(_helices, slot)),
        Baseline(
            "nearest chain",
            f"the backbone of the one of {n:,} training chains whose letters lie best beside it, gaps drawn straight",
            n,
            partial(_carried, slot, known, task.target),
        ),
    ]


def _letters(row: NDArray[np.int32]) -> str:
    return "".join(LETTERS[i - 1] for i in row.tolist())


def _helices(slot: str, inputs: Inputs) -> Ragged:
    return Ragged.of([helix(len(row)) for row in inputs[slot]], np.float32, (len(ATOMS), 3))


def helix(length: int) -> Floats:
    """N, Cα and C of so many residues in one α-helix, (T, 3, 3)."""
    number = np.arange(length)[:, None]
    radius, turn, rise = np.array([HELIX[name] for name in ATOMS]).T  # (3,) each
    angle, along = np.deg2rad(TURN * number + turn), RISE * number + rise  # (T, 3)
    made: Floats = np.stack([radius * np.cos(angle), radius * np.sin(angle), along], axis=-1)
    return made


def _carried(slot: str, known: list[str], structures: Ragged, inputs: Inputs) -> Ragged:
    made = []
    for row in inputs[slot]:
        chain = _letters(row)
        if not chain:
            made.append(np.zeros((0, len(ATOMS), 3)))
            continue
        best, laid = nearest(chain, known)
        atoms = np.full((len(chain), len(ATOMS), 3), np.nan)
        atoms[laid.mine] = structures.row(best)[laid.theirs]
        made.append(filled(atoms))
    return Ragged.of(made, np.float32, (len(ATOMS), 3))


def filled(atoms: Floats) -> Floats:
    """Places (T, 3, 3) with those that are not known on a straight line between their neighbours, or straight on from
    the last two; as they are where hardly one is known."""
    made = atoms.copy()
    for atom in range(made.shape[1]):
        there = np.flatnonzero(np.isfinite(made[:, atom]).all(-1))
        if len(there) < 2:
            continue
        gone = np.setdiff1d(np.arange(len(made)), there)
        for axis in range(3):
            made[gone, atom, axis] = np.interp(gone, there, made[there, atom, axis])
        for end, inner in ((there[0], there[1]), (there[-1], there[-2])):
            way = made[end, atom] - made[inner, atom]
            way = STEP * way / max(1e-6, float(np.linalg.norm(way)))
            beyond = gone[gone < end] if end < inner else gone[gone > end]
            made[beyond, atom] = made[end, atom] + np.abs(beyond - end)[:, None] * way
    return made

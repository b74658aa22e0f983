"""Baselines of music: how often each note sounds, and how often it does after a frame in which it did or did not."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...kinds.notes import KEYS
from ...ragged import Ragged
from .task import Baseline, Inputs, Task

Floats = NDArray[np.float64]


def frequencies(task: Task, seconds: float | None) -> list[Baseline]:
    """Each note by how often it sounds in training; and by that, where it did and where it did not just before."""
    del seconds
    name, rows = task.schema.target.name, task.target[:]
    keys = rows.values.astype(bool)
    fresh = np.zeros(len(keys), bool)
    fresh[rows.starts] = True
    always = _share(keys)
    before = np.concatenate([np.zeros((1, KEYS), bool), keys[:-1]])
    after = np.stack([_share(keys[~fresh], ~before[~fresh]), _share(keys[~fresh], before[~fresh])])
    n = len(rows)
    return [
        Baseline("frequencies", f"how often each note sounds, in {n:,} pieces", n, partial(_nats, name, always, None)),
        Baseline(
            "held",
            f"the same after frames with it and without, in {n:,} pieces",
            n,
            partial(_nats, name, always, after),
        ),
    ]


def _share(keys: NDArray[np.bool_], where: NDArray[np.bool_] | None = None) -> Floats:
    """How often each key sounds (88,), in all frames or where it says so; never quite 0 or 1."""
    if where is None:
        where = np.ones_like(keys)
    made: Floats = ((keys & where).sum(0) + 0.5) / (where.sum(0) + 1)
    return made


def _nats(name: str, always: Floats, after: Floats | None, inputs: Inputs) -> Any:
    rows: Ragged = inputs[name]
    made = np.zeros((len(rows), 2))
    for out, row in zip(made, rows, strict=True):
        keys = np.asarray(row, bool)
        chance = np.repeat(always[None], len(keys), axis=0)
        if after is not None and len(keys) > 1:
            chance[1:] = np.where(keys[:-1], after[1], after[0])
        out[:] = -np.log(np.where(keys, chance, 1 - chance)).sum(), len(keys)
    return made

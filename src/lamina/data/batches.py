"""Batches: whole batches gathered with one index a slot, in an order that is a function of (seed, epoch) alone.

A stream can start at any step: the cost is one permutation of the epoch it falls in.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import PlanError
from ..forms import Batch, Coming
from ..kinds import Schema
from ..kinds.span import Span
from ..ragged import Ragged, Rows
from ..rng import generator, order
from .augment import Augment, augmented
from .borne import check_augment
from .store import Part
from .together import moves_together, together

Ints = NDArray[np.int64]

STRETCH = 32  # steps whose rows are sorted by length together
WRITTEN = ("written", "spans")  # links whose rows are
SWEEP = 4  # without gradients, batches so many times as large fit as well


class Batches:
    """Batches of a part of the store, on a device.

    An epoch is cut into steps whose sizes differ by one row at most, so that no step is left with a single row, which
    batch norm could not take; with `drop_last`, all have `batch` rows and the rows left over wait for another epoch.
    """

    def __init__(
        self,
        part: Part,
        schema: Schema,
        batch: int,
        seed: int,
        augment: Augment | None = None,
        device: torch.device | str = "cpu",
        drop_last: bool = False,
    ):
        if batch < 1 or len(part) < (batch if drop_last else 1):
            raise PlanError(
                f"a batch of {batch:,} rows cannot be taken from {len(part):,}",
                expected=f"a batch of 1 to {len(part):,}" if len(part) else "at least one usable row",
                fix=f"--set train.batch={len(part)}" if len(part) else "",
            )
        if augment is not None:
            check_augment(augment, schema)
        self.part, self.schema, self.batch, self.seed = part, schema, batch, seed
        self.augment, self.device, self.drop_last = augment, torch.device(device), drop_last
        self._kinds = {slot.name: slot.kind for slot in schema.slots()}
        self._lengths = (
            lengths_of(part) if any(f.link in WRITTEN or isinstance(f.kind, Span) for f in schema.fields) else None
        )

    @property
    def steps_per_epoch(self) -> int:
        """How many steps an epoch has."""
        rows = len(self.part)
        if self.drop_last:
            return rows // self.batch
        steps = -(-rows // self.batch)
        return rows // 2 if self.batch == 2 and rows > 2 else steps  # of an odd count one pair becomes three

    def rows_of(self, step: int, visits: Ints) -> Ints:
        """The places in the part that a step of an epoch takes, of the epoch's order `visits`."""
        return visits[self._edge(step) : self._edge(step + 1)]

    def epoch(self, number: int) -> tuple[Ints, Ints]:
        """The order of an epoch's rows, and that in which its steps are taken.

        Where texts are written from texts or answers sought in them, rows of alike length stand in a batch: the rows of
        STRETCH steps at a time are sorted by length, and the steps are then taken in an order of their own.
        """
        visits, steps = order(len(self.part), self.seed, number), self.steps_per_epoch
        if self._lengths is None:
            return visits, np.arange(steps)
        used = steps * self.batch if self.drop_last else len(visits)
        edges = [self._edge(step) for step in range(0, steps, STRETCH)] + [used]
        for start, end in pairwise(edges):
            some = visits[start:end]
            visits[start:end] = some[np.argsort(self._lengths[some], kind="stable")]
        return visits, generator(self.seed, "steps", number).permutation(steps).astype(np.int64, copy=False)

    def _edge(self, step: int) -> int:
        """The first row of a step, by its place in the epoch's order."""
        return step * self.batch if self.drop_last else step * len(self.part) // self.steps_per_epoch

    def __call__(self, start_step: int = 0) -> Iterator[Batch]:
        """Batches from a step on, without end."""
        return (rows.gathered() for rows in self.coming(start_step))

    def coming(self, start_step: int = 0) -> Iterator[Taken]:
        """The rows of batches from a step on, without end, not yet gathered."""
        epoch, step = divmod(start_step, self.steps_per_epoch)
        while True:
            visits, turns = self.epoch(epoch)
            for at in range(step, self.steps_per_epoch):
                yield Taken(self, self.rows_of(int(turns[at]), visits), epoch, epoch * self.steps_per_epoch + at)
            epoch, step = epoch + 1, 0

    @property
    def apart(self) -> bool:
        """Whether what is made of a row is the same whatever rows stand in its batch: none is mixed with another or
        padded to the longest."""
        ragged = any(isinstance(x, Ragged) for x in (*self.part.inputs.values(), *self.part.targets.values()))
        return not ragged and not (self.augment and (self.augment.mixup or self.augment.cutmix))

    def changed(self, places: Ints, epoch: int, step: int) -> Batch:
        """Some rows of the part as a batch, augmented."""
        made = self.gather(places, epoch)
        if self.augment is None:
            return made
        change = together if moves_together(self.schema) else augmented
        return change(made, self.augment, self.schema, self.seed, step)

    def sweep(self, most: int = sys.maxsize) -> Iterator[Batch]:
        """Every row once, in order, in larger batches, of at most so many rows, and without augmentation."""
        size = min(SWEEP * self.batch, most)
        for start in range(0, len(self.part), size):
            yield self.gather(np.arange(start, min(start + size, len(self.part))), 0)

    def gather(self, places: Ints, epoch: int) -> Batch:
        """Some rows of the part as a batch on the device.

        `index_select` of a view on the mapped array: for 256 of (54000, 28, 28, 1) bytes 9 µs, where `np.take` took 16
        and indexing an array 27; for 256 of (20000, 64, 64, 3) 0.10 ms against 0.17 (medians of 60, torch 2.13, 2 CPU
        cores). That is under one hundredth of a step where rows are not augmented, so nothing is gathered ahead.
        """
        index = torch.from_numpy(places)
        inputs = self._slots(self.part.inputs, index)
        targets = self._slots(self.part.targets, index)
        made = Batch(inputs, targets, torch.from_numpy(self.part.rows[places]), epoch)
        return made.to(self.device)

    def _slots(self, arrays: Mapping[str, Rows], index: Tensor) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, array in arrays.items():
            if isinstance(array, Ragged):
                taken: Rows = array[index.numpy()]
            else:
                taken = torch.from_numpy(array).index_select(0, index).numpy()
            made[name] = self._kinds[name].collate(taken)
        pinned = self.device.type == "cuda"
        return {name: x.pin_memory() if pinned and isinstance(x, Tensor) else x for name, x in made.items()}


@dataclass(frozen=True)
class Taken:
    """The rows that a step takes, by their places in the part. Where several processes share a step, each gathers and
    augments its own slices alone, if the others have no part in what becomes of them."""

    batches: Batches
    places: Ints
    epoch: int
    step: int

    def __len__(self) -> int:
        return len(self.places)

    def gathered(self) -> Batch:
        """The batch."""
        return self.batches.changed(self.places, self.epoch, self.step)

    def slices(self, count: int) -> Iterator[Coming]:
        """The rows cut into `count` parts of nearly equal length, none empty."""
        if not self.batches.apart:
            yield from self.gathered().slices(count)
            return
        for places in np.array_split(self.places, min(count, len(self))):
            yield replace(self, places=places)


def lengths_of(part: Part) -> Ints:
    """How long each row is in all, over its ragged slots: (n,)."""
    arrays = [*part.inputs.values(), *part.targets.values()]
    made: Ints = np.sum([a.lengths for a in arrays if isinstance(a, Ragged)], axis=0)
    return made

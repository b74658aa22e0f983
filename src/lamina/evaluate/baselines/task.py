"""What a baseline is, and what it is fitted on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...kinds import Category, Kind, Schema, Slot, Tags
from ...objectives import Objective

Inputs = Mapping[str, Any]
Ints = NDArray[np.int64]
Answer = Callable[[Inputs], Any]


@dataclass(frozen=True)
class Baseline:
    """One simple model. `says` tells in a line what it is, `rows` how many training rows it was fitted on.

    `answer(inputs)` gives the target as its kind has it encoded: probabilities (n, C) for a Category, values (n,) for
    a Number, probabilities (n, K) for Tags.
    """

    name: str
    says: str
    rows: int
    answer: Answer


@dataclass(frozen=True)
class Task:
    """What is to be learned from what: encoded training rows by slot, and the order in which they are taken."""

    schema: Schema
    inputs: Inputs
    target: Any
    seed: int = 0
    order: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    context: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    code: int = 0  # numbers of the net's code, where it has one
    game: Objective | None = None  # what the net is scored by, with its settings, where a column is learned from itself

    @property
    def kind(self) -> Kind:
        """The kind of the target."""
        return self.schema.target.kind

    @property
    def slots(self) -> list[Slot]:
        """The slots of the inputs."""
        return [slot for slot in self.schema.slots() if slot.role == "input"]

    @property
    def outputs(self) -> int:
        """Columns of an answer."""
        return max(1, len(self.kind.labels)) if isinstance(self.kind, Category | Tags) else 1

    def of(self, rows: int) -> tuple[Inputs, NDArray[Any]]:
        """The first rows of the order, as they follow each other in the store."""
        picked = np.sort(self.order[:rows])
        return {name: array[picked] for name, array in self.inputs.items()}, self.target[picked]

"""What a way in is, what it is made for, and how several stand together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from numpy.typing import NDArray
from torch import nn

from ..kinds import Slot


class Entry(nn.Module):
    """A module from what a slot holds to what a page takes; `shape` is that of a row, as `models.build` wants it."""

    shape: tuple[int, ...]


@dataclass(frozen=True)
class Wanted:
    """What an entry is made for: the slot, the plan of the page behind it, and arrays that all rows point into."""

    slot: Slot
    plan: Any
    context: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def kind(self) -> Any:
        """The kind of the slot."""
        return self.slot.kind


class Entries(nn.Module):
    """Inputs by slot -> what a page takes: the one slot there is, or several as one long vector a row."""

    def __init__(self, parts: Sequence[tuple[str, Entry]]):
        super().__init__()
        self.slots = [name for name, _ in parts]
        self.parts = nn.ModuleList([part for _, part in parts])
        shapes = [part.shape for _, part in parts]
        self.shape = shapes[0] if len(parts) == 1 else (sum(shape[0] for shape in shapes),)

    def forward(self, inputs: dict[str, Any]) -> Any:
        made = [part(inputs[name]) for name, part in zip(self.slots, self.parts, strict=True)]
        return made[0] if len(made) == 1 else torch.cat(made, dim=1)


class Beside(nn.Module):
    """Inputs by slot -> what each comes to, in their order, for a page that joins them itself;
    `shape` has that of each."""

    def __init__(self, parts: Sequence[tuple[str, Entry]]):
        super().__init__()
        self.slots = [name for name, _ in parts]
        self.parts = nn.ModuleList([part for _, part in parts])
        self.shape: tuple[Any, ...] = tuple(part.shape for _, part in parts)

    def forward(self, inputs: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(part(inputs[name]) for name, part in zip(self.slots, self.parts, strict=True))

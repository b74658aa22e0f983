"""What a model hands on, and what a batch is.

Axes: B batch, T positions, D width, C channels, H and W height and width of a map.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class Vector:
    """One vector a row: x (B, D)."""

    x: Tensor


@dataclass(frozen=True)
class Map:
    """Features on a grid: x (B, C, H, W)."""

    x: Tensor


@dataclass(frozen=True)
class Tokens:
    """One vector a position: x (B, T, D), mask (B, T) true where there is a token, or None for everywhere."""

    x: Tensor
    mask: Tensor | None = None


Form = Vector | Map | Tokens


def pooled(form: Form) -> Tensor:
    """One vector a row from any form, by the mean over its places: (B, D)."""
    if isinstance(form, Vector):
        return form.x
    if isinstance(form, Map):
        return form.x.mean((2, 3))
    if form.mask is None:
        return form.x.mean(1)
    weight = form.mask.unsqueeze(-1).to(form.x.dtype)  # (B, T, 1)
    return (form.x * weight).sum(1) / weight.sum(1).clamp(min=1)


@dataclass
class Batch:
    """Rows gathered for one step: inputs and targets by slot (each B first), and which rows they are, (B,).

    `epoch` is which pass over the training rows this is.
    """

    inputs: dict[str, Tensor]
    targets: dict[str, Tensor]
    rows: Tensor
    epoch: int = 0
    mixed: bool = field(default=False)  # targets are shares of classes (MixUp, CutMix)

    def __len__(self) -> int:
        return len(self.rows)

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        if device.type == "cpu":
            return self
        moved = [
            {name: x.to(device, non_blocking=True) for name, x in part.items()} for part in (self.inputs, self.targets)
        ]
        return Batch(moved[0], moved[1], self.rows, self.epoch, self.mixed)

    def slices(self, count: int) -> Iterator[Batch]:
        """The batch cut into `count` parts of nearly equal length, none empty."""
        if count == 1:
            yield self
            return
        for part in torch.arange(len(self)).tensor_split(min(count, len(self))):
            start, end = int(part[0]), int(part[-1]) + 1
            yield Batch(
                {name: x[start:end] for name, x in self.inputs.items()},
                {name: x[start:end] for name, x in self.targets.items()},
                self.rows[start:end],
                self.epoch,
                self.mixed,
            )

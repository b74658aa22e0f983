"""What attention keeps of the positions it has read, so that one more costs the work of one and not of all."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass
class Past:
    """Keys and values of the positions that one layer has read, (B, H, T, K) each.

    They stand in buffers that double when they are full, and are written in place: for writing without gradients.
    """

    length: int = 0  # positions kept
    keys: Tensor | None = None  # (B, H, room, K), of which the first `length` positions are filled
    values: Tensor | None = None

    def extend(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Keep the keys and values of further positions; gives those of all positions so far."""
        start, self.length = self.length, self.length + keys.shape[2]
        self.keys = _written(self.keys, keys, start)
        self.values = _written(self.values, values, start)
        return self.kept()

    def kept(self) -> tuple[Tensor, Tensor]:
        """Keys and values of all positions so far, (B, H, T, K) each, without copying them."""
        assert self.keys is not None
        assert self.values is not None
        return self.keys[:, :, : self.length], self.values[:, :, : self.length]

    def pick(self, rows: Tensor) -> None:
        """Go on with these rows, in this order: some are done, or a beam goes on from another's beginning."""
        if self.keys is not None and self.values is not None:
            self.keys, self.values = self.keys[rows], self.values[rows]


@dataclass(frozen=True)
class Cache:
    """A Past for each layer: of what a model has written, and of the memory that it reads where it reads one."""

    written: list[Past]
    memory: list[Past] = field(default_factory=list)

    @property
    def length(self) -> int:
        """Positions written so far."""
        return self.written[0].length

    def pick(self, rows: Tensor) -> None:
        """Go on with these rows, in this order, in every layer."""
        for past in (*self.written, *self.memory):
            past.pick(rows)


def _written(buffer: Tensor | None, new: Tensor, start: int) -> Tensor:
    """The buffer with new positions put in from `start` on; a larger one where they do not fit."""
    end = start + new.shape[2]
    if buffer is None:
        return new.detach().clone(memory_format=torch.contiguous_format)
    if end > buffer.shape[2]:
        rows, heads, _, width = new.shape
        larger = new.new_empty(rows, heads, 2 * end, width)
        larger[:, :, :start] = buffer[:, :, :start]
        buffer = larger
    buffer[:, :, start:end] = new
    return buffer

"""Replay: what was lived through, kept to be learned from again. Lin 1992; Mnih et al. 2015, experience replay."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ..rng import Rng


class Replay(nn.Module):
    """The last `size` experiences, each a row of several tensors by name; the oldest make room for the newest.

    A module without parameters, so that what it holds is kept in checkpoints beside weights.
    """

    filled: Tensor

    def __init__(self, size: int, shapes: Mapping[str, tuple[int, ...]]):
        super().__init__()
        self.size, self.names = size, tuple(shapes)
        for name, shape in shapes.items():
            self.register_buffer(f"kept_{name}", torch.zeros(size, *shape))
        self.register_buffer("filled", torch.zeros(2, dtype=torch.int64))  # how many there are, where the next goes

    def __len__(self) -> int:
        return int(self.filled[0])

    def add(self, rows: Mapping[str, Tensor]) -> None:
        """Put rows (n, …) by name after those that are there; at most `size` at once."""
        count, at = len(next(iter(rows.values()))), int(self.filled[1])
        places = torch.arange(at, at + count) % self.size
        for name in self.names:
            getattr(self, f"kept_{name}")[places] = rows[name].to(torch.float32)
        self.filled[0] = min(self.size, len(self) + count)
        self.filled[1] = (at + count) % self.size

    def draw(self, count: int, rng: Rng, device: torch.device | str = "cpu") -> dict[str, Tensor]:
        """`count` experiences by name, drawn evenly with repetition, on a device."""
        places = rng.integers(len(self), count).cpu()
        return {name: getattr(self, f"kept_{name}")[places].to(device) for name in self.names}

"""Randomness by key: every draw is a pure function of named numbers, never of what was drawn before.

So the order of rows is a function of (seed, epoch), an augmentation of (seed, epoch, row), a dropout
mask of (seed, step, slice); a resumed run needs no saved random state and a wider one draws the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property, lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Ints = NDArray[np.int64]


@lru_cache(maxsize=4096)
def key(seed: int, *names: int | str) -> int:
    """A 63-bit number for a seed and a path of names.

    >>> key(0, "order", 1) == key(0, "order", 1) != key(0, "order", 2)
    True
    """
    text = "\x1f".join([str(seed), *map(str, names)]).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little") >> 1


def spread(number: int, step: int) -> int:
    """Another 63-bit number for each step, far from its neighbours': a Weyl sequence by the golden ratio."""
    return (number + step * 0x9E3779B97F4A7C15) & 0x7FFFFFFFFFFFFFFF


def generator(seed: int, *names: int | str) -> np.random.Generator:
    """A numpy generator of its own for a key (Philox, Salmon et al. 2011)."""
    return np.random.Generator(np.random.Philox(key=key(seed, *names)))


def order(rows: int, seed: int, epoch: int) -> Ints:
    """The order in which an epoch visits its rows: a permutation of 0 to rows - 1."""
    return generator(seed, "order", epoch).permutation(rows).astype(np.int64, copy=False)


def by_row(rows: Ints, draws: int, seed: int, *names: int | str) -> NDArray[np.float32]:
    """Uniform numbers in [0, 1) that belong to rows: (len(rows), draws), the same whatever batch a row is in.

    SplitMix64 (Steele et al. 2014) of the key, the row and the number of the draw.
    """
    with np.errstate(over="ignore"):
        base = np.uint64(key(seed, *names))
        lanes = rows.astype(np.uint64)[:, None] * np.uint64(0x9E3779B97F4A7C15)
        lanes = _mix(lanes ^ base)
        lanes = _mix(lanes + np.arange(1, draws + 1, dtype=np.uint64) * np.uint64(0xD1B54A32D192ED03))
    return (lanes >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24)


def _mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def reseed(number: int) -> None:
    """Set torch's own generators, from which dropout draws, to a number; cheap enough for every slice of a step."""
    torch.default_generator.manual_seed(number)
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.manual_seed_all(number)


class Rng:
    """Draws for one turn of an objective: `rng.normal(B, D)`, keyed by (seed, step, slice)."""

    def __init__(self, seed: int, *names: int | str, device: torch.device | str = "cpu"):
        self._seed, self._names, self.device = seed, names, device
        self._part: tuple[int, int, int] | None = None

    def rows(self, start: int, stop: int, count: int) -> Rng:
        """The draws of some of `count` rows, as they get them among all; of shapes whose first axis are the rows."""
        made = Rng(self._seed, *self._names, device=self.device)
        made._part = (start, stop, count) if stop - start < count else None
        return made

    @cached_property
    def _generator(self) -> torch.Generator:  # made at the first draw: most games draw nothing
        return torch.Generator(device=self.device).manual_seed(key(self._seed, *self._names))

    def normal(self, *shape: int) -> Tensor:
        """Standard normal numbers of a shape."""
        return self._drawn(lambda *of: torch.randn(*of, generator=self._generator, device=self.device), shape)

    def uniform(self, *shape: int) -> Tensor:
        """Uniform numbers in [0, 1) of a shape."""
        return self._drawn(lambda *of: torch.rand(*of, generator=self._generator, device=self.device), shape)

    def integers(self, high: int, *shape: int) -> Tensor:
        """Whole numbers from 0 to high - 1 of a shape."""
        return self._drawn(lambda *of: torch.randint(high, of, generator=self._generator, device=self.device), shape)

    def _drawn(self, draw: Callable[..., Tensor], shape: tuple[int, ...]) -> Tensor:
        if self._part is None:
            return draw(*shape)
        start, stop, count = self._part
        if shape[0] != stop - start:
            raise ValueError(f"draws of a shape {shape} for {stop - start} of {count} rows")
        return draw(count, *shape[1:])[start:stop]

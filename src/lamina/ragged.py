"""Rows of unequal length: the values one after another, and where each row begins and how long it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Packed(Protocol):
    """Rows of a batch that are no single tensor, such as graphs of many sizes."""

    def __len__(self) -> int: ...
    def to(self, device: Any, non_blocking: bool = False) -> Self: ...
    def cut(self, start: int, end: int) -> Self: ...


@dataclass(frozen=True)
class Ragged:
    """Row i is `values[starts[i] : starts[i] + lengths[i]]`. Rows may overlap, as windows on one long series do.

    values (N, ...), starts (n,), lengths (n,).
    """

    values: NDArray[Any]
    starts: Ints
    lengths: Ints

    @classmethod
    def of(cls, rows: Sequence[NDArray[Any]], dtype: Any = None, tail: tuple[int, ...] = ()) -> Ragged:
        """Arrays (T, ...) as one. `dtype` and `tail`, the axes after the first, say what no rows at all would hold."""
        lengths = np.array([len(row) for row in rows], np.int64)
        values = np.concatenate(list(rows)) if len(rows) else np.zeros((0, *tail), dtype)
        return cls.packed(values if dtype is None else values.astype(dtype, copy=False), lengths)

    @classmethod
    def packed(cls, values: NDArray[Any], lengths: Ints) -> Ragged:
        """Rows that follow each other without a gap."""
        lengths = np.asarray(lengths, np.int64)
        return cls(values, np.cumsum(lengths) - lengths, lengths)

    @classmethod
    def joined(cls, parts: Sequence[Ragged]) -> Ragged:
        """The rows of several, one after the other."""
        if len(parts) == 1:
            return parts[0]
        before = np.cumsum([0, *(len(part.values) for part in parts[:-1])])
        return cls(
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.starts + shift for part, shift in zip(parts, before, strict=True)]),
            np.concatenate([part.lengths for part in parts]),
        )

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Which rows hold nothing, (n,)."""
        found: NDArray[np.bool_] = self.lengths == 0
        return found

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of a value."""
        return self.values.dtype

    @property
    def nbytes(self) -> int:
        """Bytes of the values."""
        return self.values.nbytes

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self.row(i) for i in range(len(self)))

    def __getitem__(self, rows: Any) -> Ragged:
        """Some rows, by a slice, numbers or truths: (m,), with the values they need; what they share stays shared where
        that is less."""
        starts, lengths = self.starts[rows], self.lengths[rows]
        first, last = int(starts.min(initial=len(self.values))), int((starts + lengths).max(initial=0))
        if lengths.sum() > last - first > 0:
            return Ragged(self.values[first:last], starts - first, lengths)
        places = np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
        return Ragged.packed(self.values[places], lengths)

    def row(self, i: int) -> NDArray[Any]:
        """One row, (T, ...)."""
        start = int(self.starts[i])
        found: NDArray[Any] = self.values[start : start + int(self.lengths[i])]
        return found

    def padded(self, fill: Any, least: int = 1) -> NDArray[Any]:
        """All rows in one array (n, T, ...), `fill` after their ends; T is that of the longest, `least` or more."""
        longest = max(least, int(self.lengths.max(initial=0)))
        at = np.arange(longest)
        here = at < self.lengths[:, None]  # (n, T)
        out = np.full((len(self), longest, *self.values.shape[1:]), fill, self.dtype)
        out[here] = self.values[(self.starts[:, None] + at)[here]]
        return out

    def owners(self) -> Ints:
        """For each value, row by row, the number of its row."""
        return np.repeat(np.arange(len(self)), self.lengths)


Rows = NDArray[Any] | Ragged


def joined(parts: Sequence[Rows]) -> Rows:
    """The rows of several arrays of one sort, one after the other."""
    ragged = [part for part in parts if isinstance(part, Ragged)]
    if ragged:
        return Ragged.joined(ragged)
    return np.concatenate([part for part in parts if not isinstance(part, Ragged)])


def some(values: Any, at: NDArray[np.int64]) -> Any:
    """Some of an array, a Ragged or a list, by their place."""
    return [values[i] for i in at] if isinstance(values, list) else values[at]

"""What a column of plain values holds, gathered piece by piece: it never stands in memory as a whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .base import Column, pieces

MOST = 1 << 20  # different values after which no more are told apart


@dataclass(frozen=True)
class Seen:
    """`rows` in all, `nulls` among them, and the `known`, which are finite where they are numbers, from `low` to `high`
    where they have an order. `values` are the different ones of the first `counted` known rows: of all of them, unless
    more than a million are different; `counts` says how often each text came.

    `first` is the first piece of the column.
    """

    rows: int
    nulls: int
    known: int
    counted: int
    values: Any
    counts: dict[str, int]
    low: Any
    high: Any
    first: Any

    @property
    def different(self) -> int:
        """How many different values were told apart."""
        return len(self.counts) or len(self.values)

    @property
    def only(self) -> Any:
        """The first of the different values: where there is but one, that."""
        return next(iter(self.counts)) if self.counts else self.values[0].as_py()

    @property
    def said(self) -> str:
        """How many different values there are, in words."""
        return f"{self.different:,}" if self.counted == self.known else f"more than {MOST:,}"

    @property
    def each_once(self) -> bool:
        """Whether every row has a value of its own, as far as values were told apart."""
        return self.different == self.counted and self.known == self.rows


def seen(column: Column) -> Seen:
    """What there is in a column of numbers, truths or texts."""
    nulls = known = counted = 0
    counts: Counter[str] = Counter()
    ends: list[Any] = []
    first, values = None, pa.array([], column.take(np.zeros(0, np.int64)).type)
    for piece in pieces(np.arange(len(column))):
        array = column.take(piece)
        nulls += array.null_count
        there = array.filter(pc.is_finite(array)) if pa.types.is_floating(array.type) else array.drop_null()
        first = array if first is None else first
        texts, more = pa.types.is_string(array.type), counted == known and max(len(counts), len(values)) <= MOST
        if texts and more:
            found, often = pc.value_counts(there).flatten()
            counts.update(dict(zip(found.to_pylist(), often.to_pylist(), strict=True)))
        elif more:
            values = pa.concat_arrays([values, there]).unique()
        if len(there) and not texts and not pa.types.is_boolean(array.type):
            ends += pc.min_max(there).as_py().values()
        counted += len(there) * more
        known += len(there)
    low, high = (min(ends), max(ends)) if ends else (None, None)
    return Seen(len(column), nulls, known, counted, values, counts, low, high, first)

"""A column of Parquet files that is never in memory as a whole: a row group is read when its rows are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
from numpy.typing import NDArray

from ..errors import SourceError
from .table import Values

Ints = NDArray[np.int64]

KEPT = 2  # groups of a column that stay in memory: rows are asked for in order, now and then across an edge


@dataclass(frozen=True)
class Group:
    """A row group of a file: which, and where its rows begin among those of the table, and among those of the file."""

    path: Path
    number: int
    start: int
    within: int
    rows: int


@dataclass(frozen=True)
class RowGroups:
    """A column of plain values that is read by row group; `take` gives a pyarrow array, as that of `Values` does.

    `at` is the column's name in the files, `plain` what a column read is turned into, `type` what that gives. Files are
    opened anew for each group, so that threads and forks share nothing. Raises SourceError where a file is damaged or
    has changed.
    """

    name: str
    at: str
    groups: Sequence[Group]
    rows: int
    type: Any
    plain: Callable[[Any], Any]
    holds: str = "values"
    kept: dict[int, Any] = field(default_factory=dict, repr=False, compare=False)
    lock: Any = field(default_factory=Lock, repr=False, compare=False)

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, row: int) -> Any:
        group = int(np.searchsorted(self._starts, row, "right")) - 1
        return self._read(group)[row - self.groups[group].start]

    @property
    def array(self) -> pa.ChunkedArray:
        """The whole column, in memory."""
        return pa.chunked_array([self._read(i) for i in range(len(self.groups))], self.type)

    def take(self, rows: Ints) -> pa.Array:
        """The values of some rows, as one pyarrow array; each group that they lie in is read once."""
        if not len(rows):
            return pa.array([], self.type)
        rows = np.asarray(rows)
        group = np.searchsorted(self._starts, rows, "right") - 1
        order = None if (np.diff(group) >= 0).all() else np.argsort(group, kind="stable")
        if order is not None:
            rows, group = rows[order], group[order]
        edges = np.flatnonzero(np.diff(group, prepend=-1, append=-1))
        parts = [self._some(int(group[i]), rows[i:j]) for i, j in pairwise(edges.tolist())]
        taken = pa.concat_arrays(parts) if len(parts) > 1 else parts[0]
        return taken if order is None else taken.take(pa.array(np.argsort(order)))

    def where(self, row: int) -> str:
        """The file of a row and its number there."""
        group = self.groups[int(np.searchsorted(self._starts, row, "right")) - 1]
        return f"{group.path.name}, row {row - group.start + group.within}"

    def whole(self) -> Values:
        """The same column with all its values in memory."""
        return Values(self.name, self.array, self.groups[0].path.name, place=self.where)

    @property
    def _starts(self) -> Ints:
        return np.array([group.start for group in self.groups])

    def _some(self, number: int, rows: Ints) -> pa.Array:
        """Rows of one group; those that follow each other without a copy."""
        first = int(rows[0]) - self.groups[number].start
        if (np.diff(rows) == 1).all():
            return self._read(number).slice(first, len(rows))
        return self._read(number).take(pa.array(rows - self.groups[number].start))

    def _read(self, number: int) -> pa.Array:
        with self.lock:
            if number not in self.kept:
                while len(self.kept) >= KEPT:
                    self.kept.pop(next(iter(self.kept)))
                self.kept[number] = self._read_anew(self.groups[number])
            return self.kept[number]

    def _read_anew(self, group: Group) -> pa.Array:
        where = f'column "{self.at}" of {group.path.name}, rows {group.within:,} to {group.within + group.rows:,}'
        try:
            with parquet.ParquetFile(group.path) as file:
                column = file.read_row_group(group.number, columns=[self.at], use_threads=False).column(self.at)
            found = self.plain(column).combine_chunks()
        except (pa.ArrowException, OSError, KeyError, IndexError) as error:
            raise SourceError(f"{where}, cannot be read: {error}", expected="a whole Parquet file") from None
        if len(found) != group.rows:
            raise SourceError(f"{where}, holds {len(found):,} rows now", expected="a file that stays as it is")
        return found if isinstance(found, pa.Array) else pa.concat_arrays(found.chunks)

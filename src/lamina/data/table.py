"""A table of raw values: named columns of equal length, and for each row the part it was published in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..errors import SourceError, nearest
from ..findings import printable
from ..kinds import Column, Kind
from ..ragged import Ragged

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Values:
    """A column of plain values: numbers, texts, truths, lists; `take` gives a pyarrow array.

    `first` is the line of the first row in its file, 0 where rows have no lines. `place`, where given, says where a
    row came from instead: rows of two files, or a file with lines set aside.
    """

    name: str
    array: pa.ChunkedArray
    origin: str = ""
    first: int = 0
    holds: str = "values"
    place: Callable[[int], str] | None = None

    def __len__(self) -> int:
        return len(self.array)

    @property
    def type(self) -> Any:
        """What a value is, as pyarrow says it."""
        return self.array.type

    def take(self, rows: Ints) -> pa.Array:
        """The values of some rows, as one pyarrow array."""
        taken = self.array.take(pa.array(rows))
        return taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken

    def where(self, row: int) -> str:
        """File and line of a row, or its number."""
        if self.place:
            return self.place(row)
        return f"{self.origin}, line {row + self.first}" if self.first else f"{self.origin or self.name}, row {row}"


@dataclass(frozen=True)
class Arrays:
    """A column in which each value is a numpy array of one shape: (N, …)."""

    name: str
    array: NDArray[Any]
    origin: str = ""
    holds: str = "arrays"
    place: Callable[[int], str] | None = None

    def __len__(self) -> int:
        return len(self.array)

    def take(self, rows: Ints) -> NDArray[Any]:
        """The arrays of some rows, (rows, …)."""
        taken: NDArray[Any] = self.array[rows]
        return taken

    def where(self, row: int) -> str:
        """The number of a row, or what `place` says of it."""
        if self.place:
            return self.place(row)
        return f"{self.origin or self.name}, row {row}"


@dataclass(frozen=True)
class RaggedArrays:
    """A column in which each value is a numpy array of a length of its own: sounds, series, windows on a long one."""

    name: str
    ragged: Ragged
    origin: str = ""
    holds: str = "ragged"
    place: Callable[[int], str] | None = None

    def __len__(self) -> int:
        return len(self.ragged)

    def take(self, rows: Ints) -> Ragged:
        """The arrays of some rows."""
        return self.ragged[rows]

    def where(self, row: int) -> str:
        """The number of a row, or what `place` says of it."""
        if self.place:
            return self.place(row)
        return f"{self.origin or self.name}, row {row}"


@dataclass(frozen=True)
class Files:
    """A column in which each value is the bytes of a file, read when taken.

    `read(name)` gives the bytes of one file, by a name relative to the source; for a file that cannot be read it gives
    `Unreadable`, which holds the reason. `within`: whether the bytes stand in the table itself, under no file's name.
    """

    name: str
    names: Sequence[str]
    read: Callable[[str], bytes]
    holds: str = "files"
    within: bool = False
    busy: dict[int, str] = field(default_factory=dict, repr=False, compare=False)  # by thread, what is being read

    def __len__(self) -> int:
        return len(self.names)

    def take(self, rows: Ints) -> list[bytes]:
        """The bytes of some rows' files."""
        taken, thread = [], threading.get_ident()
        try:
            for i in rows:
                self.busy[thread] = self.names[i]
                taken.append(self.read(self.names[i]))
        finally:
            self.busy.pop(thread, None)
        return taken

    def where(self, row: int) -> str:
        """The file's name within the source, safe to print."""
        return printable(self.names[row])


@dataclass(frozen=True)
class Objects:
    """A column of values that cannot be read as what any kind takes, so that it can only be left out. `why` says what
    they are."""

    name: str
    why: str
    rows: int
    origin: str = ""
    holds: str = "objects"

    def __len__(self) -> int:
        return self.rows

    def take(self, rows: Ints) -> Any:
        """Nothing. Raises SourceError."""
        del rows
        raise self.refused("name another column")

    def where(self, row: int) -> str:
        """The number of a row."""
        return f"{self.origin or self.name}, row {row}"

    def refused(self, other: str) -> SourceError:
        """That the column is asked for; `other` is what to type instead."""
        return SourceError(
            f'column "{printable(self.name)}" of {self.origin} holds {self.why}',
            expected="one type in a column: numbers, texts, truths or moments",
            fix=f'make each value a number or a text, as frame["{self.name}"].map(float) or .map(str) does, or {other}',
        )


@dataclass(frozen=True)
class Table:
    """Columns by name, all of one length.

    `parts`: for each row the part it was published in, "train", "valid", "test" or "" (numpy text), or None.
    `target`: the column a source itself knows to be the answer (class folders, idx labels), or "". `inputs`: the
    columns it knows to be what the answer is found from; others are used where they are asked for. `kinds`: what it
    knows columns to hold. `categories`: the columns whose type there says that they hold categories, of which some may
    have too many values for that. `context`: arrays that all rows point into, one graph for instance.
    `ids`: a name for each row that survives into predictions (file names, or row numbers as text).
    """

    columns: Mapping[str, Column]
    name: str
    fingerprint: str = ""
    parts: NDArray[np.str_] | None = None
    target: str = ""
    ids: Sequence[str] = ()
    facts: dict[str, Any] = field(default_factory=dict)  # delimiter, encoding, stray files …: shown and kept
    inputs: tuple[str, ...] = ()
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    categories: tuple[str, ...] = ()
    context: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise SourceError(f"columns of {self.name} differ in length: {lengths}", expected="one value a row in each")

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def column(self, name: str) -> Column:
        """A column by name. Raises SourceError with the nearest known name."""
        if name not in self.columns:
            raise SourceError(f'{self.name} has no column "{name}"', expected=nearest(name, self.columns))
        return self.columns[name]

    def waited_for(self) -> str:
        """Which files are being read, for whoever has waited too long for them."""
        columns = [column for column in self.columns.values() if isinstance(column, Files)]
        names = sorted({printable(name) for column in columns for name in list(column.busy.values())})
        return f"waiting for {', '.join(names) or self.name}; does the disk still answer?"

    def id_of(self, row: int) -> str:
        """The name of a row."""
        return self.ids[row] if len(self.ids) else str(row)

    def ids_of(self, rows: Ints) -> list[str]:
        """The names of some rows."""
        if not len(self.ids):
            return [str(row) for row in rows.tolist()]
        return [self.ids[row] for row in rows.tolist()]

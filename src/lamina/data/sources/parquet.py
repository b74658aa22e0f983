"""Parquet: one file, or a folder of parts that are one table. What is large is read by row group, never as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from ...errors import SourceError
from ...findings import Findings
from ...kinds import Column
from ..groups import Group, RowGroups
from ..table import Table
from .columns import INDEX, plain
from .folders import Listing
from .options import ReadOptions
from .parts import part_of, parts_of
from .pictures import bytes_column, picture_columns
from .reading import fingerprint_file, fingerprint_names, no_twins, shown

ENDING = ".parquet"
WHOLE = 1 << 20  # rows up to which a table is held in memory …
WHOLE_BYTES = 256 << 20  # … where it is no larger than that


@dataclass(frozen=True)
class Part:
    """A file of a table: its columns by name with the types that kinds know, those of them that hold categories by
    their type in the file, and what it says of itself."""

    path: Path
    columns: dict[str, Any]
    categories: tuple[str, ...]
    facts: Any


def is_parquet(source: tuple[Path, Listing]) -> bool:
    """Whether a folder holds Parquet files and notes only, and not one file for each part, which other readers know."""
    names = _names(source[1])
    parts = [part_of(name) for name in names]
    several = len(names) > 1 and (not all(parts) or len(set(parts)) < len(parts))
    return several and len(names) + sum(map(_stray, source[1].stamps)) == len(source[1].stamps)


def read_parts(source: tuple[Path, Listing], options: ReadOptions, findings: Findings) -> Table:
    """A folder of Parquet files as one table, in the order of their names; files named for a part, as
    train-00000-of-00005.parquet is, are published parts."""
    del options
    path, listing = source
    names = _names(listing)
    of = parts_of(path, names)
    files = [_open(path / name) for name in names]
    table = _table(files, path.name or path.resolve().name, findings)
    parts = np.repeat(np.array(of), [file.facts.num_rows for file in files]) if any(of) else None
    mark = fingerprint_names({"": (0, 0), **{name: listing.stamps[name] for name in names}})
    return replace(table, fingerprint=mark, parts=parts, facts={**table.facts, "files": len(names)})


def read_parquet(path: Path, findings: Findings) -> Table:
    """A Parquet file; columns of encoded pictures, or of paths to them, become files."""
    return _table([_open(path)], path.name, findings)


def _table(parts: Sequence[Part], name: str, findings: Findings) -> Table:
    types = _types(parts)
    groups, rows = [], 0
    for part in parts:
        within = 0
        for number in range(part.facts.num_row_groups):
            count = part.facts.row_group(number).num_rows
            if count:
                groups.append(Group(part.path, number, rows, within, count))
            rows, within = rows + count, within + count
    if not rows:
        raise SourceError(f"{name} holds no rows", expected="at least one row")
    size = sum(part.facts.row_group(i).total_byte_size for part in parts for i in range(part.facts.num_row_groups))
    columns: dict[str, Column] = {}
    for column, kind in types.items():
        lazy = RowGroups(column, column, groups, rows, kind, partial(_turned, kind))
        pictures = bytes_column(column, lazy)
        columns[column] = pictures or (lazy if rows > WHOLE or size > WHOLE_BYTES else lazy.whole())
    mark = fingerprint_file(parts[0].path) if len(parts) == 1 else ""
    table = Table(columns, name, mark, facts={"reader": "parquet"}, categories=parts[0].categories)
    return picture_columns(table, parts[0].path.parent, findings)


def _open(path: Path) -> Part:
    """A file by its footer. Raises SourceError for one that is no Parquet, or has two columns of one name."""
    try:
        with parquet.ParquetFile(path) as file:
            kinds, facts = file.schema_arrow, file.metadata
            names = kinds.names
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{shown(path)} is not Parquet that can be read: {error}", expected="a whole Parquet file"
        ) from None
    held = [facts.row_group(number).num_rows for number in range(facts.num_row_groups)]
    if sum(held) != facts.num_rows or min(held, default=0) < 0:
        raise SourceError(
            f"{shown(path)} is damaged: it says that it has {facts.num_rows:,} rows, and its groups {sum(held):,}",
            expected="a whole Parquet file",
        )
    no_twins(names, shown(path))
    columns = {name: plain(pa.chunked_array([], kinds.field(name).type)).type for name in names}
    categories = tuple(name for name in names if pa.types.is_dictionary(kinds.field(name).type))
    return Part(path, {name: kind for name, kind in columns.items() if not name.startswith(INDEX)}, categories, facts)


def _types(parts: Sequence[Part]) -> dict[str, Any]:
    """The columns that all parts have, with the type of each; numbers of two types are floats. Raises SourceError
    naming two files that differ."""
    types = dict(parts[0].columns)
    for part in parts[1:]:
        if set(part.columns) != set(types):
            odd = sorted(set(part.columns) ^ set(types))
            raise SourceError(
                f"{shown(part.path)} and {shown(parts[0].path)} differ in {', '.join(odd[:8])}",
                expected="the same columns in each part of a table",
                fix="name one file, or move out those that are another table",
            )
        for name, kind in part.columns.items():
            numbers = [pa.types.is_integer(k) or pa.types.is_floating(k) for k in (kind, types[name])]
            if kind != types[name] and not all(numbers):
                raise SourceError(
                    f'column "{name}" holds {kind} in {shown(part.path)} and {types[name]} in {shown(parts[0].path)}',
                    expected="one type in each part of a table",
                )
            if kind != types[name]:
                types[name] = pa.float64()
    return types


def _turned(kind: Any, column: Any) -> Any:
    """A column as read, in a type that kinds know."""
    return plain(column).cast(kind)


def _names(listing: Listing) -> list[str]:
    return sorted(name for name in listing.stamps if "/" not in name and name.lower().endswith(ENDING))


def _stray(name: str) -> bool:
    """Whether a file may lie beside the parts of a table: a mark of having finished, a text about them."""
    return name.lower().startswith(("_", "readme", "license")) or name.lower().endswith(
        (".md", ".txt", ".json", ".crc")
    )

"""Columns that already have types: JSON lines, and pandas, polars and pyarrow frames by their protocol."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json as arrow_json

from ...config import each_key_once, no_constant
from ...errors import SourceError
from ...findings import Aside, Findings, aside, printable
from ...kinds import Column
from ..table import Objects, Table, Values
from .columns import arrays_of, as_columns
from .options import ReadOptions
from .pictures import picture_columns
from .reading import at_lines, content, fingerprint_arrays, fingerprint_file, shown
from .texts import numbers_in

DEEPEST = 64  # lists and objects in each other in a line of JSON
CLASSES = 10  # different whole numbers of a target, at most, that are its classes
LONGEST = 20  # signs of a whole number that 64 bits hold
OPENING, CLOSING = np.frombuffer(b"[{", np.uint8), np.frombuffer(b"]}", np.uint8)

SHOWN = 3  # columns that are named one by one
TIME = "time"  # what an index of times is called that has no name


def is_frame(source: Any) -> bool:
    """Whether something gives its columns by the Arrow PyCapsule protocol, is an arrow table, or a list of rows, each
    with its values by name."""
    rows = isinstance(source, list) and len(source) > 0 and all(isinstance(row, dict) for row in source)
    columns = hasattr(source, "__arrow_c_stream__") and not isinstance(source, pa.ChunkedArray)
    return rows or columns or isinstance(source, pa.Table)


def is_series(source: Any) -> bool:
    """Whether something is one column of pandas or polars by itself."""
    return hasattr(source, "to_frame") and hasattr(source, "name")


def names_of(source: Any) -> list[str]:
    """The names of a frame's columns, none of what has no names."""
    if isinstance(source, pa.Table):
        return list(source.column_names)
    return [str(column) for column in source.columns] if hasattr(source, "columns") else []


def read_series(source: Any, column: str, name: str, options: ReadOptions, findings: Findings) -> Table:
    """A series as a table of one column, without the index."""
    table = read_frame(source.to_frame(name=column), name, options, findings)
    return replace(table, columns={column: table.columns[column]})


def read_frame(source: Any, name: str, options: ReadOptions, findings: Findings) -> Table:
    """A pandas, polars or pyarrow frame, or a list of rows. A pandas index is a column where it has a name or holds
    times; else it is left behind. A value that a row has not is missing, and a column that cannot be read can only be
    left out. Paths of pictures or sounds are absolute, or start from the working directory."""
    arrays = arrays_of(_timed(source, names_of(source)), name)
    hashed = {c: np.array([a.why]) if isinstance(a, Objects) else a for c, a in arrays.items()}
    named = tuple(c for c, a in arrays.items() if isinstance(a, pa.ChunkedArray) and pa.types.is_dictionary(a.type))
    facts = {"reader": "frame"}
    table = Table(as_columns(arrays, name), name, fingerprint_arrays(hashed), facts=facts, categories=named)
    return picture_columns(_with_numbers(table, options, findings), None, findings)


def _with_numbers(table: Table, options: ReadOptions, findings: Findings) -> Table:
    """The table with numbers that stand there as text read as in a CSV; those that are called categories are names, and
    so are the few whole numbers that a target holds: what is answered is written as what was learned."""
    columns, read = dict(table.columns), []
    target = "" if options.new else options.target or next(reversed(columns), "")
    for name, column in table.columns.items():
        stays = name in options.text or name in table.categories
        if isinstance(column, Values) and pa.types.is_string(column.type) and not stays:
            array = numbers_in(name, column.array, options.missing, table.name, findings)
            if name == target and pa.types.is_integer(array.type) and len(array.unique()) <= CLASSES:
                continue
            columns[name] = replace(column, array=array)
            read += [f'"{printable(name)}"'] * (array.type != column.type)
    if read and not options.new:
        told = ", ".join(read[:SHOWN]) + (f" and {len(read) - SHOWN:,} more" if read[SHOWN:] else "")
        text = f"numbers that {table.name} holds as text are read as numbers: {told}"
        findings.warn("numbers in text", f"{text}; --kind COLUMN=Category takes a column as names")
    return replace(table, columns=columns)


def _timed(source: Any, names: list[str]) -> Any:
    """A pandas frame whose index of times has a name, so that it is kept, and holds moments: a period is its start.

    Known by their names, since pandas need not be installed. Raises SourceError where the name is taken.
    """
    index: Any = getattr(source, "index", None)
    if type(index).__name__ not in ("DatetimeIndex", "PeriodIndex"):
        return source
    called = TIME if index.name is None else str(index.name)
    if called in names:
        raise SourceError(
            f'the index of the frame holds times, to be the column "{called}", and it has a column of that name',
            expected="another name for one of them",
            fix='frame.rename_axis("moment"), or frame.reset_index(drop=True) to leave the index out',
        )
    return (source.to_timestamp() if type(index).__name__ == "PeriodIndex" else source).rename_axis(called)


def read_json_lines(path: Path, options: ReadOptions, findings: Findings, part: str = "source") -> Table:
    """JSON lines, one object each. A line that is none is set aside with its number."""
    data = content(path)
    if not data.strip():
        raise SourceError(f"{shown(path)} is empty", expected="one JSON object a line")
    place = None
    try:
        if _may_be_deep(data):  # arrow's reader of JSON nests as deep as the file says, until the stack is full
            raise pa.ArrowInvalid("read line by line")
        made = arrow_json.read_json(pa.BufferReader(data), arrow_json.ReadOptions(block_size=16 << 20))
        asides: list[Aside] = []
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        made, lines, asides = _line_by_line(data, path)
        place = at_lines(path.name, lines)
    findings.set_aside(part, asides)
    columns: dict[str, Column] = {
        name: replace(c, first=0 if place else 1, place=place) if isinstance(c, Values) else c
        for name, c in as_columns(dict(zip(made.column_names, made.columns, strict=True)), path.name).items()
    }
    facts = {"reader": "json lines", "unread": len(asides)}
    table = Table(columns, path.name, fingerprint_file(path), facts=facts)
    return picture_columns(_with_numbers(table, options, findings), path.parent, findings)


def _line_by_line(data: bytes, path: Path) -> tuple[Any, list[int], list[Aside]]:
    """The slow way, which finds the lines that are wrong."""
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    asides: list[Aside] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_constant=no_constant, parse_int=_whole, object_pairs_hook=each_key_once)
            if not isinstance(value, dict):
                raise ValueError("not an object")
            if _deep(value):
                raise ValueError(f"nested more than {DEEPEST} deep")
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            asides.append(aside(f"{path.name}, line {number}", "half of a surrogate pair", line))
        except (ValueError, RecursionError) as error:
            asides.append(aside(f"{path.name}, line {number}", f"not a JSON object: {error}", line))
        else:
            rows.append(value)
            lines.append(number)
    if not rows:
        raise SourceError(f"no line of {shown(path)} holds a JSON object", expected='lines such as {"a": 1, "b": "x"}')
    columns = {}
    for name in dict.fromkeys(key for row in rows for key in row):
        try:
            columns[name] = pa.array([row.get(name) for row in rows])
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            raise _mixed(name, rows, lines, path) from None
    return pa.table(columns), lines, asides


def _whole(digits: str) -> int | float:
    """A whole number, or a float where 64 bits do not hold it, as arrow reads it."""
    return int(digits) if len(digits) <= LONGEST and -(2**63) <= int(digits) < 2**63 else float(digits)


def _may_be_deep(data: bytes) -> bool:
    """Whether a line opens more brackets, one in the other, than values may nest; those in texts count too."""
    return any(_opened(line) > DEEPEST for line in data.split(b"\n") if line.count(b"[") + line.count(b"{") > DEEPEST)


def _opened(line: bytes) -> int:
    signs = np.frombuffer(line, np.uint8)
    steps = np.isin(signs, OPENING).astype(np.int64) - np.isin(signs, CLOSING)
    return int(np.cumsum(steps).max())


def _deep(value: Any) -> bool:
    """Whether lists and objects stand in each other more than DEEPEST times."""
    inside = [value]
    for _ in range(DEEPEST):
        inside = [
            part
            for one in inside
            if isinstance(one, dict | list)
            for part in (one.values() if isinstance(one, dict) else one)
        ]
        if not inside:
            return False
    return any(isinstance(one, dict | list) for one in inside)


def _mixed(name: str, rows: list[dict[str, Any]], lines: list[int], path: Path) -> SourceError:
    seen: dict[str, tuple[int, Any]] = {}
    for row, line in zip(rows, lines, strict=True):
        if row.get(name) is not None:
            seen.setdefault(type(row[name]).__name__, (line, row[name]))
    told = ", ".join(f"{value!r:.40} in line {line}" for line, value in list(seen.values())[:2])
    return SourceError(f'"{name}" in {shown(path)} holds values of different types: {told}', expected="one type")

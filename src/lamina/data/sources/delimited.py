"""Tables in text: comma, semicolon, tab or bar between fields. Nothing is repaired silently.

Every field is read as text and then typed by `texts.typed`; a row that does not fit is set aside with its line.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
from numpy.typing import NDArray

from ...errors import SettingError, SourceError
from ...findings import Aside, Findings, aside, lost, printable
from ...kinds import Column
from ..table import Table, Values
from .encoding import BLOCK, as_utf8
from .options import ReadOptions
from .pictures import picture_columns
from .reading import at_lines, content, fingerprint_file, shown
from .sniff import delimiter_of, is_header, rows_of
from .texts import typed

SHOWN = 1 << 18
COLUMNS = 100_000
LONG = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(frozen=True)
class Shape:
    """What was recognised in the first lines: between fields, whether line 1 holds names, and the names."""

    delimiter: str
    header: Literal["first", "none"]
    names: list[str]


def read_delimited(path: Path, options: ReadOptions, findings: Findings, part: str = "source") -> Table:
    """A CSV or TSV file, packed or not. `part` says under which part rows are set aside.

    Raises SourceError: empty, not of its encoding, repeated names, a quote that is never closed, or most rows wider
    than the header.
    """
    data, encoding = as_utf8(content(path), path, options.encoding)
    if not data.strip():
        raise SourceError(f"{shown(path)} is empty", expected="a table with a header and rows")
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")  # how lines end in what a spreadsheet on a Mac may write
    data, lines, asides = _without_nul(data, path.name)
    if not data.strip():
        raise SourceError(f"every line of {shown(path)} holds NUL bytes", expected="a table in text")
    shape = _recognise(data, path, options, lines)
    start = _first_line_end(data) if shape.header == "first" else 0
    body = data[start:]
    _refuse_open(data, _left_open(data[:start], shape.delimiter), path, lines)
    if not body.strip():
        raise SourceError(f"{shown(path)} holds a header and no rows", expected="rows below the header")
    try:
        texts, bad = _parse(body, shape)
    except pa.ArrowInvalid:  # a record that no block holds
        _refuse_open(data, _left_open(data, shape.delimiter, start), path, lines)
        raise SourceError(f"{shown(path)} holds a row of over {BLOCK:,} bytes", expected="a table in text") from None
    opened = _open_at_end(body, shape.delimiter, texts, bad)
    _refuse_open(data, start + opened if opened >= 0 else -1, path, lines)
    lines = lines[1:] if shape.header == "first" else lines
    records = texts.num_rows + len(bad)
    exact = records == len(lines)
    if 2 * len(bad) > records:
        raise _shifted(path, shape, bad, lines if exact else None)
    for number, fields, row in bad:
        at = f"line {lines[number]}" if exact else f"row {number + 1}"
        over = row.rstrip("\r\n").count("\n") + 1
        why = f"{fields} fields under {len(shape.names)} names" + (f", over {over:,} lines" if over > 1 else "")
        asides.append(aside(f"{path.name}, {at}", why, row.encode(), over))
    findings.set_aside(part, asides)
    kept = np.delete(lines, [number for number, _, _ in bad]) if exact else None
    return _typed_table(path, texts, shape, options, findings, kept, encoding, lost(asides))


def _typed_table(
    path: Path,
    texts: Any,
    shape: Shape,
    options: ReadOptions,
    findings: Findings,
    lines: NDArray[np.int64] | None,
    encoding: str,
    unread: int,
) -> Table:
    place = None if lines is None else at_lines(path.name, lines)
    columns: dict[str, Column] = {}
    trimmed = []
    for i, name in enumerate(shape.names):
        stays = name in options.text
        array, blanks = typed(name, texts.column(i), options.missing, path.name, findings, stays)
        columns[name] = Values(name, array, path.name, place=place)
        if blanks:
            trimmed.append(name)
    if shape.header == "none" and options.header == "auto":
        findings.warn(
            f"headerless {path.name}",
            f"{path.name} has no line of names; its columns are called {shape.names[0]} to {shape.names[-1]} "
            "(--header first takes line 1 as names)",
        )
    facts = {
        "reader": "delimited text",
        "delimiter": LONG.get(shape.delimiter, shape.delimiter),
        "header": shape.header,
        "encoding": encoding,
        "missing": ["", *options.missing],
        "blanks trimmed": trimmed,
        "unread": unread,
    }
    table = Table(columns, path.name, fingerprint_file(path), facts=facts)
    return picture_columns(table, path.parent, findings)


def _without_nul(data: bytes, name: str) -> tuple[bytes, NDArray[np.int64], list[Aside]]:
    """The text without lines that hold NUL bytes, the numbers of the lines left that are not blank, and those lines."""
    asides: list[Aside] = []
    pieces, kept = [], []
    if b"\0" in data:
        for number, line in enumerate(data.removesuffix(b"\n").split(b"\n"), 1):
            if b"\0" in line:
                asides.append(aside(f"{name}, line {number}", "NUL bytes", line))
            else:
                pieces.append(line + b"\n")
                kept.append(number)
        data = b"".join(pieces)
    filled = _filled(data)
    return data, np.array(kept, np.int64)[filled] if kept else filled + 1, asides


def _filled(data: bytes) -> NDArray[np.int64]:
    """Which lines of a text are not blank, by number from 0."""
    if not data:
        return np.zeros(0, np.int64)
    view = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(view == 10)
    if view[-1] != 10:
        ends = np.append(ends, len(view))
    starts = np.concatenate([[0], ends[:-1] + 1])
    blank = (ends == starts) | ((ends == starts + 1) & (view[np.minimum(starts, len(view) - 1)] == 13))
    return np.flatnonzero(~blank)


def _recognise(data: bytes, path: Path, options: ReadOptions, lines: NDArray[np.int64]) -> Shape:
    """Delimiter, header and names from the first lines."""
    head = max(SHOWN, 4 * data.find(b"\n"))  # names of many columns fill a long line
    text = data[:head].decode("utf-8", "ignore")
    if len(data) > head:
        text = text[: text.rfind("\n") + 1] or text
    delimiter = options.delimiter.replace("\\t", "\t") or delimiter_of(text, path.name)
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n':
        raise SettingError(f'"{options.delimiter}" cannot stand between fields', expected="one sign: , ; | \\t")
    try:
        rows = rows_of(text, delimiter)
    except csv.Error:
        rows = []
    if not rows:
        _refuse_open(data, _left_open(data, delimiter), path, lines)
        raise SourceError(f"{shown(path)} holds a field longer than 131,072 signs", expected="a table in text")
    first = [field.strip() for field in rows[0]]
    if len(first) > COLUMNS:
        raise SourceError(
            f"{shown(path)} holds {len(first):,} fields in its first line", expected=f"at most {COLUMNS:,} columns"
        )
    headed = options.header == "first" or (options.header == "auto" and is_header(rows, options.missing))
    if not headed:
        width = Counter(len(row) for row in rows).most_common(1)[0][0]
        return Shape(delimiter, "none", [f"column{i}" for i in range(1, width + 1)])
    names = [field or f"column{i}" for i, field in enumerate(first, 1)]
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise SourceError(
            f'{shown(path)} has {names.count(twice[0])} columns called "{twice[0]}"',
            expected="a name of its own for each column",
            fix="rename them in line 1, or --header none if line 1 holds values",
        )
    return Shape(delimiter, "first", names)


def _first_line_end(data: bytes) -> int:
    """Where the first record that is not blank ends; a quoted name may hold line ends."""
    quoted, at = False, len(data) - len(data.lstrip(b"\r\n"))
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end + 1
        quoted ^= data.count(b'"', at, end) % 2 == 1
        at = end
        if not quoted:
            break
    return at


def _closing(data: bytes, at: int) -> int:
    """Where the quote that opens at `at` is closed, -1 where it never is; two in a row are one sign of the field."""
    at = data.find(b'"', at + 1)
    while at >= 0 and data[at + 1 : at + 2] == b'"':
        at = data.find(b'"', at + 2)
    return at


def _left_open(data: bytes, delimiter: str, at: int = 0) -> int:
    """Where a quote opens that is never closed, from `at` on, -1 where there is none; only one that begins a field
    opens."""
    opens = re.compile(rf'(?:\A|(?<=[{re.escape(delimiter)}\r\n]))"'.encode())
    while found := opens.search(data, at):
        at = _closing(data, found.start()) + 1
        if not at:
            return found.start()
    return -1


def _open_at_end(body: bytes, delimiter: str, texts: Any, bad: Sequence[tuple[int, int, str]]) -> int:
    """Where a quote opens that takes the rest of the text for one field, -1 where there is none. Such a field ends the
    last row, so that no other row is looked at."""
    if b'"' not in body:
        return -1
    if bad and bad[-1][0] == texts.num_rows + len(bad) - 1:
        row = bad[-1][2].encode()
        found = _left_open(row, delimiter)
        start = body.rfind(row)  # nothing but a line end can follow
        return start + found if found >= 0 else -1
    field = b'"' + texts.column(texts.num_columns - 1)[-1].as_py().replace('"', '""').encode()
    at = len(body) - len(field)
    before = body[at - 1 : at] if at else b"\n"
    return at if body.endswith(field) and before in (delimiter.encode(), b"\n", b"\r") else -1


def _refuse_open(data: bytes, at: int, path: Path, lines: NDArray[np.int64]) -> None:
    """Raise SourceError for a quote at `at` that is never closed; -1 is none. `lines`: numbers of those not blank."""
    if at < 0:
        return
    start = data.rfind(b"\n", 0, at) + 1
    line, head = lines[len(_filled(data[:start]))], data[at : at + 60].decode("utf-8", "replace").splitlines()[0]
    raise SourceError(
        f"{shown(path)}, line {line}: a quote opens and is never closed, and all below is its field: {printable(head)}",
        expected='a " at the end of a field that begins with one',
        fix="close it where its field ends, or take it out",
    )


def _parse(body: bytes, shape: Shape) -> tuple[Any, list[tuple[int, int, str]]]:
    """The fields as text, and the rows that do not fit: number from 0, how many fields, the text."""
    bad: list[tuple[int, int, str]] = []

    def set_aside(row: Any) -> Literal["skip"]:
        bad.append((-1 if row.number is None else row.number - 1, row.actual_columns, row.text))
        return "skip"

    def read(threads: bool) -> Any:
        bad.clear()
        return arrow_csv.read_csv(
            pa.BufferReader(body),
            arrow_csv.ReadOptions(column_names=shape.names, block_size=BLOCK, use_threads=threads),
            arrow_csv.ParseOptions(
                delimiter=shape.delimiter,
                newlines_in_values=b'"' in body,
                invalid_row_handler=set_aside,
                ignore_empty_lines=len(shape.names) > 1,
            ),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(shape.names, pa.string())),
        )

    # Threads are for files of several blocks: arrow's own, when just started, abort a process that ends at once in an
    # error (pyarrow 26 beside torch 2.13), so small files are read without them everywhere.
    many = len(body) > BLOCK
    texts = read(many)
    return (read(False) if many and bad else texts), bad  # rows have numbers only when read by one thread


def _shifted(
    path: Path, shape: Shape, bad: Sequence[tuple[int, int, str]], lines: NDArray[np.int64] | None
) -> SourceError:
    """Most rows do not have as many fields as there are names."""
    number, fields, _ = bad[0]
    at = f"line {lines[number]}" if lines is not None else f"row {number + 1}"
    return SourceError(
        f"{shown(path)}: {fields} fields under {len(shape.names)} names, {at}, and {len(bad) - 1:,} more such rows",
        expected=f"{len(shape.names)} fields in each row, as in line 1",
        fix="add the missing name, or --header none if line 1 holds values, or --delimiter if fields are cut wrongly",
    )

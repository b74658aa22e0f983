"""Series with a label each, as the UCR and UEA archives publish them: .ts files of sktime and aeon.

Lines that begin with # are comments, with @ the header; after @data each line is one series: channels between colons,
steps between commas, the label last. https://www.aeon-toolkit.org/en/stable/api_reference/file_specifications/ts.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...errors import SourceError
from ...findings import Aside, Findings, aside
from ...kinds import Series
from ...ragged import Ragged
from ..table import RaggedArrays, Table, Values
from .encoding import lines_of
from .folders import PARTS, Listing
from .options import ReadOptions
from .reading import at_lines, fingerprint_names, shown, stamps_of

ENDING = re.compile(r"\.ts(?:\.gz)?$", re.IGNORECASE)
YES, NO = "true", "false"


@dataclass(frozen=True)
class Header:
    """What the lines before @data say. `dimensions` and `length` are 0 where the header does not promise them."""

    name: str
    dimensions: int
    length: int
    labels: tuple[str, ...]
    labelled: bool
    numbers: bool  # the last value is a number to be answered, not one of a few labels


@dataclass(frozen=True)
class Read:
    """The usable lines of one file: series (T, C), what stands last on the line, and the line's number."""

    header: Header
    rows: list[NDArray[np.float64]]
    answers: list[str]
    lines: list[int]


def is_ts(path: Path) -> bool:
    """Whether a file is named as such files are."""
    return bool(ENDING.search(path.name))


def has_ts(found: tuple[Path, Listing]) -> bool:
    """Whether such files lie in a folder itself."""
    return any(ENDING.search(name) and "/" not in name for name in found[1].stamps)


def read_ts(path: Path, options: ReadOptions, findings: Findings) -> Table:
    """One file as a table of series and labels. Raises as `read_ts_parts` does."""
    return _table([path], path.name, options.encoding, findings)


def read_ts_parts(found: tuple[Path, Listing], options: ReadOptions, findings: Findings) -> Table:
    """The files of the parts of one set (…_TRAIN.ts, …_TEST.ts) as a table of series and labels.

    Raises SourceError: no header, time stamps, files that are no parts of a set, or of different channels. A line that
    does not hold what the header promises is set aside with its number.
    """
    folder, listing = found
    names = sorted(name for name in listing.stamps if ENDING.search(name) and "/" not in name)
    return _table([folder / name for name in names], folder.name or folder.resolve().name, options.encoding, findings)


def _table(paths: Sequence[Path], name: str, encoding: str, findings: Findings) -> Table:
    parts = [_part(path.name) for path in paths]
    if len(paths) > 1 and ("" in parts or len(set(parts)) < len(parts) or "train" not in parts):
        raise SourceError(
            f"{name} holds {len(paths)} .ts files: {', '.join(shown(p.name) for p in paths[:5])}",
            expected="one, or one named …_TRAIN.ts and one …_TEST.ts",
            fix=f"name one of them: {shown(paths[0])}",
        )
    ordered = sorted(zip(parts, paths, strict=True), key=lambda pair: ("train", "valid", "test", "").index(pair[0]))
    read = [_read(path, part or "source", encoding, findings) for part, path in ordered]
    widths = {found.rows[0].shape[1] for found in read if found.rows}
    if len(widths) != 1:
        told = f"series of {' and '.join(map(str, sorted(widths)))} channels" if widths else "no series"
        raise SourceError(f"{name} holds {told}", expected="series of the same channels in every file")
    heads = [found.header for found in read]
    series = Ragged.of([row for found in read for row in found.rows])
    where = _Places([at_lines(path.name, f.lines) for f, (_, path) in zip(read, ordered, strict=True)], read)
    columns: dict[str, RaggedArrays | Values] = {"series": RaggedArrays("series", series, name, place=where)}
    if heads[0].labelled:
        answers = pa.array([answer for found in read for answer in found.answers])
        answers = answers.cast(pa.float64()) if heads[0].numbers else answers
        columns["label"] = Values("label", pa.chunked_array([answers]), name, place=where)
    stamps = {path.name: stamps_of(path.parent, [path.name])[path.name] for _, path in ordered}
    owners = np.repeat([part for part, _ in ordered], [len(found.rows) for found in read])
    return Table(
        columns,
        heads[0].name or name,
        fingerprint_names(stamps),
        owners if any(parts) else None,
        "label" if heads[0].labelled else "",
        inputs=("series",),
        kinds={"series": Series()},
        facts={"reader": "ts", "files": [path.name for _, path in ordered]},
    )


@dataclass(frozen=True)
class _Places:
    """Says the file and line of a row of several files."""

    files: list[object]
    read: list[Read]

    def __call__(self, row: int) -> str:
        for place, found in zip(self.files, self.read, strict=True):
            if row < len(found.rows):
                return str(place(row)) if callable(place) else ""
            row -= len(found.rows)
        return ""


def _read(path: Path, part: str, encoding: str, findings: Findings) -> Read:
    lines = lines_of(path, encoding)
    header, start = _header(path, lines)
    rows: list[NDArray[np.float64]] = []
    answers: list[str] = []
    numbers: list[int] = []
    asides: list[Aside] = []
    for number, text in enumerate(lines[start:], start + 1):
        if not text.strip() or text.startswith("#"):
            continue
        try:
            row, answer = _series(text, header)
            if rows and row.shape[1] != rows[0].shape[1]:
                raise ValueError(f"{row.shape[1]} channels, the lines before have {rows[0].shape[1]}")
        except ValueError as error:
            asides.append(aside(f"{path.name}, line {number}", str(error), text.encode()))
            continue
        rows.append(row)
        answers.append(answer)
        numbers.append(number)
    findings.set_aside(part, asides)
    if not rows:
        first = f"; the first line: {asides[0].reason}" if asides else ""
        raise SourceError(f"{shown(path)} holds no series that can be read{first}", expected="lines after @data")
    return Read(header, rows, answers, numbers)


def _header(path: Path, lines: list[str]) -> tuple[Header, int]:
    """The header, and the place of the first line of data."""
    said: dict[str, list[str]] = {}
    for number, line in enumerate(lines):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if not words[0].startswith("@"):
            raise SourceError(
                f"{shown(path)}, line {number + 1}: neither a comment (#) nor a header (@) before @data",
                expected="a .ts file as sktime and aeon write it",
            )
        key, rest = words[0][1:].lower(), words[1:]
        if key == "data":
            return _promised(path, said), number + 1
        said[key] = rest
    raise SourceError(f"{shown(path)} has no line @data", expected="a whole .ts file as sktime and aeon write it")


def _promised(path: Path, said: dict[str, list[str]]) -> Header:
    def first(key: str, usual: str) -> str:
        return said[key][0].lower() if said.get(key) else usual

    if first("timestamps", NO) == YES:
        raise SourceError(
            f"{shown(path)} gives a time with each value (@timeStamps true), which is not read",
            expected="values at even steps, @timeStamps false",
        )
    numbers = first("targetlabel", NO) == YES
    labels = tuple(said.get("classlabel", [])[1:]) if first("classlabel", NO) == YES else ()
    count, length = first("dimensions", first("dimension", "0")), first("serieslength", "0")
    single = first("univariate", NO) == YES
    return Header(
        " ".join(said.get("problemname", [])),
        1 if single else int(count) if count.isdigit() else 0,
        int(length) if length.isdigit() and first("equallength", YES) == YES else 0,
        labels,
        bool(labels) or numbers or first("classlabel", NO) == YES,
        numbers,
    )


def _series(line: str, header: Header) -> tuple[NDArray[np.float64], str]:
    """One line as (T, C) and its label. Raises ValueError with what is wrong with it."""
    fields = line.strip().split(":")
    answer = fields.pop().strip() if header.labelled else ""
    if header.dimensions and len(fields) != header.dimensions:
        raise ValueError(f"the header says {header.dimensions} channels, the line has {len(fields)}")
    channels = [_numbers(field) for field in fields]
    lengths = {len(channel) for channel in channels}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"channels of {', '.join(map(str, sorted(lengths)))} steps" if lengths else "no channel")
    if header.length and lengths != {header.length}:
        raise ValueError(f"the header says {header.length} steps, the line has {lengths.pop()}")
    if header.labels and answer not in header.labels:
        raise ValueError(f'the label "{answer}" is not among those of the header')
    if header.numbers:
        float(answer)
    return np.stack(channels, 1), answer


def _numbers(field: str) -> NDArray[np.float64]:
    values = [value.strip() for value in field.split(",")] if field.strip() else []
    try:
        return np.array([np.nan if value == "?" else float(value) for value in values])
    except ValueError as error:
        raise ValueError(f"not a number: {str(error).rpartition(':')[2].strip()[:40]}") from None


def _part(name: str) -> str:
    words = re.split(r"[-_.]", name.lower())
    return next((PARTS[word] for word in reversed(words) if word in PARTS), "")

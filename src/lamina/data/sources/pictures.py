"""Columns of a table that name pictures or sounds: by path beside the table, or with their bytes inside it."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...errors import SourceError
from ...findings import Findings
from ...kinds import Column, Unreadable
from ...kinds.base import pieces
from ..groups import RowGroups
from ..table import Files, Table, Values
from .folders import PICTURES
from .reading import OUTSIDE, FolderReader, Stamp, fingerprint_names, safe_name, shown, stamps_of

LOOKED = 1 << 16  # rows among which the first that name a file are looked for
ENDING = r"(?i)\.(jpe?g|jfif|png|bmp|gif|webp|tiff?|p[pgb]m|wav|flac|og[ga]|opus|mp3|aiff?|au)$"


@dataclass(frozen=True)
class BytesReader:
    """Reads files held in a column of bytes, or of {bytes, path}, by their row number."""

    column: Any

    def __call__(self, name: str) -> bytes:
        value = self.column[int(name.rpartition("/")[2])].as_py()
        found = value["bytes"] if isinstance(value, dict) else value
        return Unreadable("no value") if found is None else found


def picture_columns(table: Table, folder: Path | None, findings: Findings) -> Table:
    """The table with each column of paths of pictures or sounds as files, within the table's folder: by paths
    from there or absolute ones, none of which may lead out of it. Without a folder, as rows made in Python have none,
    they start from the working directory, and may lead anywhere.

    A column counts as paths when nine in ten of its values end as such files do and one of the first hundred is there.
    """
    columns: dict[str, Column] = dict(table.columns)
    where = "there from the working directory" if folder is None else f"a file within its folder, {_called(folder)}"
    for name, column in table.columns.items():
        if not isinstance(column, Values | RowGroups) or not pa.types.is_string(column.type):
            continue
        head = column.take(np.arange(min(LOOKED, len(column)))).drop_null()[:100]
        if not len(head) or pc.sum(pc.match_substring_regex(head, ENDING)).as_py() < 0.9 * len(head):
            continue
        every = pieces(np.arange(len(column)))
        names = [value or "" for piece in every for value in column.take(piece).to_pylist()]
        names = names if folder is None else _within(folder, names)
        stamps = _stamps_anywhere(names) if folder is None else stamps_of(folder, names)
        if not stamps:
            outside = folder is not None and any(value and not safe_name(value) for value in names)
            told = f"{where}, for one {OUTSIDE}" if outside else where
            findings.warn(
                f"paths {name}",
                f'column "{name}" of {table.name} names pictures or sounds, and none is {told}; it is read as text',
            )
            continue
        columns[name] = Files(name, names, FolderReader(str(folder or Path.cwd()), stamps, folder is None))
        table = replace(table, fingerprint=fingerprint_names({table.fingerprint: (0, 0), **stamps}))
    return replace(table, columns=columns)


def _called(folder: Path) -> str:
    return "the working directory" if folder == Path() else shown(folder)


def _within(root: Path, names: Sequence[str]) -> list[str]:
    """Names of files as they lie in a folder; one that is absolute or steps up, and leads out of it, stays as it is."""
    bases = (os.path.abspath(root), os.path.realpath(root))
    return [name if safe_name(name) or not name else _inside(bases, name) for name in names]


def _inside(bases: Sequence[str], name: str) -> str:
    found = (os.path.relpath(os.path.join(base, name), base) for base in bases)
    return next(filter(safe_name, found), name)


def _stamps_anywhere(names: Sequence[str]) -> dict[str, Stamp]:
    """Size and time of the named files that are there, by absolute paths or from the working directory."""
    stamps = {}
    for name in filter(None, dict.fromkeys(names)):
        try:
            found = os.stat(name)
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(found.st_mode):
            stamps[name] = (found.st_size, found.st_mtime_ns)
    return stamps


def named_files(column: str, names: Sequence[str], called: str) -> Table:
    """Files by their paths as the only column of a table, which may lead anywhere; the paths name the rows."""
    return Table({column: Files(column, names, _read_file)}, called, ids=names)


def pictures_at(path: Path) -> list[Path]:
    """A picture file, or the pictures in a folder and below it, in order."""
    if not path.exists():
        raise SourceError(f"there is no picture {path}", expected="a file or a folder")
    if not path.is_dir():
        return [path]
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() in PICTURES and p.is_file())
    if not found:
        raise SourceError(f"{path} holds no pictures", expected=f"files ending in {', '.join(sorted(PICTURES))}")
    return found


def _read_file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except (OSError, ValueError) as error:
        return Unreadable(f"cannot be read: {getattr(error, 'strerror', None) or error}")


def bytes_column(name: str, column: Any) -> Files | None:
    """A column of encoded pictures or sounds, as bytes or as {bytes, path}, as files; None where it holds others.

    `column`: a pyarrow array or a `RowGroups`.
    """
    kind = column.type
    if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
        kind = kind.field("bytes").type
    if not (pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
        return None
    return Files(name, [f"{name}/{i}" for i in range(len(column))], BytesReader(column), within=True)


__all__ = ["PICTURES", "BytesReader", "bytes_column", "named_files", "picture_columns", "pictures_at"]

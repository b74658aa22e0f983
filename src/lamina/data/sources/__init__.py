"""Where data comes from: names of built-in sets, files, folders, archives, arrays and frames, each to a `Table`."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import SourceError
from ...findings import Findings
from ..schema import make_schema
from ..table import Files, Table
from .archive import list_archive
from .arrays import read_arrays, read_npy
from .builtin import BUILTIN, read_builtin
from .delimited import read_delimited
from .folders import PARTS, PICTURES, Listing, read_pictures, scan
from .frames import is_frame, read_frame, read_json_lines, read_parquet
from .idx import NAME, idx_names, read_idx
from .join import join
from .options import ReadOptions
from .reading import FolderReader, fingerprint_file, shown, stamps_of

SOURCES: dict[str, str] = {
    "built-in": f"a name: {', '.join(BUILTIN)}",
    "class folders": "a folder with one folder of pictures for each class, perhaps under train, valid and test",
    "archive": "the same in a .zip, read in place",
    "idx": "a folder of idx files as MNIST is published, .gz or not",
    "table": ".csv, .tsv, .tab or .txt, .gz or not: delimiter, header and types are recognised and said",
    "parquet": ".parquet",
    "json lines": ".jsonl or .ndjson, .gz or not: one object a line",
    "table parts": "a folder of table files named train, valid, test",
    "arrays": ".npy, .npz, or numpy arrays in Python: x, (x, y), {name: array}",
    "frame": "a pandas, polars or pyarrow frame in Python",
    "picture": "one picture file",
}
DELIMITED = (".csv", ".tsv", ".tab", ".txt", ".data")
JSON_LINES = (".jsonl", ".ndjson")
PICKLED = (".pkl", ".pickle", ".joblib", ".pt", ".pth")
KNOWN = (*DELIMITED, *JSON_LINES, ".parquet", ".npy", ".npz", ".zip")


def open_source(source: Any, options: ReadOptions | None = None, findings: Findings | None = None) -> Table:
    """Any source as a table. What is odd goes to `findings`; what cannot be read at all raises SourceError."""
    options = options or ReadOptions()
    findings = findings if findings is not None else Findings()
    if isinstance(source, str) and source in BUILTIN:
        table = read_builtin(source)
    elif isinstance(source, str | os.PathLike):
        table = _open_path(Path(source).expanduser(), options, findings)
    elif is_frame(source):
        table = read_frame(source, "frame")
    elif isinstance(source, np.ndarray | tuple | list | dict) or hasattr(source, "__array__"):
        table = read_arrays(source, "arrays")
    else:
        raise SourceError(
            f"a {type(source).__name__} cannot be read as data",
            expected="a path, a built-in name, numpy arrays, or a pandas, polars or pyarrow frame",
        )
    if not len(table):
        raise SourceError(f"{table.name} holds no rows", expected="at least one row")
    return replace(table, target=options.target) if options.target in table.columns else table


def _open_path(path: Path, options: ReadOptions, findings: Findings) -> Table:
    try:
        if path.is_dir():
            return _open_folder(path, options, findings)
        if path.is_file():
            return _open_file(path, options, findings)
    except PermissionError:
        raise SourceError(f"permission denied: {shown(path)}", fix=f"chmod u+r {shown(path)}") from None
    except (OSError, ValueError):
        pass
    raise _no_such(path)


def _open_file(path: Path, options: ReadOptions, findings: Findings, part: str = "source") -> Table:
    name = path.name.lower()
    ending = Path(name.removesuffix(".gz")).suffix
    if NAME.match(path.name):
        return read_idx([path], path.name)
    if ending in DELIMITED:
        return read_delimited(path, options, findings, part)
    if ending in JSON_LINES:
        return read_json_lines(path, findings, part)
    if ending == ".parquet":
        return read_parquet(path, findings)
    if ending in (".npy", ".npz"):
        return read_npy(path)
    if ending == ".zip":
        return _pictures(list_archive(path), findings, fingerprint_file(path))
    if ending in PICTURES:
        stamps = stamps_of(path.parent, [path.name])
        files = Files("image", [path.name], FolderReader(str(path.parent), stamps))
        return Table({"image": files}, path.name, fingerprint_file(path), ids=[path.name], facts={"reader": "picture"})
    if ending in PICKLED:
        raise SourceError(
            f"{shown(path)} holds Python objects, which may run code when loaded; it is never loaded",
            expected="data in a plain form",
            fix="save it as Parquet: frame.to_parquet(…), or numpy.savez(…)",
        )
    raise SourceError(f"{shown(path)} ends in a way no reader knows", expected=f"one of {', '.join(KNOWN)}")


def _open_folder(path: Path, options: ReadOptions, findings: Findings) -> Table:
    found = idx_names(path)
    if found:
        return read_idx(found, path.name or path.resolve().name)
    listing = scan(path)
    if any(name.lower().endswith(PICTURES) and "/" in name for name in listing.stamps):
        tables = []
    else:
        tables = sorted(n for n in listing.stamps if "/" not in n and _is_table(n))
    if not tables:
        if len(listing.stamps) == 1 and str(next(iter(listing.stamps))).lower().endswith(".zip"):
            return _open_file(path / next(iter(listing.stamps)), options, findings)
        return _pictures(listing, findings)
    if len(tables) == 1:
        return _open_file(path / tables[0], options, findings)
    return _open_parts(path, tables, options, findings)


def _is_table(name: str) -> bool:
    ending = Path(name.lower().removesuffix(".gz")).suffix
    return ending in (*DELIMITED, *JSON_LINES, ".parquet") and not name.lower().startswith(("readme", "license"))


def _open_parts(path: Path, names: list[str], options: ReadOptions, findings: Findings) -> Table:
    """A folder of table files, each named for its part."""
    by_part: dict[str, str] = {}
    for name in names:
        words = [PARTS[w] for w in re.split(r"[-_.\s]", name.lower()) if w in PARTS]
        if words and words[-1] not in by_part:
            by_part[words[-1]] = name
    if "train" not in by_part or len(by_part) < len([n for n in names if not n.lower().endswith(".txt")]):
        raise SourceError(
            f"{shown(path)} holds {len(names)} tables: {', '.join(shown(n) for n in names[:5])}",
            expected="one table, or tables named train, valid and test",
            fix=f"name one of them: {shown(path / names[0])}",
        )
    table = _open_file(path / by_part["train"], options, findings, "train")
    for part in ("valid", "test"):
        if part in by_part:
            extra = _open_file(path / by_part[part], options, findings, part)
            table = join(table, extra, part, options.target, findings)
    return replace(table, name=path.name or path.resolve().name)


def _pictures(listing: Listing, findings: Findings, fingerprint: str = "") -> Table:
    table = read_pictures(listing, findings)
    return replace(table, fingerprint=fingerprint) if fingerprint else table


def _no_such(path: Path) -> SourceError:
    """Neither a built-in name nor a path: with the nearest of each."""
    try:
        beside = [name for name in os.listdir(path.parent) if not name.startswith(".")]
    except OSError:
        beside = []
    near = difflib.get_close_matches(path.name, BUILTIN, n=1) if path.name == str(path) else []
    near += [shown(path.parent / name) for name in difflib.get_close_matches(path.name, beside, n=1)]
    hint = f"did you mean {' or '.join(near)}?" if near else f"a path, or one of: {', '.join(BUILTIN)}"
    return SourceError(f"there is no file, folder or built-in set called {shown(path)}", expected=hint)


__all__ = ["BUILTIN", "PICTURES", "SOURCES", "ReadOptions", "join", "make_schema", "open_source"]

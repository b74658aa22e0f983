"""Small files of numbers and of columns that stand beside a graph."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
from numpy.typing import NDArray

from ...errors import SourceError
from ...findings import Findings
from .encoding import as_utf8
from .reading import content, no_twins, shown

EXACT = 2.0**53  # over which not every whole number is a float
MOST_VALUES = 50  # different texts that what is known of a node may be one of


def read_columns(path: Path) -> pa.Table:
    """A table with a header, its types recognised. Raises SourceError."""
    try:
        made = csv.read_csv(io.BytesIO(as_utf8(content(path), path, "")[0]), csv.ReadOptions(use_threads=False))
        no_twins(made.column_names, shown(path))
        return made
    except pa.ArrowInvalid as error:
        raise SourceError(f"{shown(path)} cannot be read: {error}", expected="a table with a header") from None


def read_matrix(path: Path) -> NDArray[np.float64]:
    """A file of numbers without a header, (rows, columns). Raises SourceError."""
    try:
        read = csv.ReadOptions(autogenerate_column_names=True, use_threads=False)
        columns = csv.read_csv(io.BytesIO(content(path)), read).columns
        plain = [pc.utf8_trim_whitespace(c) if pa.types.is_string(c.type) else c for c in columns]
        return np.stack([pc.cast(column, pa.float64()).to_numpy() for column in plain], axis=1)
    except pa.ArrowInvalid as error:
        raise SourceError(f"{shown(path)} cannot be read: {error}", expected="numbers with commas between") from None


def read_numbers(path: Path) -> NDArray[np.int64]:
    """The first column of a file of whole numbers, (rows,). Raises SourceError."""
    return read_whole(path)[:, 0]


def read_whole(path: Path) -> NDArray[np.int64]:
    """A file of whole numbers without a header, (rows, columns). Raises SourceError naming a line that holds others."""
    found = read_matrix(path)
    wrong = np.flatnonzero(~((np.abs(found) < EXACT) & (found == np.rint(found))).all(axis=1))
    if len(wrong):
        told = ", ".join(f"{value:g}" for value in found[wrong[0]])
        raise SourceError(f"{shown(path)}, row {wrong[0] + 1}: {told}", expected="whole numbers")
    return found.astype(np.int64)


def as_known(table: Any, names: list[str], findings: Findings) -> NDArray[np.float32] | None:
    """Columns as what is known of nodes, (V, F): numbers standardised over all nodes, a sign of its own for each of a
    few texts. What is neither is named in a warning."""
    parts = []
    for name in names:
        column = table[name]
        if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
            numbers = pc.cast(column, pa.float64()).to_numpy()
            spread = np.nanstd(numbers)
            parts.append(np.nan_to_num((numbers - np.nanmean(numbers)) / (spread if spread > 0 else 1))[:, None])
            continue
        codes = column.combine_chunks().dictionary_encode() if pa.types.is_string(column.type) else None
        if codes is None or len(codes.dictionary) > MOST_VALUES:
            findings.warn(f"node column {name}", f'"{name}" of the nodes is not used: neither numbers nor a few texts')
            continue
        found = np.asarray(pc.fill_null(codes.indices, len(codes.dictionary)))
        parts.append(np.eye(len(codes.dictionary) + 1)[found, : len(codes.dictionary)])
    return np.concatenate(parts, axis=1).astype(np.float32) if parts else None

"""A 64-bit number for the content of each row, so that equal rows are found without comparing them pair by pair."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..kinds import Column, Schema
from ..kinds.base import pieces
from ..rng import Ints, key
from .table import Objects, Table

Hashes = NDArray[np.uint64]
CHUNK = 1024
DISTINCT = 0.9  # share of rows with inputs of their own, from which on two of equal ones are one row twice


def row_hashes(table: Table, rows: Ints, columns: Sequence[str] | None = None, begun: Hashes | None = None) -> Hashes:
    """(rows,) hashes of the values of some columns, or of all that can be read; equal rows have equal ones. Those
    `begun` are gone on with, in place.

    What is hashed is let go of piece by piece; files are read by several threads at a time.
    """
    total, done = np.zeros(len(rows), np.uint64) if begun is None else begun, 0
    every = [name for name, column in table.columns.items() if not isinstance(column, Objects)]
    named = {name: np.uint64(key(0, "column", name)) for name in (every if columns is None else columns)}
    for piece in pieces(rows):
        part = total[done : done + len(piece)]
        for name, salt in named.items():
            part[:] = _mix(part * np.uint64(0x9E3779B97F4A7C15) + (_column(table.column(name), piece) ^ salt))
        done += len(piece)
    return total


def input_hashes(table: Table, rows: Ints, schema: Schema) -> Hashes:
    """(rows,) hashes of the inputs of rows alone: what rows are told apart by, and known again."""
    return row_hashes(table, rows, list(dict.fromkeys(f.name for f in schema.inputs)))


def numbered(values: NDArray[Any]) -> NDArray[np.int32]:
    """The place of each value among the different ones in order, as `np.unique` tells it, in less memory."""
    order = np.argsort(values)
    ranked = values[order]
    new = np.ones(len(values), bool)
    np.not_equal(ranked[1:], ranked[:-1], out=new[1:])
    del ranked
    numbers = np.empty(len(values), np.int32)
    numbers[order] = np.cumsum(new, dtype=np.int32) - 1
    return numbers


def among(some: Hashes, ordered: Hashes) -> NDArray[np.bool_]:
    """Which of some hashes stand among others, which are in order."""
    if not len(ordered):
        return np.zeros(len(some), bool)
    found: NDArray[np.bool_] = ordered[np.minimum(np.searchsorted(ordered, some), len(ordered) - 1)] == some
    return found


def distinct(inputs: Hashes) -> Hashes | None:
    """The different hashes of the inputs of rows, in order; None where so many rows have the inputs of another that
    equal ones need not be the same thing seen twice."""
    found = np.unique(inputs)
    return found if len(found) >= DISTINCT * len(inputs) else None


def _column(column: Column, rows: Ints) -> Hashes:
    if column.holds == "values":
        return _values(column.take(rows))
    chunks = [rows[i : i + CHUNK] for i in range(0, len(rows), CHUNK)]
    if column.holds == "files":
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return np.concatenate(list(pool.map(partial(_files, column), chunks)))
    return np.array([_bytes(array.tobytes()) for chunk in chunks for array in column.take(chunk)], np.uint64)


def _files(column: Column, rows: Ints) -> Hashes:
    """The hash of each file, one at a time; an unreadable one has no content: it is hashed by its place, equal to no
    other."""
    found = (column.take(rows[i : i + 1])[0] or column.where(int(row)).encode() for i, row in enumerate(rows))
    return np.fromiter((_bytes(data) for data in found), np.uint64, len(rows))


def _values(array: Any) -> Hashes:
    kind = array.type
    gone = pc.is_null(array).to_numpy(zero_copy_only=False)
    if pa.types.is_temporal(kind):
        array, kind = pc.cast(array, pa.int64(), safe=False) if not pa.types.is_date32(kind) else array, pa.int64()
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        bits = pc.fill_null(pc.cast(array, pa.int64(), safe=False), 0).to_numpy(zero_copy_only=False).view(np.uint64)
        made = _mix(bits)
    elif pa.types.is_floating(kind):
        floats = pc.fill_null(pc.cast(array, pa.float64()), 0.0).to_numpy(zero_copy_only=False) + 0.0  # -0.0 is 0.0
        gone = gone | np.isnan(floats)
        made = _mix(np.ascontiguousarray(floats).view(np.uint64))
    elif pa.types.is_string(kind) or pa.types.is_binary(kind):
        words = array.dictionary_encode()
        table = np.array([_bytes(_raw(w)) for w in words.dictionary.to_pylist()] or [0], np.uint64)
        made = table[pc.fill_null(words.indices, 0).to_numpy(zero_copy_only=False)]
    else:
        made = np.array([_bytes(repr(value).encode()) for value in array.to_pylist()], np.uint64)
    return np.where(gone, np.uint64(0x5851F42D4C957F2D), made)


def _raw(word: str | bytes | None) -> bytes:
    return word.encode() if isinstance(word, str) else word or b""


def _bytes(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def _mix(z: Hashes) -> Hashes:
    """SplitMix64's finish (Steele et al. 2014): each bit in moves half of the bits out."""
    with np.errstate(over="ignore"):
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed: Hashes = z ^ (z >> np.uint64(31))
    return mixed

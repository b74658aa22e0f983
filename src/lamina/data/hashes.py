"""A 64-bit number for the content of each row, so that equal rows are found without comparing them pair by pair."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..kinds import Column
from ..rng import Ints, key
from .table import Table

Hashes = NDArray[np.uint64]
CHUNK = 1024


def row_hashes(table: Table, rows: Ints, columns: Sequence[str] = ()) -> Hashes:
    """(rows,) hashes of the values of some columns, all where none is named; equal rows have equal ones."""
    total = np.zeros(len(rows), np.uint64)
    for name in columns or list(table.columns):
        salt = np.uint64(key(0, "column", name))
        total = _mix(total * np.uint64(0x9E3779B97F4A7C15) + (_column(table.column(name), rows) ^ salt))
    return total


def _column(column: Column, rows: Ints) -> Hashes:
    if column.holds == "files":
        pieces = [column.take(rows[i : i + CHUNK]) for i in range(0, len(rows), CHUNK)]
        # An unreadable file has no content: it is hashed by its place, equal to no other.
        return np.array(
            [
                _bytes(data or column.where(int(row)).encode())
                for i, piece in enumerate(pieces)
                for row, data in zip(rows[i * CHUNK :], piece, strict=False)
            ],
            np.uint64,
        )
    if column.holds in ("arrays", "ragged"):
        return np.array(
            [_bytes(array.tobytes()) for i in range(0, len(rows), CHUNK) for array in column.take(rows[i : i + CHUNK])],
            np.uint64,
        )
    return _values(column.take(rows))


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

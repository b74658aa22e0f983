"""The locked test part as one Parquet file of raw rows, so that a run can be scored again wherever it is moved."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..config import parse_json
from ..errors import RunError, SettingError, SourceError
from ..files import what_is
from ..kinds import Column
from ..ragged import Ragged
from .table import Arrays, Files, Objects, RaggedArrays, Table, Values

Ints = NDArray[np.int64]

FORMAT = 1
FACTS = b"lamina"
# What arrow, numpy and Python raise for bytes that hold no such rows, or say of them what is not so.
NOT_ROWS = (
    *(pa.ArrowException, OSError, LookupError, TypeError, ValueError, AttributeError, OverflowError),
    SettingError,
)
CAP = 512 << 20
NAME = "test.parquet"


@dataclass(frozen=True)
class Kept:
    """The bytes of files by name, as `Files.read` wants them."""

    place: Mapping[str, int]
    data: pa.ChunkedArray

    def __call__(self, name: str) -> bytes:
        data: bytes = self.data[self.place[name]].as_py()
        return data


def save_locked(table: Table, rows: Ints, cap: int = CAP) -> tuple[bytes | None, str]:
    """Some rows of a table as a Parquet file: files and arrays as bytes, values as they are, and no objects.

    Nothing and the reason when their raw values hold more than `cap` bytes.
    """
    stored: list[tuple[str, Any]] = [(":id", _texts([table.id_of(int(row)) for row in rows]))]
    facts: list[dict[str, Any]] = []
    held = 0
    for column in table.columns.values():
        if isinstance(column, Objects):
            continue
        fact: dict[str, Any] = {"name": column.name, "holds": column.holds, "at": len(stored)}
        for name, array in _physical(column, rows, fact, cap - held):
            stored.append((name, array))
            held += array.nbytes
            if held > cap:
                reason = (
                    f"the test rows hold more than {cap:,} bytes; the run can be scored again beside its source only"
                )
                return None, reason
        facts.append(fact)
    head = {"format": FORMAT, "name": table.name, "target": table.target, "columns": facts}
    head["fingerprint"] = table.fingerprint
    made = pa.Table.from_arrays([array for _, array in stored], names=[name for name, _ in stored])
    out = pa.BufferOutputStream()
    made = made.replace_schema_metadata({FACTS: json.dumps(head).encode()})
    pq.write_table(made, out, compression="zstd", write_page_checksum=True)
    return out.getvalue().to_pybytes(), ""


def load_locked(data: bytes) -> Table:
    """The table of `save_locked`, every row in part "test". Raises RunError when the bytes are not such a file."""
    try:
        # one thread: arrow's own, when just started, abort a process that ends at once (pyarrow 26 beside torch 2.13)
        stored = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True).read(use_threads=False)
        head = parse_json((stored.schema.metadata or {})[FACTS], NAME)
        if head["format"] > FORMAT:
            raise RunError(
                f"{NAME} is of format {head['format']}, newer than this version of lamina reads",
                expected=f"format {FORMAT} or older",
                fix="pip install --upgrade lamina",
            )
        columns = {fact["name"]: _logical(stored, fact) for fact in head["columns"]}
        ids = _strings(stored.column(0))
        name, fingerprint, target = (head[word] for word in ("name", "fingerprint", "target"))
        if not all(isinstance(text, str) for text in (name, fingerprint, target)):
            raise TypeError
    except NOT_ROWS:
        raise RunError(
            f"{NAME} is damaged: {what_is(data)}",
            expected="the locked test rows as they were written",
            fix=f"copy {NAME} again from where the run came",
        ) from None
    parts = np.full(len(ids), "test")
    return Table(columns, name, fingerprint, parts, target, ids)


def _physical(column: Column, rows: Ints, fact: dict[str, Any], room: int) -> Iterator[tuple[str, Any]]:
    """The Parquet columns of a column, with what it takes to read them back added to `fact`."""
    if column.holds == "files":
        yield column.name, pa.chunked_array(_file_chunks(column, rows, room), pa.binary())
        yield f"{column.name}:file", _texts([column.where(int(row)) for row in rows])
    elif column.holds == "arrays":
        values = np.ascontiguousarray(column.take(rows))
        if values.dtype.hasobject:
            raise SourceError(f'column "{column.name}" holds Python objects', expected="arrays of numbers")
        fact |= {"shape": list(values.shape[1:]), "dtype": values.dtype.str}
        width = pa.binary(values[:1].nbytes if len(values) else values.itemsize)
        yield column.name, pa.FixedSizeBinaryArray.from_buffers(width, len(values), [None, pa.py_buffer(values)])
    elif column.holds == "ragged":
        ragged = column.take(rows)
        fact |= {"shape": list(ragged.values.shape[1:]), "dtype": ragged.dtype.str}
        shared = int(ragged.lengths.sum()) > len(ragged.values)  # windows: what they share is kept once
        pieces = np.array_split(ragged.values, max(1, len(ragged))) if shared else ragged
        yield column.name, pa.array([np.ascontiguousarray(piece).tobytes() for piece in pieces], pa.large_binary())
        if shared:
            fact["spans"] = True
            spans = np.stack([ragged.starts, ragged.lengths], axis=1).astype("<i8")
            yield f"{column.name}:spans", pa.array([span.tobytes() for span in spans], pa.binary(16))
    else:
        yield column.name, column.take(rows)


def _file_chunks(column: Column, rows: Ints, room: int) -> Iterator[Any]:
    """The bytes of files, a few at a time; no more are read once there is no room for them."""
    for start in range(0, len(rows), 64):
        chunk = pa.array(column.take(rows[start : start + 64]), pa.binary())
        yield chunk
        room -= chunk.nbytes
        if room < 0:
            return


def _logical(stored: Any, fact: Mapping[str, Any]) -> Column:
    name, data = fact["name"], stored.column(fact["at"])
    if fact["holds"] == "files":
        names = _strings(stored.column(fact["at"] + 1))
        return Files(name, names, Kept({file: row for row, file in enumerate(names)}, data))
    if fact["holds"] == "arrays":
        dtype = np.dtype(fact["dtype"])
        if dtype.hasobject:
            raise ValueError("objects")
        flat = np.frombuffer(b"".join(data.to_pylist()), dtype=dtype)
        return Arrays(name, flat.reshape(len(data), *fact["shape"]), origin=NAME)
    if fact["holds"] == "ragged":
        dtype = np.dtype(fact["dtype"])
        if dtype.hasobject:
            raise ValueError("objects")
        rows = [np.frombuffer(row, dtype).reshape(-1, *fact["shape"]) for row in data.to_pylist()]
        if fact.get("spans"):
            spans = np.frombuffer(b"".join(stored.column(fact["at"] + 1).to_pylist()), "<i8").reshape(-1, 2)
            values = np.concatenate(rows)
            if len(spans) and (spans.min() < 0 or spans.sum(1).max() > len(values)):
                raise ValueError("spans beyond the values")
            return RaggedArrays(name, Ragged(values, spans[:, 0], spans[:, 1]), origin=NAME)
        return RaggedArrays(name, Ragged.of(rows, dtype, tuple(fact["shape"])), origin=NAME)
    return Values(name, data, origin=NAME)


def _texts(words: Sequence[str]) -> Any:
    """Names as text, or as bytes where one of them is no UTF-8."""
    try:
        return pa.array(words, pa.string())
    except UnicodeEncodeError:
        return pa.array([word.encode("utf-8", "surrogatepass") for word in words], pa.binary())


def _strings(column: Any) -> list[str]:
    words = column.to_pylist()
    return [word if isinstance(word, str) else word.decode("utf-8", "surrogatepass") for word in words]

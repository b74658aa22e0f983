"""The store: raw values decoded once into memory-mapped arrays, one file a part and slot.

Rows that cannot be used are set aside here and are in no array. The store counts as built when `store.json` is there,
which is written last.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RunError
from ..files import check_room, json_bytes, said, seal, sha256, sync_folder, unseal, write_bytes
from ..findings import Aside, Findings, aside
from ..kinds import Encoded, Image, Schema, Slot
from ..kinds.base import values_of
from .table import Table

Ints = NDArray[np.int64]

FORMAT = 1
DONE = "store.json"
CHUNK = 1 << 24
FILES_A_CHUNK = 64
VALUES_A_CHUNK = 8192


@dataclass(frozen=True)
class Part:
    """The usable rows of "train" or "valid": arrays by slot, all of one length, and the rows' numbers in the table."""

    inputs: dict[str, NDArray[Any]]
    targets: dict[str, NDArray[Any]]
    rows: Ints

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Store:
    """The parts of a built store. `key` says which data, rows and kinds it was built of."""

    parts: dict[str, Part]
    key: str

    def part(self, name: str) -> Part:
        """A part by name."""
        return self.parts[name]


@dataclass(frozen=True)
class Chunk:
    """Some rows of a part, encoded: arrays in the order of the slots, without the rows that cannot be used."""

    rows: Ints
    arrays: list[NDArray[Any]]
    asides: list[Aside]
    converted: dict[tuple[str, str], int]
    read: int


@dataclass
class Growing:
    """A .npy file that grows by chunks and is hashed as it goes.

    It is written, not mapped, while it grows: on a full disk a write is an error that can be told, a mapped page kills
    the process. The header says `length` rows from the start; where fewer come, the rest stays a hole.
    """

    path: Path
    length: int
    size: int = 0
    rows: int = 0
    hash: Any = field(default_factory=hashlib.sha256)

    def add(self, array: NDArray[Any]) -> None:
        """Put rows after those that are there. Raises RunError when the disk is full."""
        data = np.ascontiguousarray(array)
        with said(self.path, self.size), open(self.path, "ab" if self.size else "wb") as file:
            if not self.size:
                shape = (self.length, *data.shape[1:])
                header = {"descr": np.lib.format.dtype_to_descr(data.dtype), "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(file, header)
                self.size = file.tell() + math.prod(shape) * data.itemsize
            file.write(data.data)
        self.hash.update(data.data)
        self.rows += len(data)

    def finish(self) -> dict[str, Any]:
        """Sync the file and say what it holds."""
        with said(self.path, self.size), open(self.path, "r+b") as file:
            file.truncate(self.size)
            os.fsync(file.fileno())
        return {"file": self.path.name, "size": self.size, "rows": self.rows, "sha256": self.hash.hexdigest()}


def store_key(table: Table, schema: Schema, rows: Mapping[str, Ints]) -> str:
    """A name for what a store holds: the data's fingerprint, the fitted kinds and the rows of each part."""
    marks = {part: sha256(np.ascontiguousarray(rows[part], dtype=np.int64).tobytes()) for part in sorted(rows)}
    return sha256(json_bytes([table.fingerprint, schema.to_json(), marks]))


def build_store(
    folder: Path,
    table: Table,
    schema: Schema,
    rows: Mapping[str, Ints],
    findings: Findings,
    progress: Callable[[int, int], None],
    workers: int = 0,
) -> Store:
    """Decode the rows of each part once, several chunks at a time and in order, and open the result.

    `progress(done, total)` is told of rows. Raises RunError when the disk is full, KindError where a kind does.
    """
    total, slots = sum(map(len, rows.values())), list(schema.slots())
    chunk_rows, row_bytes = _measure(table, slots, next((r for r in rows.values() if len(r)), np.zeros(0, np.int64)))
    with said(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / DONE).unlink(missing_ok=True)
    check_room(folder, total * row_bytes)
    done, converted, parts = 0, Counter[tuple[str, str]](), {}
    for part, wanted in rows.items():
        files = [Growing(folder / f"{part}-{number}.npy", len(wanted)) for number in range(len(slots))]
        numbers = Growing(folder / f"{part}-rows.npy", len(wanted))
        cuts = [wanted[start : start + chunk_rows] for start in range(0, len(wanted), chunk_rows)] or [wanted]
        for chunk in _encoded(table, slots, cuts, workers or os.cpu_count() or 1):
            for file, array in zip([*files, numbers], [*chunk.arrays, chunk.rows], strict=True):
                file.add(array)
            findings.set_aside(part, chunk.asides)
            converted.update(chunk.converted)
            done += chunk.read
            progress(done, total)
        described = [{"slot": s.name, "role": s.role, **f.finish()} for s, f in zip(slots, files, strict=True)]
        parts[part] = {"rows": numbers.finish(), "slots": described}
    for (note, unit), count in converted.items():
        findings.warn(f"converted: {note}", f"{note}: {count:,} {unit}")
    sync_folder(folder)
    listed = {"format": FORMAT, "key": store_key(table, schema, rows), "parts": parts}
    write_bytes(folder / DONE, seal(listed))
    return _open(folder, listed, check=False)


def open_store(folder: Path, check: bool = True) -> Store | None:
    """The store in a folder, or None where there is none that is whole; with `check`, the arrays are hashed."""
    try:
        return _open(folder, unseal((folder / DONE).read_bytes(), DONE, FORMAT), check)
    except (OSError, ValueError, RunError):
        return None


def _open(folder: Path, listed: Mapping[str, Any], check: bool) -> Store:
    return Store({name: _open_part(folder, part, check) for name, part in listed["parts"].items()}, listed["key"])


def _open_part(folder: Path, listed: Mapping[str, Any], check: bool) -> Part:
    arrays: dict[str, dict[str, NDArray[Any]]] = {"input": {}, "target": {}}
    for slot in listed["slots"]:
        arrays[slot["role"]][slot["slot"]] = _open_array(folder, slot, check)
    return Part(arrays["input"], arrays["target"], _open_array(folder, listed["rows"], check))


def _open_array(folder: Path, listed: Mapping[str, Any], check: bool) -> NDArray[Any]:
    """One array, mapped. Raises ValueError when the file is not the one that was written.

    Mapped copy-on-write: the file is never changed, and torch takes the array without a warning.
    """
    path = folder / listed["file"]
    if path.stat().st_size != listed["size"]:
        raise ValueError(f"{path.name} has changed its size")
    mapped = np.load(path, mmap_mode="c", allow_pickle=False)
    array: NDArray[Any] = np.asarray(mapped)[: listed["rows"]]
    if check and hashlib.sha256(array.data).hexdigest() != listed["sha256"]:
        raise ValueError(f"{path.name} is damaged")
    return array


def _measure(table: Table, slots: list[Slot], rows: Ints) -> tuple[int, int]:
    """How many rows make a chunk of about CHUNK bytes, raw arrays counted too, and the bytes of one encoded row."""
    first, columns = rows[:1], [table.column(f.name) for slot in slots for f in slot.fields]
    encoded = sum(slot.encode(table.columns, first).array.nbytes for slot in slots) if len(first) else 0
    raw = sum(column.take(first).nbytes for column in columns if column.holds == "arrays") if len(first) else 0
    most = FILES_A_CHUNK if any(column.holds == "files" for column in columns) else VALUES_A_CHUNK
    return max(1, min(most, CHUNK // max(1, encoded + raw))), encoded + rows.itemsize


def _encoded(table: Table, slots: list[Slot], cuts: list[Ints], workers: int) -> Iterator[Chunk]:
    """Chunks encoded in threads (Pillow and numpy let go of the lock) and given in order."""
    coming: deque[Future[Chunk]] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for cut in cuts:
            coming.append(pool.submit(_encode, table, slots, cut))
            if len(coming) > 2 * workers:  # bounded, so that memory is
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _encode(table: Table, slots: list[Slot], rows: Ints) -> Chunk:
    """Encode some rows in every slot, and leave out those that any slot cannot use."""
    encoded = [slot.encode(table.columns, rows) for slot in slots]
    bad: dict[int, tuple[Slot, str]] = {}
    converted: Counter[tuple[str, str]] = Counter()
    for slot, part in zip(slots, encoded, strict=True):
        for place, why in {**_unanswered(table, slot, part, rows), **part.bad}.items():
            bad.setdefault(place, (slot, why))
        for note, count in part.converted.items():
            converted[note, "pictures" if isinstance(slot.kind, Image) else "values"] += count
    good = np.setdiff1d(np.arange(len(rows)), list(bad)) if bad else np.arange(len(rows))
    arrays = [part.array[good] if bad else part.array for part in encoded]
    asides = [_aside(table, slot, int(rows[place]), why) for place, (slot, why) in sorted(bad.items())]
    return Chunk(rows[good], arrays, asides, dict(converted), len(rows))


def _unanswered(table: Table, slot: Slot, part: Encoded, rows: Ints) -> dict[int, str]:
    """Rows whose target is missing or unknown, with the reason."""
    if slot.role != "target":
        return {}
    out = {}
    for place in np.flatnonzero(slot.kind.absent(part.array)):
        value = values_of(table.column(slot.name).take(rows[place : place + 1]))[0]
        missing = value is None or value != value
        out[int(place)] = "its target is missing" if missing else f"its target {value!r} was never seen in training"
    return out


def _aside(table: Table, slot: Slot, row: int, why: str) -> Aside:
    """A row set aside, with the hash of its bytes where its value is a file."""
    column = table.column(slot.fields[0].name)
    data = column.take(np.array([row]))[0] if column.holds == "files" else None
    return aside(column.where(row), why, data)

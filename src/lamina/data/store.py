"""The store: raw values decoded once into memory-mapped arrays, one file a part and slot.

Rows that cannot be used are set aside here and are in no array. The store counts as built when `store.json` is there,
which is written last.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RunError
from ..files import check_room, json_bytes, said, seal, sha256, sync_folder, unseal, write_bytes
from ..findings import Aside, Findings, aside
from ..kinds import Audio, Encoded, Graph, Image, Molecule, Schema, Slot, Text
from ..kinds.base import values_of
from ..ragged import Ragged, Rows
from ..teller import late
from .growing import GrowingSlot
from .table import Table

Ints = NDArray[np.int64]

FORMAT = 1
DONE = "store.json"
CHUNK = 1 << 24
# What values are called where one is told of them.
UNITS = {Image: "pictures", Audio: "sounds", Graph: "graphs", Molecule: "molecules", Text: "texts"}
FILES_A_CHUNK, VALUES_A_CHUNK = 64, 8192


@dataclass(frozen=True)
class Part:
    """The usable rows of "train" or "valid": arrays by slot, all of one length, and the rows' numbers in the table."""

    inputs: dict[str, Rows]
    targets: dict[str, Rows]
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
    arrays: list[Rows]
    asides: list[Aside]
    wrong: list[Aside]
    converted: dict[tuple[str, str], int]
    read: int


def store_key(table: Table, schema: Schema, rows: Mapping[str, Ints]) -> str:
    """A name for what a store holds: the data's fingerprint, the fitted kinds and the rows of each part."""
    marks = {part: sha256(np.ascontiguousarray(rows[part], dtype=np.int64).data) for part in sorted(rows)}
    return sha256(json_bytes([table.fingerprint, schema.to_json(), marks]))


def build_store(
    folder: Path,
    table: Table,
    schema: Schema,
    rows: Mapping[str, Ints],
    findings: Findings,
    progress: Callable[[int, int], None],
    workers: int = 0,
    slow: Callable[[str], object] = str,
) -> Store:
    """Decode the rows of each part once, several chunks at a time and in order, and open the result.

    `progress(done, total)` is told of rows, `slow` of files that are waited for all too long.
    Raises RunError when the disk is full, KindError where a kind does.
    """
    total, slots = sum(map(len, rows.values())), stored_slots(schema)
    chunk_rows, row_bytes = _measure(table, slots, next((r for r in rows.values() if len(r)), np.zeros(0, np.int64)))
    with said(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / DONE).unlink(missing_ok=True)
    check_room(folder, total * row_bytes)
    done, converted, parts = 0, Counter[tuple[str, str]](), {}
    for part, wanted in rows.items():
        files = [GrowingSlot(folder / f"{part}-{number}.npy") for number in range(len(slots))]
        numbers = GrowingSlot(folder / f"{part}-rows.npy")
        cuts = [wanted[start : start + chunk_rows] for start in range(0, len(wanted), chunk_rows)] or [wanted]
        for chunk in _encoded(table, slots, cuts, workers or os.cpu_count() or 1, slow):
            for file, array in zip([*files, numbers], [*chunk.arrays, chunk.rows], strict=True):
                file.add(array)
            findings.set_aside(part, chunk.asides, chunk.wrong)
            converted.update(chunk.converted)
            done += chunk.read
            progress(done, total)
        described = [
            {"slot": s.name, "roles": roles_of(s, schema), **f.finish()} for s, f in zip(slots, files, strict=True)
        ]
        parts[part] = {"rows": numbers.finish(), "slots": described}
    for (note, unit), count in converted.items():
        findings.warn(f"converted: {note}", f"{note}: {count:,} {unit if count != 1 else unit[:-1]}")
    sync_folder(folder)
    listed = {"format": FORMAT, "key": store_key(table, schema, rows), "parts": parts}
    write_bytes(folder / DONE, seal(listed))
    return _open(folder, listed, check=False)


def stored_slots(schema: Schema) -> list[Slot]:
    """The slots to store: a column that is its own target stands in one array."""
    slots = list(schema.slots())
    return [s for s in slots if s.role == "input" or not any(_twins(s, other) for other in slots)]


def roles_of(slot: Slot, schema: Schema) -> list[str]:
    """What an array is for: input, target or both."""
    return [other.role for other in schema.slots() if other == slot or _twins(other, slot) or _twins(slot, other)]


def _twins(target: Slot, given: Slot) -> bool:
    return (target.role, given.role, target.name, target.kind) == ("target", "input", given.name, given.kind)


def open_store(folder: Path, check: bool = True) -> Store | None:
    """The store in a folder, or None where there is none that is whole; with `check`, the arrays are hashed."""
    try:
        return _open(folder, unseal((folder / DONE).read_bytes(), DONE, FORMAT), check)
    except (OSError, ValueError, RunError):
        return None


def _open(folder: Path, listed: Mapping[str, Any], check: bool) -> Store:
    return Store({name: _open_part(folder, part, check) for name, part in listed["parts"].items()}, listed["key"])


def _open_part(folder: Path, listed: Mapping[str, Any], check: bool) -> Part:
    arrays: dict[str, dict[str, Rows]] = {"input": {}, "target": {}}
    for slot in listed["slots"]:
        rows: Rows = _open_array(folder, slot, check)
        if "spans" in slot:
            spans = _open_array(folder, slot["spans"], check)
            rows = Ragged(np.asarray(rows), spans[:, 0], spans[:, 1])
        for role in slot["roles"]:
            arrays[role][slot["slot"]] = rows
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
    raw = sum(c.take(first).nbytes for c in columns if c.holds in ("arrays", "ragged")) if len(first) else 0
    most = FILES_A_CHUNK if any(column.holds == "files" for column in columns) else VALUES_A_CHUNK
    return max(1, min(most, CHUNK // max(1, encoded + raw))), encoded + rows.itemsize


def _encoded(
    table: Table, slots: list[Slot], cuts: list[Ints], workers: int, slow: Callable[[str], object]
) -> Iterator[Chunk]:
    """Chunks encoded in threads (Pillow and numpy let go of the lock) and given in order."""
    coming: deque[Future[Chunk]] = deque()
    pool = ThreadPoolExecutor(workers)

    def first() -> Chunk:
        with late(lambda: slow(table.waited_for())):
            return coming.popleft().result()

    try:
        for cut in cuts:
            coming.append(pool.submit(_encode, table, slots, cut))
            if len(coming) > 2 * workers:  # bounded, so that memory is
                yield first()
        while coming:
            yield first()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # a thread whose read hangs is not waited for


def _encode(table: Table, slots: list[Slot], rows: Ints) -> Chunk:
    """Encode some rows in every slot, and leave out those that any slot cannot use."""
    encoded = [slot.encode(table.columns, rows) for slot in slots]
    bad: dict[int, tuple[Slot, str]] = {}
    converted: Counter[tuple[str, str]] = Counter()
    for slot, part in zip(slots, encoded, strict=True):
        for place, why in {**_unanswered(table, slot, part, rows), **part.bad}.items():
            bad.setdefault(place, (slot, why))
        for note, count in part.converted.items():
            converted[note, UNITS.get(type(slot.kind), "values")] += count
    inputs = {slot.name: part.array for slot, part in zip(slots, encoded, strict=True) if slot.role == "input"}
    for slot, part in zip(slots, encoded, strict=True):
        for place, why in (slot.kind.misfits(part.array, inputs) if slot.role == "target" else {}).items():
            bad.setdefault(place, (slot, why))
    good = np.setdiff1d(np.arange(len(rows)), list(bad)) if bad else np.arange(len(rows))
    arrays = [part.array[good] if bad else part.array for part in encoded]
    asides = {place: _aside(table, slot, int(rows[place]), why) for place, (slot, why) in sorted(bad.items())}
    wrong = [asides[place] for part in encoded for place in part.wrong]
    return Chunk(rows[good], arrays, list(asides.values()), wrong, dict(converted), len(rows))


def _unanswered(table: Table, slot: Slot, part: Encoded, rows: Ints) -> dict[int, str]:
    """Rows whose target is missing or unknown, with the reason."""
    if slot.role != "target":
        return {}
    out = {}
    for place in np.flatnonzero(slot.kind.absent(part.array)):
        value = values_of(table.column(slot.name).take(rows[place : place + 1]))[0]
        missing = value is None or (isinstance(value, float) and value != value)
        out[int(place)] = "its target is missing" if missing else f"its target {value!r} was never seen in training"
    return out


def _aside(table: Table, slot: Slot, row: int, why: str) -> Aside:
    """A row set aside, with the hash of its bytes where its value is a file."""
    column = table.column(slot.fields[0].name)
    data = column.take(np.array([row]))[0] if column.holds == "files" else None
    return aside(column.where(row), why, data)

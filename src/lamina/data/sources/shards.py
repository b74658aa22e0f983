"""Pictures in tar files, read in place: under class folders, or with what belongs together under one key, as WebDataset
has it (0001.png beside 0001.cls, 0001.json or 0001.txt).

The format is that of POSIX.1-1988 (ustar), with the longer names of pax and of GNU tar:
https://www.gnu.org/software/tar/manual/html_node/Standard.html. Headers are read by ourselves, since a million of them
by the standard library take a minute; WebDataset's naming: https://github.com/webdataset/webdataset.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from ...config import parse_json
from ...errors import SettingError, SourceError
from ...findings import Aside, Findings, aside, printable
from ...kinds import Column, Unreadable
from ..table import Files, Table, Values
from .archive import ENTRIES
from .folders import PICTURES, Listing, read_pictures
from .options import ReadOptions
from .parts import parts_of
from .reading import LARGEST, Stamp, fingerprint_file, fingerprint_names, safe_name, shown, unique_ids

TAR, PACKED = ".tar", (".tar.gz", ".tgz", ".tar.zst", ".tar.bz2", ".tar.xz")
BLOCK = 512
END = bytes(BLOCK)
NOTES = 1 << 20  # bytes of a longer name, or of a label, at most
PLACE = 44  # bits of a place within a shard; above them stands the shard's number
LABELS = ("label", "cls", "class")  # the field of a .json that holds the answer
BESIDE = {".cls": "label", ".json": "label", ".txt": "text"}  # what may stand under a picture's key -> its column


@dataclass(frozen=True)
class ShardReader:
    """Reads a member by name from the shard that holds it, and only if that is still as it was when listed.

    `stamps`: of each member its size, and the number of its shard above its place there.
    """

    shards: Sequence[tuple[str, Stamp]]
    stamps: Mapping[str, Stamp]

    def __call__(self, name: str) -> bytes:
        size, place = self.stamps[name]
        path, stamp = self.shards[place >> PLACE]
        if size > LARGEST:
            return Unreadable(f"{size:,} bytes, more than {LARGEST:,}")
        try:
            with open(path, "rb", buffering=0) as file:
                now = os.fstat(file.fileno())
                if (now.st_size, now.st_mtime_ns) != stamp:
                    return Unreadable(f"{os.path.basename(path)} changed since it was listed")
                return os.pread(file.fileno(), size, place & ((1 << PLACE) - 1))
        except OSError as error:
            return Unreadable(f"cannot be read from {os.path.basename(path)}: {error.strerror}")


def is_shard(path: Path) -> bool:
    """Whether a file is a tar file, packed or not."""
    return path.name.lower().endswith((TAR, *PACKED))


def is_shards(source: tuple[Path, Listing]) -> bool:
    """Whether a folder holds tar files, and beside them nothing that is larger than a note."""
    stamps = source[1].stamps
    names = [name for name in stamps if "/" not in name and name.lower().endswith((TAR, *PACKED))]
    notes = [name for name in stamps if name.lower().endswith((".md", ".txt", ".json"))]
    return bool(names) and len(names) + len(notes) == len(stamps)


def read_shard(path: Path, options: ReadOptions, findings: Findings) -> Table:
    """One tar file."""
    del options
    return _read([path], path.name, findings)


def read_shards(source: tuple[Path, Listing], options: ReadOptions, findings: Findings) -> Table:
    """A folder of tar files; those named for a part, as train-0000.tar is, are published parts."""
    del options
    path, listing = source
    names = sorted(name for name in listing.stamps if name.lower().endswith((TAR, *PACKED)))
    return _read([path / name for name in names], path.name or path.resolve().name, findings)


def _read(paths: Sequence[Path], name: str, findings: Findings) -> Table:
    parts = parts_of(paths[0].parent, [path.name for path in paths]) if len(paths) > 1 else [""]
    stamps: dict[str, Stamp] = {}
    folders: set[str] = set()
    for number, (path, part) in enumerate(zip(paths, parts, strict=True)):
        for member, place, size in members(path):
            inside = f"{part}/{member}" if part else member
            if inside in stamps:
                raise SourceError(
                    f'{shown(path)} holds "{shown(member)}", which stands before it too', expected="each name once"
                )
            stamps[inside] = (size, number << PLACE | place)
            folders.add(inside.rpartition("/")[0])
        if len(stamps) > ENTRIES:
            raise SourceError(f"{name} holds over {ENTRIES:,} files", expected=f"at most {ENTRIES:,}")
    every = {"/".join(steps[:i]) for steps in (f.split("/") for f in folders) for i in range(1, len(steps) + 1)} - {""}
    found = [path.stat() for path in paths]
    reader = ShardReader(
        [(str(path), (now.st_size, now.st_mtime_ns)) for path, now in zip(paths, found, strict=True)], stamps
    )
    listing = Listing(name, stamps, frozenset(every), reader, in_order=True)
    endings = {os.path.splitext(member)[1].lower() for member in stamps}
    ending = next((known for known in BESIDE if known in endings), "")
    if ending and any(member.lower().endswith(PICTURES) for member in stamps):
        table = _keyed(listing, ending, any(parts), findings)
    else:
        table = read_pictures(listing, findings)
    mark = {path.name: (now.st_size, now.st_mtime_ns) for path, now in zip(paths, found, strict=True)}
    return replace(table, fingerprint=fingerprint_names(mark) if len(paths) > 1 else fingerprint_file(paths[0]))


def _keyed(listing: Listing, ending: str, parted: bool, findings: Findings) -> Table:
    """Pictures with their answers under the same key, in the order of the shards; one without an answer that can be
    read is set aside."""
    names, answers, asides = [], [], list[Aside]()
    for name in listing.stamps:
        if not name.lower().endswith(PICTURES):
            continue
        beside = _key(name) + ending
        answer = _answer(listing, beside, ending) if beside in listing.stamps else f"no {ending} beside it"
        if isinstance(answer, str):
            asides.append(aside(printable(name), answer))
        else:
            names.append(name)
            answers.append(answer[0])
    findings.set_aside("source", asides)
    if not names:
        raise SourceError(
            f"no picture in {listing.name} has a {ending} under its key that can be read ({asides[0].reason})",
            expected=f"0001.png beside 0001{ending}",
        )
    column = BESIDE[ending]
    columns: dict[str, Column] = {
        "image": Files("image", names, listing.read),
        column: Values(column, pa.chunked_array([pa.array(answers, pa.string())]), listing.name),
    }
    return Table(
        columns,
        listing.name,
        "",
        np.array([name.split("/", 1)[0] for name in names]) if parted else None,
        column,
        unique_ids(names),
        facts={"reader": "shards", "pictures": len(names), "unread": len(asides)},
    )


def _key(name: str) -> str:
    """What a member shares with those that belong to it: its name up to the first point."""
    folder, _, last = name.rpartition("/")
    return f"{folder}/{last.split('.', 1)[0]}" if folder else last.split(".", 1)[0]


def _answer(listing: Listing, name: str, ending: str) -> tuple[str] | str:
    """The answer in a small file, in a tuple; or what is wrong with it."""
    if listing.stamps[name][0] > NOTES:
        return f"its {ending} holds more than {NOTES:,} bytes"
    data = listing.read(name)
    if isinstance(data, Unreadable):
        return data.reason
    try:
        text = data.decode().strip()
        if ending == ".json":
            held = parse_json(data, name)
            found = next((held[field] for field in LABELS if field in held), None) if isinstance(held, dict) else None
            text = "" if found is None or isinstance(found, list | dict) else str(found)
    except (UnicodeDecodeError, SettingError):
        return f"its {ending} cannot be read"
    return (printable(text),) if text else f"its {ending} holds no answer"


def members(path: Path) -> Iterator[tuple[str, int, int]]:
    """The files of a tar file: name, place of the first byte, size. Nothing of their content is read.

    Raises SourceError for what is packed, damaged or cut, for links and devices, and for names that lead out of it.
    """
    if not path.name.lower().endswith(TAR):
        raise SourceError(
            f"{shown(path)} is packed, and a packed tar cannot be read at any place",
            expected="a plain .tar; the pictures in it are packed already",
            fix=f"gunzip {shown(path)}" if path.name.lower().endswith(("gz", "tgz")) else "",
        )
    size, at, told = path.stat().st_size, 0, ""
    with open(path, "rb", buffering=1 << 20) as file:
        while True:
            head = file.read(BLOCK)
            if not head or head == END:
                return
            kind, length = head[156:157], _length(path, head, at)
            if at + BLOCK + length > size:
                raise SourceError(
                    f"{shown(path)} is cut after {size:,} bytes, within {shown(_name(head)) or 'a name'}",
                    expected="a whole tar file",
                    fix="copy it again",
                )
            if kind in b"xgLK":
                note = file.read(min(length, NOTES))
                told = _long(kind, note) or told
            elif kind in b"0\0":
                name, told = told or _name(head), ""
                _refuse(path, name)
                if not any(step.startswith((".", "__MACOSX")) for step in name.split("/")):
                    yield name, at + BLOCK, length
            elif kind == b"5":
                told = ""
            else:
                raise SourceError(f'{shown(path)} holds "{shown(told or _name(head))}", no plain file or folder')
            at += BLOCK + -(-length // BLOCK) * BLOCK
            file.seek(at)


def _length(path: Path, head: bytes, at: int) -> int:
    """The size that a header tells, once its sum is right."""
    field = head[124:136]
    try:
        own = int(head[148:156].split(b"\0")[0].strip() or b"0", 8)
        length = int.from_bytes(field[1:], "big") if field[0] & 128 else int(field.split(b"\0")[0].strip() or b"0", 8)
    except (ValueError, IndexError):  # no octal number, or less than a header
        own = length = -1
    if len(head) < BLOCK or own != sum(head) - sum(head[148:156]) + 8 * 32 or length < 0:
        raise SourceError(
            f"{shown(path)} is damaged: no member begins at byte {at:,}",
            expected="a whole tar file",
            fix="copy it again",
        )
    return length


def _name(head: bytes) -> str:
    name, before = head[:100].split(b"\0")[0], head[345:500].split(b"\0")[0]
    whole = before + b"/" + name if before and head[257:263] == b"ustar\0" else name
    return os.fsdecode(whole).removeprefix("./")


def _long(kind: bytes, note: bytes) -> str:
    """The longer name in what stands before a member: GNU's whole, pax's in a line "30 path=…"; "" where none is."""
    if kind == b"L":
        return os.fsdecode(note.rstrip(b"\0")).removeprefix("./")
    if kind == b"x":
        for line in note.split(b"\n"):
            _, _, field = line.partition(b" ")
            if field.startswith(b"path="):
                return os.fsdecode(field[5:]).removeprefix("./")
    return ""


def _refuse(path: Path, name: str) -> None:
    if not safe_name(name):
        raise SourceError(
            f'{shown(path)} holds "{shown(name)}", a name that leads out of it',
            expected="names that stay within the archive",
        )

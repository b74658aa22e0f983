"""Bytes from the disk: the files of a folder as they were listed, whole files packed or not, and their fingerprints."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ...errors import SourceError
from ...findings import printable
from ...kinds import Unreadable

LARGEST = 512 << 20  # bytes of one picture
WHOLE = 256 << 20  # files up to so many bytes are fingerprinted by content
UNPACKED = 64 << 30
RATIO = 250  # a packed file larger than this many times its size is a trap, once past `SMALL`
SMALL = 64 << 20
OUTSIDE = "lies outside the folder of the table: put the table at or above the files it names"

Stamp = tuple[int, int]  # size in bytes, time of last change in nanoseconds


class PackedError(ValueError):
    """A packed file cannot be unpacked; the text is the reason."""


@dataclass(frozen=True)
class FolderReader:
    """Reads a listed file by name, and only if it is still as it was when listed. `anywhere`: names may lead out."""

    root: str
    stamps: Mapping[str, Stamp]
    anywhere: bool = False

    def __call__(self, name: str) -> bytes:
        if name not in self.stamps:
            outside = bool(name) and not self.anywhere and not safe_name(name)
            return Unreadable(OUTSIDE if outside else "no such file" if name else "no file is named")
        size, changed = self.stamps[name]
        if size > LARGEST:
            return Unreadable(f"{size:,} bytes, more than {LARGEST:,}")
        try:
            with open(os.path.join(self.root, name), "rb") as file:
                now = os.fstat(file.fileno())
                if (now.st_size, now.st_mtime_ns) != (size, changed):
                    return Unreadable("changed since it was listed")
                return file.read()
        except PermissionError:
            return Unreadable("permission denied; chmod u+r")
        except FileNotFoundError:
            return Unreadable("deleted since it was listed")
        except OSError as error:
            return Unreadable(f"cannot be read: {error.strerror}")


def stamps_of(root: Path, names: Sequence[str]) -> dict[str, Stamp]:
    """Size and time of named files within a folder; a name that leads out of it, or to nothing, gets none."""
    stamps = {}
    for name in dict.fromkeys(names):
        if not safe_name(name):
            continue
        try:
            found = os.stat(os.path.join(root, name), follow_symlinks=False)
        except (OSError, ValueError):
            continue
        if os.path.isfile(os.path.join(root, name)) and not os.path.islink(os.path.join(root, name)):
            stamps[name] = (found.st_size, found.st_mtime_ns)
    return stamps


def safe_name(name: str) -> bool:
    """Whether a name stays within its folder: not empty, not absolute, no `..`, no drive letter."""
    parts = name.replace("\\", "/").split("/")
    return bool(name) and not name.startswith(("/", "\\")) and ".." not in parts and ":" not in parts[0]


def content(path: Path) -> bytes:
    """The bytes of a file, unpacked if it is gzip. Raises SourceError: unreadable, damaged, or a trap."""
    try:
        data = path.read_bytes()
        return unpacked(data) if path.name.lower().endswith(".gz") else data
    except PermissionError:
        raise SourceError(f"permission denied: {shown(path)}", fix=f"chmod u+r {shown(path)}") from None
    except OSError as error:
        raise SourceError(f"{shown(path)} cannot be read: {error.strerror}", expected="a whole file") from None
    except PackedError as error:
        raise SourceError(f"{shown(path)} cannot be read: {error}", expected="a whole file") from None


def unpacked(data: bytes) -> bytes:
    """The content of a gzip file, never more than the cap. Raises PackedError: damaged, cut, or a trap."""
    limit = min(UNPACKED, max(SMALL, RATIO * len(data)))
    if not data:
        raise PackedError("it holds zero bytes")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            plain = file.read(limit + 1)
    except EOFError:
        raise PackedError("it is cut: its packed data ends too soon") from None
    except (OSError, zlib.error) as error:
        raise PackedError(f"it cannot be unpacked: {error}") from None
    if len(plain) > limit:
        raise PackedError(f"it unpacks to more than {limit:,} bytes, over {RATIO} times its size")
    return plain


def shown(path: Path | str) -> str:
    """A path safe to print."""
    return printable(os.fspath(path))


def fingerprint_file(path: Path) -> str:
    """SHA-256 of a file's content, or of its name, size and time where it is larger than 256 MB."""
    found = path.stat()
    if found.st_size > WHOLE:
        return fingerprint_names({path.name: (found.st_size, found.st_mtime_ns)})
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint_names(stamps: Mapping[str, Stamp]) -> str:
    """SHA-256 over names, sizes and times, in order of name."""
    digest = hashlib.sha256()
    for name in sorted(stamps):
        digest.update(f"{name}\x1f{stamps[name][0]}\x1f{stamps[name][1]}\x1e".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def fingerprint_arrays(arrays: Mapping[str, Any]) -> str:
    """SHA-256 over the names, types, shapes and bytes of numpy arrays and pyarrow columns."""
    digest = hashlib.sha256()
    for name, array in arrays.items():
        if isinstance(array, np.ndarray):
            digest.update(f"{name}\x1f{array.dtype}\x1f{array.shape}\x1e".encode())
            objects = array.dtype == object  # whose bytes are only where they lie in memory
            digest.update(repr(array.tolist()).encode() if objects else np.ascontiguousarray(array).tobytes())
        else:
            digest.update(f"{name}\x1f{array.type}\x1f{len(array)}\x1e".encode())
            with pa.ipc.new_stream(_Sink(digest), pa.schema([("", array.type)])) as stream:
                stream.write_table(pa.table([array], names=[""]).combine_chunks())
    return digest.hexdigest()


class _Sink:
    """A file that only hashes what is written to it."""

    closed = False

    def __init__(self, digest: Any):
        self.digest = digest

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False


def no_twins(names: Sequence[str], where: str) -> None:
    """Raise SourceError where two columns have one name."""
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise SourceError(
            f'{where} has {list(names).count(twice[0])} columns called "{twice[0]}"',
            expected="a name of its own for each column",
        )


def unique_ids(names: Sequence[str]) -> list[str]:
    """Names safe to print and to store, each different."""
    made: list[str] = []
    seen: dict[str, int] = {}
    for name in names:
        plain = printable(name)
        seen[plain] = seen.get(plain, 0) + 1
        made.append(plain if seen[plain] == 1 else f"{plain} ({seen[plain]})")
    return made


def _line(origin: str, lines: Any, row: int) -> str:
    return f"{origin}, line {lines[row]}"


def at_lines(origin: str, lines: Any) -> partial[str]:
    """Says the line of a row, for rows that do not follow line after line."""
    return partial(_line, origin, lines)

"""Files that are whole or not there: a temporary name beside the place, flushed, synced, renamed, the folder synced.

A kill at any moment leaves the old file or the new one, and at most a temporary file that `sweep` knows by its name.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import math
import os
import secrets
import shutil
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from .config import parse_json
from .errors import RunError, SettingError

CHANGED = "its bytes are not those that were written"
PREFIX = ".lamina-"  # every temporary name begins so, and nothing else is ever swept


# What numpy and the library of zip archives raise for bytes that hold no arrays.
NOT_ARRAYS = (
    *(OSError, EOFError, ValueError, TypeError, KeyError, AttributeError, SyntaxError, OverflowError, MemoryError),
    *(NotImplementedError, RuntimeError, struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error),
)


class Newer(RunError):
    """A file of a run was written by a newer version of lamina."""


def sha256(data: bytes | memoryview) -> str:
    """The SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


@contextmanager
def said(path: Path, need: int = 0) -> Iterator[None]:
    """Turn a refusal of the disk into a RunError that names the file, and where there is no room the bytes needed and
    free."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        room = f"{path.name} needs {need:,} bytes and {_free(path):,} are free in {path.parent}"
        whole = "what was saved before is still whole"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            fix = f"free at least {need:,} bytes there and go on with --resume"
            raise RunError(f"the disk is full: {room}", expected=whole, fix=fix) from error
        if error.errno == errno.EFBIG:
            fix = "ulimit -f unlimited, and go on with --resume"
            raise RunError(f"a limit on the size of files is in the way: {room}", expected=whole, fix=fix) from error
        if error.errno == errno.EIO:
            fix = "look at the disk, and go on with --resume where it is whole"
            raise RunError(f"the disk fails: {room}; {why}", expected=whole, fix=fix) from error
        fix = "change its permissions, or give another folder with --out"
        raise RunError(f"cannot write {path}: {why}", expected="a folder that can be written to", fix=fix) from error


@contextmanager
def replacing(path: Path, need: int = 0) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of `path` once it is whole; `need` is its size where that is known.

    Raises RunError when the disk is full or refuses.
    """
    name = beside(path)
    with said(path, need):
        try:
            with open(name, "xb") as file:
                yield file
                file.flush()
                os.fchmod(file.fileno(), 0o644)
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            name.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def beside(path: Path) -> Path:
    """A name beside a path, which nothing else has. It is known before anything stands under it: whoever is interrupted
    while making that can still take it away."""
    return path.parent / f"{PREFIX}{secrets.token_hex(8)}"


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all. Raises RunError when the disk is full or refuses."""
    with replacing(path, len(data)) as file:
        file.write(data)


def append_line(path: Path, line: bytes) -> None:
    """Add one line to a file and sync it; a torn line that a kill left at the end is cut first."""
    with said(path, len(line) + 1), open(path, "ab") as file:
        whole = whole_lines(path)
        if whole != file.tell():
            file.truncate(whole)
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())


def whole_lines(path: Path) -> int:
    """How many bytes of a file are whole lines: up to and with the last line end; 0 where there is no file."""
    try:
        with open(path, "rb") as file:
            end = file.seek(0, os.SEEK_END)
            while end:
                start = max(0, end - 65536)
                file.seek(start)
                place = file.read(end - start).rfind(b"\n")
                if place >= 0:
                    return start + place + 1
                end = start
    except FileNotFoundError:
        return 0
    return 0


def check_room(folder: Path, need: int) -> None:
    """Raises RunError when a folder's disk has less than `need` bytes free: better before the work than in it."""
    with said(folder / "files", need):
        if _free(folder / "files") < need:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove temporary files that a kill left in a folder and the folders in it."""
    for path in folder.rglob(f"{PREFIX}*"):
        if path.is_file() and not path.is_symlink():
            path.unlink(missing_ok=True)


def json_bytes(value: Any, indent: int | None = 1) -> bytes:
    """A value as JSON in UTF-8. Numpy numbers and arrays become plain; JSON has no NaN, so it becomes null."""
    plain = _plain(value)
    try:
        text = json.dumps(plain, indent=indent, ensure_ascii=False, allow_nan=False)
        return text.encode("utf-8")
    except UnicodeEncodeError:  # a file name that is not UTF-8 is kept as an escape
        return json.dumps(plain, indent=indent, allow_nan=False).encode("ascii")


def arrays_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Named arrays as the bytes of an npz file: the same arrays give the same bytes, and objects are refused."""
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **{name: arrays[name] for name in sorted(arrays)})
    return out.getvalue()


def arrays_from(data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of an npz file's bytes. Raises one of NOT_ARRAYS for bytes that are none."""
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        return {name: held[name] for name in held.files}


def seal(values: Mapping[str, Any]) -> bytes:
    """A manifest as JSON that carries its own SHA-256, so that damage to it is told from damage to what it lists."""
    return json_bytes({**values, "sha256": sha256(json_bytes(values))})


def unseal(data: bytes, name: str, newest: int) -> dict[str, Any]:
    """The values of a sealed manifest. Raises RunError for a damaged one, and Newer for a `format` above `newest`."""
    try:
        values = parse_json(data, name)
    except SettingError:
        values = None
    body = {k: v for k, v in values.items() if k != "sha256"} if isinstance(values, dict) else {}
    if not body or seal(body) != data:
        raise RunError(f"{name} is damaged: {what_is(data)}", expected="the manifest as it was written")
    if body.get("format", 0) > newest:
        raise Newer(
            f"{name} is of format {body['format']}, newer than this version of lamina reads",
            expected=f"format {newest} or older",
            fix="pip install --upgrade lamina",
        )
    return body


def what_is(data: bytes) -> str:
    """In a few words, what bytes look like that are not what they should be."""
    head = data[:256].lstrip().lower()
    if not data:
        return "it holds zero bytes"
    if head.startswith((b"<!doctype", b"<html")):
        return "it holds a web page, a failed download?"
    if data.startswith((b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")):
        way = "of weights, lamina import FILE --out weights.safetensors takes the tensors out"
        return f"it holds a pickle or an archive of one, which can run code, and was not loaded; {way}"
    if not data.strip(b"\0"):
        return f"its {len(data):,} bytes are all zero"
    return CHANGED


def _free(path: Path) -> int:
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:  # the folder itself is gone; the refusal that is being told says so
        return 0


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(v) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value

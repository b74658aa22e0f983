"""Checkpoints that are pickles of torch, read without running anything that stands in them.

torch's careful reader knows tensors, what they are kept in, numbers and texts, and stops at whatever else a pickle asks
for; this is the one place of the house that calls it. What can be told of a file without reading it is told first: a
zip that would unpack to far more than it is, half a file, a web page.
"""

from __future__ import annotations

import os
import pickletools
import re
import warnings
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from ..data.sources.reading import RATIO, SMALL, UNPACKED
from ..errors import SourceError
from ..files import NOT_ARRAYS
from ..findings import printable

ENTRIES = 1_000_000
PICKLE = 64 << 20  # bytes of what is not tensors
EXPECTED = "tensors in plain containers, as torch.save(model.state_dict(), …) writes them"
FIX = 'torch.save(model.state_dict(), "weights.pt"), where the file came from and is trusted'
ZIP, SINCE_2 = b"PK\x03\x04", b"\x80"  # how a zip begins, and a bare pickle of protocol 2 or later
HARMLESS = ("torch.", "collections.", "_codecs.")


def read_pickled(path: Path) -> tuple[Any, int]:
    """What a checkpoint holds, and the bytes that it takes unpacked. Tensors of a zip stay on the disk until they are
    looked at.

    Raises SourceError for what is no checkpoint, is damaged, unpacks to too much, or would run code.
    """
    head, size = _head(path)
    _refuse_others(path, head, size)
    size, plain = _look_through(path, size) if head.startswith(ZIP) else (size, False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of protocols and of storages that torch is to give up
            return torch.load(os.fspath(path), map_location="cpu", weights_only=True, mmap=plain), size
    except Exception as error:  # bytes that are no pickle bring its reader to raise nearly anything
        raise _refusal(path, error) from None


def _head(path: Path) -> tuple[bytes, int]:
    try:
        with path.open("rb") as file:
            return file.read(256), os.fstat(file.fileno()).st_size
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}", expected="a checkpoint of torch") from None


def _refuse_others(path: Path, head: bytes, size: int) -> None:
    """Raise for what is plainly something else."""
    begins = head.lstrip().lower()
    if not size:
        raise SourceError(f"{path} is empty", expected="a checkpoint of torch", fix="copy it again from where it came")
    if begins.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise SourceError(f"{path} is a web page, a failed download?", expected="a checkpoint of torch")
    if begins.startswith(b"version https://git-lfs"):
        raise SourceError(f"{path} only says where Git LFS keeps the file", expected="the file", fix="git lfs pull")
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= size:
        raise SourceError(
            f"{path} looks like a safetensors file, which needs no import",
            expected="a checkpoint of torch",
            fix=f"lamina fit PHOTOS --weights {path}",
        )
    if not head.startswith((ZIP, SINCE_2)):
        raise _refusal(path, ValueError("it begins as none does"))


def _look_through(path: Path, size: int) -> tuple[int, bool]:
    """The bytes that a zip unpacks to, and whether they lie in it unpacked.

    Raises for a trap, and where a checksum does not fit."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            total = sum(info.file_size for info in infos)
            names = [info.filename.split("/")[-1] for info in infos]
            if len(infos) > ENTRIES or total > UNPACKED or (total > SMALL and total > RATIO * size):
                raise SourceError(
                    f"{path}, {size:,} bytes, unpacks to {total:,} bytes in {len(infos):,} entries, and was not read",
                    expected=f"at most {RATIO} times its size, {UNPACKED:,} bytes and {ENTRIES:,} entries",
                )
            if "constants.pkl" in names:
                raise SourceError(
                    f"{path} is a program of TorchScript, not weights alone, and was not run",
                    expected=EXPECTED,
                    fix="torch.save(torch.jit.load(FILE).state_dict(), …), where the file came from and is trusted",
                )
            if "data.pkl" not in names:
                shown = ", ".join(printable(info.filename) for info in infos[:3])
                raise SourceError(f"{path} is a zip, and no checkpoint: it holds {shown}", expected=EXPECTED)
            if any(info.file_size > PICKLE for info in infos if info.filename.endswith("data.pkl")):
                raise SourceError(f"{path} holds far more than tensors, and was not read", expected=EXPECTED)
            broken = archive.testzip() if any(info.CRC for info in infos) else None  # torch can leave checksums out
    except NOT_ARRAYS as error:  # among them all that the library of zips raises
        raise SourceError(
            f"{path} is cut short or damaged: {str(error) or type(error).__name__}",
            expected="a whole file",
            fix="copy it again from where it came",
        ) from None
    if broken is not None:
        raise SourceError(
            f"{path} is damaged: the checksum of {printable(broken)} does not fit",
            expected="the file as it was written",
            fix="copy it again from where it came",
        )
    return total, all(info.compress_type == zipfile.ZIP_STORED for info in infos)


def _refusal(path: Path, error: Exception) -> SourceError:
    """What to say of a file that torch's careful reader does not read."""
    named = re.search(r"GLOBAL (\S+)", str(error))
    asked = [named[1]] if named else asked_for(_pickle(path))
    if asked:
        plain = [re.sub(r"^(posix|nt)\.", "os.", printable(name)) for name in asked[:3]]
        return SourceError(
            f"{path} asks for {', '.join(plain)} when it is loaded, which can run code; it was not run",
            expected=EXPECTED,
            fix=FIX,
        )
    said = printable(str(error).strip().split("\n")[-1].split(". ")[0][:200]) or type(error).__name__
    if "Unsupported operand" in str(error):
        said = "it is pickled in a way that the reader which runs nothing does not know"
    return SourceError(f"{path} is cut short, damaged or no checkpoint of torch: {said}", expected=EXPECTED, fix=FIX)


def _pickle(path: Path) -> bytes:
    """The pickle of a file that may have one: of a zip what is not tensors, else how the file begins."""
    try:
        with zipfile.ZipFile(path) as archive:
            name = next(name for name in archive.namelist() if name.endswith("data.pkl"))
            return archive.read(name)
    except (*NOT_ARRAYS, StopIteration):
        with path.open("rb") as file:
            return file.read(PICKLE >> 4)


def asked_for(pickle: bytes) -> list[str]:
    """The functions and classes that a pickle names, but for those that tensors need; nothing is run or looked up.

    >>> asked_for(b"cos\\nsystem\\n(S'ls'\\ntR.")
    ['os.system']
    """
    found, texts = [], [""]
    with suppress(Exception):  # what is no pickle, or half a one, names no more; its parser raises nearly anything
        for code, given, _ in pickletools.genops(pickle):
            if code.name in ("GLOBAL", "INST"):
                found.append(str(given).replace(" ", "."))
            elif code.name == "STACK_GLOBAL":
                found.append(".".join(texts[-2:]))
            elif isinstance(given, str):
                texts.append(given)
    return [name for name in dict.fromkeys(found) if not name.startswith(HARMLESS)]

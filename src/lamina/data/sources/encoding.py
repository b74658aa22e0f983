"""Text in whatever encoding it is said to be, as UTF-8; a byte that is none is never replaced by another."""

from __future__ import annotations

import codecs
from pathlib import Path

from ...errors import SourceError
from .reading import content, shown

BLOCK = 16 << 20  # bytes looked at in one go


def text_of(path: Path, encoding: str = "") -> str:
    """A file's text, unpacked where it is packed. Raises SourceError as `as_utf8` does."""
    return as_utf8(content(path), path, encoding)[0].decode("utf-8")


def lines_of(path: Path, encoding: str = "") -> list[str]:
    """The lines of a text file without their ends. Raises SourceError as `as_utf8` does."""
    return plain_lines(text_of(path, encoding))


def plain_lines(text: str) -> list[str]:
    """The lines of a text: a line feed ends one, and no other of the signs that Unicode lets end lines."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines if lines[-1] else lines[:-1]


def as_utf8(data: bytes, path: Path, encoding: str) -> tuple[bytes, str]:
    """The text as UTF-8 without its mark, and what it was. Raises SourceError with file, line and a guess."""
    if not encoding and data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    if not encoding and data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    try:
        if encoding and codecs.lookup(encoding).name != "utf-8":
            return data.decode(encoding).encode(), codecs.lookup(encoding).name
        for _ in codecs.iterdecode((data[i : i + BLOCK] for i in range(0, len(data), BLOCK)), "utf-8"):
            pass
        return data, "utf-8"
    except UnicodeError:
        raise _undecodable(data, path, encoding or "utf-8") from None
    except (LookupError, ValueError):
        raise SourceError(f'no encoding is called "{encoding}"', expected="utf-8, cp1252, latin-1, utf-16 …") from None


def _undecodable(data: bytes, path: Path, encoding: str) -> SourceError:
    wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))  # there a byte 10 ends no line
    for number, line in enumerate([] if wide else data.split(b"\n"), 1):
        try:
            line.decode(encoding)
        except UnicodeDecodeError as error:
            guess = _guess(data)
            return SourceError(
                f"{shown(path)}, line {number}: byte 0x{line[error.start]:02x} is not {encoding}; "
                f"it looks like {guess}",
                expected=f"text in {encoding}",
                fix=f"--encoding {guess}",
            )
    return SourceError(f"{shown(path)} is not {encoding}", expected="text", fix=f"--encoding {_guess(data)}")


def _guess(data: bytes) -> str:
    if data[:4000].count(0) > len(data[:4000]) // 4:
        return "utf-16"
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"

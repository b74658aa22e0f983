"""The log of a run: one JSON line a judged step, synced as it is written, so that a kill costs at most a torn line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..config import parse_json
from ..errors import RunError, SettingError
from ..files import append_line, json_bytes, said, sha256, whole_lines


class Log:
    """Lines of `log.jsonl`. Its `length` goes into each checkpoint, and a resumed run cuts back to it."""

    def __init__(self, path: Path):
        self.path = path

    @property
    def length(self) -> int:
        """Bytes of whole lines."""
        return whole_lines(self.path)

    def append(self, record: dict[str, Any]) -> None:
        """Add a line. Raises RunError when the disk is full or refuses."""
        append_line(self.path, json_bytes(record, indent=None))

    def lines(self) -> list[dict[str, Any]]:
        """All whole lines. Raises RunError naming the line that is damaged; a torn last line is left out."""
        if not self.path.exists():
            return []
        out = []
        for number, line in enumerate(self.path.read_bytes()[: self.length].splitlines(), 1):
            try:
                record = parse_json(line, f"{self.path.name}, line {number},")
            except SettingError as error:
                raise RunError(f"{self.path.name} is damaged: {error}", expected="one JSON record a line") from None
            if not isinstance(record, dict):
                raise RunError(f"{self.path.name} is damaged: line {number} holds no record")
            out.append(record)
        return out

    def head(self, length: int) -> bytes:
        """The first bytes, so many."""
        if not length:
            return b""
        with open(self.path, "rb") as file:
            return file.read(length)

    def check(self, length: int, wanted: str) -> None:
        """Raises RunError where the first bytes are not those of a SHA-256."""
        if length and (not self.path.exists() or sha256(self.head(length)) != wanted):
            raise self._damaged(f"its first {length:,} bytes are not those that the checkpoint was saved after")

    def truncate_to(self, length: int) -> None:
        """Cut back to the length a checkpoint was saved with. Raises RunError when the log is shorter than that."""
        held = self.path.stat().st_size if self.path.exists() else 0
        if held < length:
            raise self._damaged(f"it holds {held:,} bytes, and the checkpoint was saved after {length:,}")
        if held > length:
            with said(self.path), open(self.path, "r+b") as file:
                file.truncate(length)
                os.fsync(file.fileno())

    def _damaged(self, why: str) -> RunError:
        return RunError(
            f"{self.path.name} is damaged: {why}",
            expected="the log as the run left it",
            fix="start again with another --out",
        )

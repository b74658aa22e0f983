"""A run directory: every file listed with its size and SHA-256, checked whenever it is read.

The manifest is told of a file before the file takes its place: the entry gets the coming hash as `next`, the file is
renamed, then `next` becomes the entry. A kill between any two of these leaves a file that one of the two hashes fits.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..config import parse_json
from ..errors import RunError
from ..files import (
    CHANGED,
    NOT_ARRAYS,
    arrays_bytes,
    arrays_from,
    json_bytes,
    said,
    seal,
    sha256,
    sweep,
    unseal,
    what_is,
    write_bytes,
)
from ..findings import printable
from .folders import appearing, remove
from .lock import LOCK, locked
from .place import MANIFEST, REQUEST, refuse_existing, sibling, what_stands

FORMAT = 1
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


class RunDirectory:
    """The files of one run. Made by `create` or `open`."""

    def __init__(self, path: Path):
        self.path = path

    @classmethod
    def create(cls, path: Path | str, request: Mapping[str, Any]) -> RunDirectory:
        """A new run, which appears by rename and already holds its request.

        Raises RunError when something is already there, or nothing can be written there.
        """
        path = Path(path)
        with said(path):
            refuse_existing(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            with appearing(path) as made:
                write_bytes(made / MANIFEST, seal({"format": FORMAT, "files": {}}))
                cls(made).write(REQUEST, dict(request))
                refuse_existing(path)
        return cls(path)

    @classmethod
    def open(cls, path: Path | str) -> RunDirectory:
        """A run that is there. Raises RunError saying what is there instead, with the nearest run beside it."""
        path = Path(path)
        if not (path / MANIFEST).is_file():
            raise RunError(
                f"{path} {what_stands(path)}",
                expected="a run directory, as lamina fit makes one",
                fix=sibling(path),
            )
        made = cls(path)
        made.files()
        return made

    @property
    def request(self) -> dict[str, Any]:
        """What was asked for."""
        request: dict[str, Any] = self.read_json(REQUEST)
        return request

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep other processes from writing here meanwhile; first sweep what a killed one left half written.

        Raises RunError naming the process that holds the run.
        """
        with locked(self.path):
            sweep(self.path)
            yield

    def files(self) -> dict[str, dict[str, Any]]:
        """The manifest's entries by name. Raises RunError when the manifest is damaged."""
        try:
            data = (self.path / MANIFEST).read_bytes()
        except OSError as error:
            raise RunError(f"{MANIFEST} of {self.path} cannot be read: {error.strerror}") from None
        listed = unseal(data, f"{self.path / MANIFEST}", FORMAT).get("files")
        if not isinstance(listed, dict) or not all(map(_is_entry, listed.values())):
            raise RunError(f"{self.path / MANIFEST} lists no files with their sizes and hashes", expected="a manifest")
        return listed

    def has(self, name: str) -> bool:
        """Whether a file was written here."""
        entry = self.files().get(name)
        return entry is not None and ("sha256" in entry or self._place(name).exists())

    def write(self, name: str, content: Any) -> None:
        """Write a file: bytes as they are, anything else as JSON. Raises RunError when the disk is full or refuses."""
        data = content if isinstance(content, bytes) else json_bytes(content)
        place, files = self._place(name), self.files()
        coming = _entry(data)
        with said(place, len(data)):
            place.parent.mkdir(parents=True, exist_ok=True)
            now = _settled(files.get(name, {}), place)
        self._list({**files, name: {**now, "next": coming}})
        write_bytes(place, data)
        self._list({**files, name: coming})

    def write_arrays(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Write named arrays as one npz file."""
        self.write(name, arrays_bytes(arrays))

    def record(self, name: str) -> None:
        """List a file as it stands: one that grew by lines and is now complete, such as the log."""
        self._list({**self.files(), name: _entry(self._read(name))})

    def discard(self, folder: str) -> None:
        """Remove a run that came to nothing, with a folder of it: under a temporary name, so that what a kill leaves of
        it is swept. Where a file is not ours, the run's own are removed and the rest stays.
        """
        ours = {self.path / name for name in (*self.files(), MANIFEST, LOCK)}
        files = {p for p in self.path.rglob("*") if not p.is_dir() and self.path / folder not in p.parents}
        with said(self.path):
            if files <= ours:
                remove(self.path)
                return
            for place in sorted(ours - {self.path / MANIFEST}):
                place.unlink(missing_ok=True)
            shutil.rmtree(self.path / folder, ignore_errors=True)
            (self.path / MANIFEST).unlink()

    def read_bytes(self, name: str, explain: Callable[[bytes], str] = what_is) -> bytes:
        """The bytes of a file, checked. Raises RunError naming it when it is missing, damaged or was never written.

        `explain` says in what way bytes are wrong that are not the ones written.
        """
        entry = self.files().get(name)
        if entry is None:
            raise RunError(
                f"{self.path} holds no {printable(name)}",
                expected=f"a run that has come so far; it holds {', '.join(self.files())}",
            )
        data = self._read(name)
        wanted = [hashes for hashes in (entry, entry.get("next", {})) if "sha256" in hashes]
        if sha256(data) not in [hashes["sha256"] for hashes in wanted]:
            size = wanted[0]["size"]
            cut = len(data) < size and what_is(data) == CHANGED
            why = f"it holds {len(data):,} of {size:,} bytes" if cut else explain(data)
            raise RunError(
                f"{name} of {self.path} is damaged: {why}", expected="the file as it was written", fix=_mend(name)
            )
        return data

    def read_json(self, name: str) -> Any:
        """The value of a JSON file, checked. Raises RunError as `read_bytes` does."""
        return parse_json(self.read_bytes(name), name)

    def read_arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """The arrays of an npz file, checked. Raises RunError as `read_bytes` does."""
        data = self.read_bytes(name)
        try:
            return arrays_from(data)
        except NOT_ARRAYS as error:
            raise RunError(f"{name} of {self.path} holds no arrays: {error}", fix=_mend(name)) from None

    def _list(self, files: Mapping[str, Any]) -> None:
        write_bytes(self.path / MANIFEST, seal({"format": FORMAT, "files": {n: files[n] for n in sorted(files)}}))

    def _place(self, name: str) -> Path:
        if not NAME.fullmatch(name) or name == MANIFEST or ".." in name.split("/"):
            raise RunError(f'"{printable(name)}" cannot name a file of a run', expected="such as exhibits/one.png")
        return self.path / name

    def _read(self, name: str) -> bytes:
        try:
            return self._place(name).read_bytes()
        except OSError as error:
            raise RunError(f"{name} of {self.path} cannot be read: {error.strerror}", fix=_mend(name)) from None


def _entry(data: bytes) -> dict[str, Any]:
    return {"size": len(data), "sha256": sha256(data)}


def _is_entry(entry: Any) -> bool:
    """Whether an entry holds size and hash: of the file, of the one that is to come, or of both."""
    if not isinstance(entry, dict) or not entry:
        return False
    held = {word: value for word, value in entry.items() if word != "next"}
    parts = [*([held] if held else []), *([entry["next"]] if "next" in entry else [])]
    return all(
        isinstance(part, dict) and isinstance(part.get("size"), int) and isinstance(part.get("sha256"), str)
        for part in parts
    )


def _settled(entry: dict[str, Any], place: Path) -> dict[str, Any]:
    """An entry without `next`: after a kill, the file itself says which of the two hashes is its own."""
    coming = entry.get("next")
    if coming is not None and place.exists() and sha256(place.read_bytes()) == coming["sha256"]:
        return dict(coming)
    return {word: value for word, value in entry.items() if word != "next"}


def _mend(name: str) -> str:
    return f"copy {name} again from where the run came, or fit again with another --out"

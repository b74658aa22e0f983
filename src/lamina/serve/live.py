"""The model that answers now, and its replacement once a new one in its directory has been read whole.

A directory that is being copied into, or is damaged, changes nothing: every file that its manifest lists is read and
its hash compared, the run is read from them, and only then does the one take the other's place, between two requests.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import LaminaError, RunError
from ..run import RunDirectory
from .answer import Model
from .base import Answering

APART = 1.0  # seconds between two looks at the directory
MANIFEST = "manifest.json"

Stamps = tuple[tuple[int, int, int] | None, ...]


class Live:
    """The model of a directory, read again when its files change; `read` reads the run, `say` hears of each change."""

    def __init__(self, path: Path, read: Callable[[], Answering], say: Callable[[str], Any]):
        self.path, self.read, self.say = path, read, say
        self.model = self._whole()
        self.seen = self._stamps(self.model.run.files)
        self.told: object = ""  # what was listed by the manifest of the run that was said not to be whole
        self.over = threading.Event()

    def look(self) -> None:
        """Take what is in the directory now if it is another run and whole; what is not is said once."""
        stamps = self._stamps(self._listed() or self.model.run.files)
        if stamps == self.seen:
            return
        self.seen = stamps
        files = self._listed()
        if files == self.model.run.files:
            return
        try:
            self.model = self._whole()
        except Exception as error:  # whatever is wrong there, the old one is not
            if files != self.told:
                self.told = files
                what = error.what if isinstance(error, LaminaError) else f"{type(error).__name__}: {error}"
                self.say(f"the run has changed and is not whole: {what}; the one read before is served on")
            return
        self.told = ""
        self.say(f"the run has changed; weights {self.model.weights[:12]} are served from now on")

    def watch(self) -> None:
        """Look once a second, in a thread of its own, until `over` is set."""
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self.over.wait(APART):
            self.look()

    def _whole(self) -> Model:
        """The run as it is now, with every file checked. Raises RunError for one that is damaged, or changes while it
        is read."""
        run = RunDirectory.open(self.path)
        files = run.files()
        for name in files:
            run.read_bytes(name)
        model = Model.of(self.read())
        if not files == model.run.files == run.files():
            raise RunError(f"{self.path} is being written to", expected="a run that stays as it is")
        return model

    def _listed(self) -> dict[str, dict[str, Any]] | None:
        """The manifest's entries, None where they cannot be read."""
        try:
            return RunDirectory(self.path).files()
        except RunError:
            return None

    def _stamps(self, files: Any) -> Stamps:
        """What the system says of the manifest and the files that it lists: when written, how long, which."""
        return tuple(_stamp(self.path / name) for name in (MANIFEST, *sorted(files)))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino

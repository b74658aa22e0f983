"""Who is told what happens: the command line draws it, Python prints plain lines, a test listens."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Teller(Protocol):
    """Hears one line for each thing decided, a warning for each doubt, and how far long work has come."""

    def say(self, what: str, text: str) -> None: ...
    def warn(self, text: str) -> None: ...
    def bar(self, what: str, total: float) -> AbstractContextManager[Callable[[float, str], None]]: ...


class Quiet:
    """Hears everything and says nothing, save that it keeps the lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, what: str, text: str) -> None:
        """Keep a line."""
        self.lines.append(f"{what} {text}")

    def warn(self, text: str) -> None:
        """Keep a warning."""
        self.lines.append(f"warning {text}")

    @contextmanager
    def bar(self, what: str, total: float) -> Iterator[Callable[[float, str], None]]:
        """Nothing is drawn."""
        del what, total
        yield lambda *_: None


class Lines(Quiet):
    """Plain lines on standard error; of long work, a line a tenth."""

    def say(self, what: str, text: str) -> None:
        """Print a line."""
        super().say(what, text)
        print(f"{what:<9} {text}", file=sys.stderr, flush=True)

    def warn(self, text: str) -> None:
        """Print a warning."""
        super().warn(text)
        print(f"{'warning':<9} {text}", file=sys.stderr, flush=True)

    @contextmanager
    def bar(self, what: str, total: float) -> Iterator[Callable[[float, str], None]]:
        """Print a line for every tenth of the work."""
        told = [0]

        def tell(done: float, words: str) -> None:
            tenth = int(10 * done / total) if total else 10
            if tenth > told[0]:
                told[0] = tenth
                print(f"{what:<9} {tenth * 10:3d} %  {words}", file=sys.stderr, flush=True)

        yield tell

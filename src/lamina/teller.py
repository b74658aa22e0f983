"""Who is told what happens: the command line draws it, Python prints plain lines, a test listens."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Protocol

Tell = Callable[[float, str], None]

APART = 1.0  # seconds between two plain lines about one piece of work
LATE = 45.0  # seconds after which one is told what is being waited for


class Teller(Protocol):
    """Hears one line for each thing decided, a warning for each doubt, and how far long work has come."""

    def say(self, what: str, text: str) -> None: ...
    def warn(self, text: str) -> None: ...
    def bar(self, what: str, total: float) -> AbstractContextManager[Tell]: ...


class Pace:
    """How fast work goes, counted from the first report on, so that what an earlier process did does not flatter."""

    def __init__(self) -> None:
        self.began: tuple[float, float] | None = None

    def rate(self, done: float) -> float:
        """Units a second; 0 while that is not known."""
        now = time.monotonic()
        if self.began is None:
            self.began = now, done
        seconds, units = now - self.began[0], done - self.began[1]
        return units / seconds if seconds > 0 else 0.0

    def said(self, done: float, unit: str) -> str:
        """The pace in whichever way round it is a number one can read: "35 steps/s", "4.2 s a step"; of nothing done
        yet, nothing."""
        rate = self.rate(done)
        if rate <= 0:
            return ""
        return f"{rate:,.0f} {unit}s/s" if rate >= 2 else f"{1 / rate:.1f} s a {unit}"

    def left(self, done: float, total: float) -> str:
        """What is left at this pace, as "3 min 20 s left"; nothing while it is not known."""
        rate = self.rate(done)
        return f"{spoken(max(0.0, total - done) / rate)} left" if rate > 0 else ""


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
    def bar(self, what: str, total: float) -> Iterator[Tell]:
        """Nothing is drawn."""
        del what, total
        yield lambda *_: None


class Lines(Quiet):
    """Plain lines on standard error; of long work, a line for each tenth, and at most one a second."""

    def say(self, what: str, text: str) -> None:
        """Print a line."""
        super().say(what, text)
        put(f"{what:<9} {text}")

    def warn(self, text: str) -> None:
        """Print a warning."""
        super().warn(text)
        put(f"{'warning':<9} {text}")

    @contextmanager
    def bar(self, what: str, total: float) -> Iterator[Tell]:
        """Print how far the work has come, and what is left of it."""
        pace, tenths, at = Pace(), 0, time.monotonic()

        def tell(done: float, words: str) -> None:
            nonlocal tenths, at
            left = pace.left(done, total)
            share = min(1.0, done / total) if total else 1.0
            if int(10 * share) > tenths and time.monotonic() - at >= APART:
                tenths, at = int(10 * share), time.monotonic()
                put(f"{what:<9} {100 * share:3.0f} %  {words}" + (f" · {left}" if left and share < 1 else ""))

        yield tell


@contextmanager
def late(tell: Callable[[], object], seconds: float | None = None) -> Iterator[None]:
    """Call `tell` once, from a thread of its own, where the block has not ended after `LATE` seconds."""
    timer = threading.Timer(LATE if seconds is None else seconds, tell)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def put(line: str) -> None:
    """A line on standard error; when nobody listens there any more, the work goes on all the same."""
    if sys.stderr is None:
        return
    with suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)


def spoken(seconds: float) -> str:
    """Seconds as one says them.

    >>> spoken(4.2), spoken(200), spoken(7500)
    ('4 s', '3 min 20 s', '2 h 5 min')
    """
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60} min"

"""Being asked to stop: Ctrl-C and SIGTERM, heard by whoever is at work."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def hearing(asked: Callable[[], object]) -> Iterator[bool]:
    """While the block runs, the first Ctrl-C or SIGTERM calls `asked`; a second one does what it always did, and one
    that is ignored stays ignored. Gives whether anything is heard: only the main thread hears signals."""
    if threading.current_thread() is not threading.main_thread():
        yield False
        return
    before: dict[int, Any] = {number: signal.getsignal(number) for number in SIGNALS}

    def ask(number: int, frame: Any) -> None:
        del frame
        signal.signal(number, before[number])
        asked()

    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, ask)
    try:
        yield True
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""Stop when asked: the first signal ends training after the step at hand, with everything saved."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .session import Session

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping(session: Session) -> Iterator[None]:
    """While the block runs, Ctrl-C and SIGTERM set `session.asked_to_stop` and cut a judgement short; a second one does
    what it always did. One that is ignored stays ignored.

    Raises Stopped at the end of the block where one came too late for the loop: all is saved then.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {number: signal.getsignal(number) for number in SIGNALS}

    def ask(number: int, frame: Any) -> None:
        del frame
        session.asked_to_stop = True
        signal.signal(number, before[number])
        if session.judging:
            raise KeyboardInterrupt

    for asked, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(asked, ask)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if session.asked_to_stop:
        raise session.stopped()

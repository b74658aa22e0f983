"""The process of a command: streams that are there, and signals that are heard from its first line to its last.

Ctrl-C, SIGTERM and a terminal that closes ask to stop. Before the command has begun, that is noted and honoured when it
begins. While it runs, it is interrupted where it is; training has a gentler way of its own (`train/stop.py`). What has
not ended after `PATIENCE` seconds, a step that takes minutes or a read that hangs, is ended where it is: every file is
whole or not there, so nothing is lost but the work since the last checkpoint.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 8.0  # seconds from a signal to the end, so that all is over within 10
LAST_WORDS = 1.0  # seconds for saying so: whoever should read it may be what hangs
STOPPED = 75  # the exit code of what was stopped and can be gone on with: EX_TEMPFAIL of sysexits.h


# A thread that waits for another sleeps instead of spinning. Two threads on two cores that another process wants too
# took 1,000 to 3,600 ms for a step that takes 300 so, and 100 on a free machine either way (torch 2.13, libgomp).
PATIENT = ("OMP_WAIT_POLICY", "PASSIVE")

# New objects between two looks for rings that nothing holds any more. Python's 700 has all that torch and lamina load,
# which stays to the end, looked through again and again: 0.3 of the 1.8 s that loading takes.
LOOK_EVERY = 50_000


class Stops:
    """Hears that the process is asked to stop."""

    def __init__(self) -> None:
        self.asked = False
        self.running = False
        self.tell: Callable[[], Any] = lambda: None  # says that the end could not be waited for

    def listen(self) -> None:
        """Hear signals from here to the end of the process. One that is ignored, as by nohup, stays ignored."""
        self._take()
        read, write = os.pipe()
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)  # written to at once, even while a library computes
        threading.Thread(target=self._watch, args=(read,), daemon=True).start()

    @contextmanager
    def heard(self, tell: Callable[[], Any]) -> Iterator[None]:
        """While the block runs, a signal raises KeyboardInterrupt in it, at once where one came before."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self.tell, before = tell, self._take()
        try:
            self.running = True
            if self.asked:
                raise KeyboardInterrupt
            yield
        finally:
            self.running = False
            for number, handler in before.items():
                signal.signal(number, handler)

    def _take(self) -> dict[signal.Signals, Any]:
        before = {number: signal.getsignal(number) for number in SIGNALS}
        heard = {number: handler for number, handler in before.items() if handler not in (signal.SIG_IGN, None)}
        for number in heard:
            signal.signal(number, _hang_up if number == signal.SIGHUP else self._hear)
        return heard

    def _hear(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.asked = True
        if self.running:
            raise KeyboardInterrupt

    def _watch(self, read: int) -> None:
        while os.read(read, 1)[0] not in SIGNALS:
            pass
        time.sleep(PATIENCE)
        speaker = threading.Thread(target=self.tell, daemon=True)
        speaker.start()
        speaker.join(LAST_WORDS)
        os._exit(STOPPED)


def _hang_up(number: int, frame: FrameType | None) -> None:
    """A terminal that closes asks as SIGTERM does, by whatever hears that at the time."""
    del number, frame
    signal.raise_signal(signal.SIGTERM)


def prepared() -> Stops:
    """Make the process fit for a command, and hear signals from now on."""
    _whole_streams()
    os.environ.setdefault(*PATIENT)
    gc.set_threshold(LOOK_EVERY)
    stops = Stops()
    stops.listen()
    return stops


def _whole_streams() -> None:
    """Fill what the caller closed, so that no file we open takes its place, and print what its signs can say."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def end(code: int) -> None:
    """End the process; of one that was stopped, no thread is waited for. What is left is not looked through once more.

    A signal comes too late here, and would end the process by itself once the interpreter lets go of its handlers.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    for stream in (sys.stdout, sys.stderr):
        _flushed(stream)
    if code == STOPPED:
        os._exit(code)
    gc.freeze()
    sys.exit(code)


def _flushed(stream: Any) -> None:
    """Flush a stream; where nobody listens any more, turn it to nowhere, so that ending says nothing of it."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

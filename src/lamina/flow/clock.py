"""How long the process has been running, and what it runs on."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import version
from pathlib import Path
from typing import Any

LIBRARIES = ("lamina", "torch", "numpy", "pyarrow", "pillow", "scikit-learn", "safetensors")
COMMAND: ContextVar[bool] = ContextVar("command", default=False)  # whether this process is one command
_IMPORTED = time.monotonic()


@contextmanager
def command() -> Iterator[None]:
    """What is asked for within began with the process: it is there for that alone."""
    token = COMMAND.set(True)
    try:
        yield
    finally:
        COMMAND.reset(token)


def began() -> float:
    """When what is asked for now began, in seconds of the monotonic clock: a command with its process."""
    return time.monotonic() - _since_start() if COMMAND.get() else time.monotonic()


def _since_start() -> float:
    """Seconds since the process started, imports included; where no system says, since this module was read."""
    try:
        started = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        uptime = float(Path("/proc/uptime").read_text().split()[0])
        return uptime - started / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return time.monotonic() - _IMPORTED


class Stages:
    """Seconds by stage of a run, kept for the report."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the block's time under a name."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - began, 2)


def environment(threads: int, seconds: dict[str, float], loader: dict[str, float]) -> dict[str, Any]:
    """Versions, chip, threads, seconds by stage, and how long a step waited for its batch."""
    return {
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "chip": chip(),
        "threads": threads,
        "seconds": seconds,
        "loader": loader,
    }


def chip() -> str:
    """The processor's name."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()

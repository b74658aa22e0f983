"""A process that dies between two file operations, one that is interrupted, and a disk that is full."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

OPERATIONS = ("replace", "rename", "fsync", "unlink", "mkdir", "rmdir", "fchmod", "truncate")


class Killed(BaseException):
    """The process is dead: from here on no file operation is made, clean-up included."""


@pytest.fixture(autouse=True)
def unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test can cut the power, so none waits for the disk; the calls are still counted."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any], int], bool]:
    """`dying(work, k)`: run work, dead before its k-th file operation; true if it died, false if it came to its end."""

    def run(work: Callable[[], Any], k: int) -> bool:
        made = 0

        def watch(real: Callable[..., Any]) -> Callable[..., Any]:
            def operation(*args: Any, **options: Any) -> Any:
                nonlocal made
                made += 1
                if made > k:
                    raise Killed
                return real(*args, **options)

            return operation

        with monkeypatch.context() as patch:
            for name in OPERATIONS:
                patch.setattr(os, name, watch(getattr(os, name)))
            try:
                work()
            except Killed:
                return True
        return False

    return run


@pytest.fixture
def interrupted() -> Callable[[Callable[[], Any], int], bool]:
    """`interrupted(work, k)`: run work, with Ctrl-C heard before its k-th line of Python, ours or a library's; true if
    it was, false if work came to its end."""

    def run(work: Callable[[], Any], k: int) -> bool:
        lines = 0

        def watch(frame: Any, event: str, _: Any) -> Any:
            nonlocal lines
            lines += event == "line"
            if lines > k:
                raise KeyboardInterrupt
            return watch

        before = sys.gettrace()
        sys.settrace(watch)
        try:
            work()
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(before)
        return False

    return run


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """`with full_disk():` every sync answers that there is no space left."""

    @contextmanager
    def within() -> Iterator[None]:
        def refuse(*_: Any) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", refuse)
            yield

    return within

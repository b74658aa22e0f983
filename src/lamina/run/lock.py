"""One process a run: a lock that the system frees when its holder dies, with the holder's name in it.

The lock is the system's own on an open file (flock), so a file that a killed process left behind holds nobody up; what
stands in the file is only for people. It is a file and not the folder, since NFS locks nothing that is not open for
writing.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from ..config import parse_json
from ..errors import RunError, SettingError
from ..files import json_bytes, said
from ..findings import printable

LOCK = "lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock while the block runs. Raises RunError naming the holder where another process has it."""
    place = folder / LOCK
    with said(place):
        handle = _taken(place)
    try:
        yield
    finally:
        with suppress(OSError):  # while it is still held: whoever opened it before finds that it is gone
            place.unlink()
        os.close(handle)


def _taken(place: Path) -> int:
    """The open file, locked, with our name in it."""
    while True:
        handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is(handle, place):
                os.ftruncate(handle, 0)
                os.pwrite(handle, json_bytes(_holder()), 0)
                return handle
        except BlockingIOError:
            os.close(handle)
            raise _refusal(place) from None
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # its last holder took it away meanwhile


def _is(handle: int, place: Path) -> bool:
    """Whether an open file is the one that stands in a place."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(place))
    except FileNotFoundError:
        return False


def _holder() -> dict[str, str | int]:
    """This process, as another one is told of it."""
    return {
        "process": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now().astimezone().isoformat(" ", "seconds"),
        "command": shlex.join([_program(), *sys.argv[1:]]),
    }


def _program() -> str:
    """The name of what is run; of a package run with -m its own."""
    path = Path(sys.argv[0])
    return path.parent.name if path.name == "__main__.py" else path.name


def _refusal(place: Path) -> RunError:
    """Who holds a lock, and what to do."""
    found = {}
    with suppress(OSError, SettingError):  # it may just be writing its name
        read = parse_json(place.read_bytes(), LOCK)
        found = read if isinstance(read, dict) else {}
    run, pid = place.parent, found.get("process")
    if not isinstance(pid, int):
        who, stop = "another process", "stop it"
    else:
        host, since = printable(str(found.get("host"))), printable(str(found.get("since")))
        who = f"process {pid} on {host} since {since} ({printable(str(found.get('command')))})"
        stop = f"kill -{signal.SIGTERM.name[3:]} {pid}" + ("" if host == socket.gethostname() else f" on {host}")
        stop += ", which saves and ends it,"
    return RunError(
        f"{run} is being written by {who}",
        expected="one process a run",
        fix=f"wait for it, or {stop} or give another --out",
    )

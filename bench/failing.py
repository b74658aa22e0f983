"""A run written to a disk that fails, or by a process that is killed, at every one of its operations.

Runs under `failing.c`, which `proof_files` compiles and loads before the C library; prints a JSON line a promise. Every
trial is a forked process, so that torch is imported once.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.writing import again, write
from lamina.errors import RunError

ONCE, FULL, SHORT, KILL = 1, 2, 3, 4
NEVER = 1 << 30
ROOM = re.compile(r"needs [\d,]+ bytes and [\d,]+ are free")
ROUNDS = 3


def arm(at: int, how: int, number: int = 0) -> None:
    """Make an operation of this process go wrong."""
    ctypes.CDLL(None).arm(at, how, number)


def forked(work: Callable[[Callable[[int], object]], object], seconds: float | None = None) -> tuple[int, list[str]]:
    """Do some work in a forked process, and kill it after some seconds; the last step said, and what it raised."""
    read, write_end = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(read)
        try:
            work(lambda n: os.write(write_end, f"{n}\n".encode()))
        except RunError as error:
            arm(NEVER, 0)
            os.write(write_end, (json.dumps(str(error)) + "\n").encode())
        except BaseException:
            arm(NEVER, 0)
            os.write(write_end, (json.dumps(traceback.format_exc()) + "\n").encode())
        os._exit(0)
    os.close(write_end)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
    with os.fdopen(read) as pipe:
        lines = [json.loads(line) for line in pipe]
    os.waitpid(pid, 0)
    steps = [line for line in lines if isinstance(line, int)]
    return max(steps, default=0), [line for line in lines if isinstance(line, str)]


def writing(
    place: Path, goes_wrong: tuple[int, ...] = (NEVER, 0), rounds: int = ROUNDS, size: int = 2000, most: int = -1
) -> Callable[[Callable[[int], object]], object]:
    """The work of a process, with an operation that goes wrong, or a limit of so many bytes a file."""

    def work(say: Callable[[int], object]) -> None:
        if most >= 0:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        arm(*goes_wrong)
        write(place, rounds, say, size)

    return work


class Trials:
    """A row of the table in the making."""

    def __init__(self, folder: Path):
        self.folder, self.made, self.wrong, self.began = folder, 0, [], time.monotonic()

    def place(self) -> Path:
        """A folder for the next trial."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.made += 1
        return self.folder

    def add(self, what: str, wrong: list[str]) -> None:
        """What did not hold in a trial."""
        self.wrong += [f"{what}: {line}" for line in wrong[:1]]

    def row(self, says: str) -> str:
        """As JSON."""
        seconds = time.monotonic() - self.began
        row = {"says": says, "trials": self.made, "failures": len(self.wrong), "seconds": seconds, "why": self.wrong}
        return json.dumps(row)


def operations(folder: Path) -> int:
    """How many operations the work is."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    def work(say: Callable[[int], object]) -> None:
        arm(NEVER, KILL)
        write(folder, ROUNDS)
        say(ctypes.CDLL(None).made())

    return forked(work)[0]


def killed(folder: Path, kills: int, seed: int) -> Trials:
    """Kill once at every operation, then twice in a row, then at random moments in large files."""
    trials, draw, total = Trials(folder), random.Random(seed), operations(folder)
    moments = [(k,) for k in range(total)]
    moments += [(draw.randrange(total), draw.randrange(total)) for _ in range(max(0, kills // 2 - total) // 2)]
    for ends in moments if kills >= 2 * total else draw.sample(moments, kills // 2):
        place, said = trials.place(), 0
        for k in ends:
            now, raised = forked(writing(place, (k, KILL)))
            said = max(said, now)
            trials.add(f"killed at {ends}", raised)
        trials.made += len(ends) - 1
        trials.add(f"killed at {ends}", again(place, said))
    while trials.made < kills:
        place, seconds = trials.place(), draw.uniform(0, 0.08)
        said, raised = forked(writing(place, rounds=10**6, size=500_000), seconds)
        trials.add(f"killed after {seconds:.4f} s", raised + again(place, said))
    return trials


def failed(folder: Path, step: int) -> Trials:
    """Every `step`-th operation fails, in each of the ways that a disk can."""
    trials, total = Trials(folder), operations(folder)
    ways = {
        "full": (FULL, 0, "disk is full"),
        "full once": (ONCE, errno.ENOSPC, "disk is full"),
        "a fault": (ONCE, errno.EIO, "disk fails"),
        "half a write": (SHORT, 0, None),
    }
    for at in range(0, total, step):
        for name, (how, number, words) in ways.items():
            place = trials.place()
            said, raised = forked(writing(place, (at, how, number)))
            wrong = refused_wrongly(raised, words)
            if not raised and said < ROUNDS:
                wrong.append("neither finished nor refused")
            trials.add(f"{name} at {at}", wrong + again(place, said))
    return trials


def no_room(folder: Path, step: int) -> Trials:
    """A small disk with a few bytes left, and a limit on the size of files."""
    trials = Trials(folder)
    for left in range(0, 64_000, step):
        place = trials.place()
        said, _ = forked(writing(place, rounds=1))
        with open(place.parent / "filler", "wb") as filler:
            room = shutil.disk_usage(place).free - left
            filler.write(bytes(max(0, room)))
        more, raised = forked(writing(place, rounds=4))
        os.unlink(place.parent / "filler")
        trials.add(f"{left} bytes left", refused_wrongly(raised, "disk is full") + again(place, max(said, more)))
    return trials


def limited(folder: Path, step: int) -> Trials:
    """No file may be larger than so many bytes."""
    trials = Trials(folder)
    for most in range(0, 9_000, step):
        place = trials.place()
        said, raised = forked(writing(place, most=most))
        trials.add(f"files of {most} bytes", refused_wrongly(raised, "limit on the size") + again(place, said))
    return trials


def refused_wrongly(raised: list[str], words: str | None) -> list[str]:
    """What is wrong with what was raised: words that should be there, bytes needed and free, no traceback."""
    wrong = [text for text in raised if words is None or words not in text or not ROOM.search(text)]
    return [f"said {text!r}" for text in wrong]


def rows(words: list[str]) -> Iterator[str]:
    """A promise a line: `kills FOLDER KILLS`, `fails FOLDER STEP`, `room FOLDER STEP`."""
    what, folder, number = words[0], Path(words[1]) / "trial", int(words[2])
    if what == "kills":
        yield killed(folder, number, 0).row("killed in the middle of a write, a run is whole, and nothing is astray")
    elif what == "fails":
        yield failed(folder, number).row("a full disk, a fault, half a write at each write: nothing is lost")
    elif what == "limit":
        yield limited(folder, number).row("a limit on the size of files: nothing is lost")
    else:
        yield no_room(folder, number).row("a disk that is really full (tmpfs): nothing is lost")


if __name__ == "__main__":
    for line in rows(sys.argv[1:]):
        print(line, flush=True)

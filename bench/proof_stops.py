"""Proof of stops: asked to stop at any moment, by whatever signal, a run ends in 10 seconds with everything saved.

    python -m bench.proof stops

Whole commands are started, stopped and gone on with; what they leave is compared with runs that were left in peace.
Then streams that close, strange terminals and locales, a first process that dies before the others, and what
checkpoints cost.
"""

from __future__ import annotations

import fcntl
import os
import pty
import random
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from bench.made import TASKS
from bench.proof import Promise
from bench.proof_kill import Proof, compare, hashes
from lamina.flow.disk import Disk
from lamina.forms import Batch, Vector
from lamina.heads import NumberHead
from lamina.objectives import Supervised
from lamina.recipe import Budget, Recipe
from lamina.run import RunDirectory
from lamina.teller import Quiet
from lamina.train import Session, fit

WITHIN = 10.0  # seconds from the signal to the end
SHARE = 0.02  # of training that checkpoints may cost
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
LAMINA = [sys.executable, "-m", "lamina"]
LEFT = 15.0  # seconds after which no process may be left of one that was killed

FULL = "a device without room"
SURROUNDINGS = {
    "no standard input": ("<&-", {}),
    "no standard output": (">&-", {}),
    "no standard error": ("2>&-", {}),
    "no stream at all": ("<&- >&- 2>&-", {}),
    "a listener that leaves": ("2>&1 | head -1", {}),
    FULL: (">/dev/full", {}),
    "20 columns": ("", {"COLUMNS": "20"}),
    "the locale C": ("", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    "a locale that is not there": ("", {"LC_ALL": "xx_YY.UTF-9"}),
    "Turkish, where I is not i": ("", {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}),
    "ASCII alone": ("", {"PYTHONIOENCODING": "ascii"}),
    "no TERM and no HOME": ("", {"TERM": "", "HOME": "/nonexistent"}),
}


def promises(quick: bool) -> Iterator[Promise]:
    """What is stopped is saved, what surrounds a run does it no harm, and being safe costs little."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield stopped(folder, "numbers", 4 if quick else 24, burst=1)
        yield stopped(folder, "digits", 2 if quick else 8, burst=5)
        yield surrounded(folder, list(SURROUNDINGS)[:: 6 if quick else 1])
        yield left_alone(folder, 1 if quick else 3)
        yield cost(folder, 25.0 if quick else 60.0)


def stopped(folder: Path, task: str, stops: int, burst: int, seed: int = 0) -> Promise:
    """Stop runs of a task at random moments, by one signal or several in a row, and go on until they finish."""
    began, draw, proof, done = time.monotonic(), random.Random(seed), Proof(), 0
    here = folder / f"{task}-{burst}"
    here.mkdir()
    asked = TASKS[task].asked(here)
    start = time.monotonic()
    subprocess.run([*LAMINA, *asked, "--out", here / "peaceful"], capture_output=True, check=True)
    whole, want, number, slowest = time.monotonic() - start, hashes(here / "peaceful"), 0, 0.0
    while done < stops:
        run = here / f"stopped-{number}"
        words = ["fit", str(run), "--resume"] if run.exists() else [*asked, "--out", str(run)]
        with subprocess.Popen([*LAMINA, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            listening(process)
            time.sleep(draw.uniform(0, whole))
            sent = time.monotonic()
            for _ in range(burst):
                process.send_signal(draw.choice(SIGNALS))
                time.sleep(draw.uniform(0, 0.02) if burst > 1 else 0)
            _, said = process.communicate()
        seconds = time.monotonic() - sent
        if process.returncode == 0:
            compare(want, run, proof)
            number += 1
            continue
        done, slowest = done + 1, max(slowest, seconds)
        if process.returncode != 75 or seconds > WITHIN or "Traceback" in said:
            proof.wrong.append(f"exit code {process.returncode} after {seconds:.1f} s: {said[-1000:]}")
        proof.wrong += [f"astray: {path}" for path in here.rglob(".lamina-*")]
    if run.exists() and number == int(run.name.rpartition("-")[2]):
        subprocess.run([*LAMINA, "fit", run, "--resume"], capture_output=True, check=True)
        compare(want, run, proof)
    says = f"stopped by {burst} signal(s): exit code 75, slowest {slowest:.1f} s, then equal bytes"
    return Promise(says, stops, len(proof.wrong), time.monotonic() - began, tuple(proof.wrong))


def listening(process: subprocess.Popen[str]) -> None:
    """Wait until a process has a handler of its own for SIGTERM; before, there is nothing it could save."""
    while process.poll() is None:
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("SigCgt") and int(line.split()[1], 16) >> (signal.SIGTERM - 1) & 1:
                return
        time.sleep(0.005)


def surrounded(folder: Path, names: list[str]) -> Promise:
    """Train a moment in each of some surroundings, and on a terminal of 20 columns."""
    began, wrong, words = time.monotonic(), [], " ".join([*LAMINA, "fit", "iris", "--steps", "5"])
    for number, name in enumerate(names):
        streams, settings = SURROUNDINGS[name]
        run = folder / f"around-{number}"
        line = f"({words} --out {run}; echo $? > {run}.code) {streams}"
        subprocess.run(["bash", "-c", line], env={**os.environ, **settings}, capture_output=True)
        code = Path(f"{run}.code").read_text().strip()
        if code != ("2" if name == FULL else "0") or not (run / "report.html").exists():
            wrong.append(f"{name}: exit code {code}, a report: {(run / 'report.html').exists()}")
    if terminal([*words.split(), "--out", str(folder / "terminal")]) or not (folder / "terminal/report.html").exists():
        wrong.append("a terminal of 20 columns")
    says = "streams that close, narrow terminals, odd locales: the run is whole"
    return Promise(says, len(names) + 1, len(wrong), time.monotonic() - began, tuple(wrong))


def terminal(words: list[str]) -> int:
    """The exit code of a command on a terminal of 20 columns and 3 lines."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 3, 20, 0, 0))
    process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    try:
        while os.read(ours, 65536):
            pass
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    return process.wait()


def left_alone(folder: Path, times: int) -> Promise:
    """Kill the first of two processes of a run, and look for the other."""
    began, wrong = time.monotonic(), []
    for number in range(times):
        words = ["fit", "digits", "--epochs", "2000", "--plan", "default", "--ranks", "2"]
        run = folder / f"alone-{number}"
        process = subprocess.Popen(
            [*LAMINA, *words, "--out", run],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while process.poll() is None and not (run / "log.jsonl").exists():
            time.sleep(0.1)
        alive = in_session(process.pid)
        process.kill()
        process.wait()
        end = time.monotonic() + LEFT
        while (left := in_session(process.pid)) and time.monotonic() < end:
            time.sleep(0.1)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        if len(alive) < 2:
            wrong.append(f"there were {len(alive)} processes, not two")
        if left:
            wrong.append(f"{len(left)} processes were left")
    says = f"when the first process of a run dies, no other is left after {LEFT:.0f} s"
    return Promise(says, times, len(wrong), time.monotonic() - began, tuple(wrong))


def in_session(leader: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(session) == leader and state != "Z":
            found.append(int(path.parent.name))
    return found


class Wide(torch.nn.Module):
    """A net whose weights are many for the work that they are."""

    def __init__(self, width: int):
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Linear(8, width), torch.nn.Linear(width, width))
        self.head = NumberHead(width)

    def forward(self, inputs: dict[str, torch.Tensor]) -> Vector:
        return Vector(self.body(inputs["x"]))


def batches(start: int) -> Iterator[Batch]:
    """One batch, without end."""
    x = torch.linspace(-1, 1, 32 * 8).view(32, 8)
    while True:
        yield Batch({"x": x}, {"y": x.sum(1)}, torch.arange(32) + start)


def cost(folder: Path, seconds: float) -> Promise:
    """Train nets of two sizes for some time with checkpoints at the usual interval, and time them."""
    began, told, wrong = time.monotonic(), [], []
    for width in (64, 1024):
        recipe = Recipe(budget=Budget(minutes=seconds / 60))
        disk, taken = Disk(RunDirectory.create(folder / f"cost-{width}", {}), Quiet(), {}), []

        def save(*what: Any, plain: Any = disk.save, taken: list[float] = taken) -> None:
            start = time.monotonic()
            plain(*what)
            taken.append(time.monotonic() - start)

        disk.save = save
        fit(Supervised(Wide(width), "y"), batches, recipe, None, Session(recipe, seconds=seconds, keeper=disk))
        *during, _ = taken  # the last one is made when training is over
        told.append(f"{100 * sum(during) / seconds:.1f} % ({len(during)})")
        wrong += [f"{width} wide: {told[-1]}"] if sum(during) > SHARE * seconds else []
    says = f"checkpoints at the usual interval cost 2 % of training at most: {', '.join(told)}"
    return Promise(says, len(told), len(wrong), time.monotonic() - began, tuple(wrong))

"""Proof by fuzzing: whatever bytes a reader is given, it refuses them in the user's words or takes them.

    python -m bench.proof_fuzz [READER …] --trials 2000 --seed 0
    python -m bench.proof_fuzz READER --input FILE

libFuzzer, through atheris (Linux on x86-64), changes the small inputs of `bench/fuzz.py` and keeps what comes to lines
of the readers that nothing came to before. Each reader has a process of its own. The seed decides the inputs; one that
fails is kept in runs/fuzz/READER, and the second line above gives it to the reader again. The exit code is 1 where one
failed.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.proof import Promise

KEPT = Path("runs/fuzz")
SHM = Path("/dev/shm")  # inputs are files, written anew for each trial: in memory where that can be
LONGEST = 1 << 14  # bytes of an input
STUCK = 60  # seconds after which a reader that no signal reaches is ended


@dataclass(frozen=True)
class Tried:
    """What came of one reader."""

    name: str
    trials: int
    failures: tuple[str, ...]
    seconds: float


def promises(quick: bool) -> Iterator[Promise]:
    """A line for each reader."""
    for tried in every((), 200 if quick else 2_000, 0):
        says = f"any bytes are refused or read: {tried.name}"
        yield Promise(says, tried.trials, len(tried.failures), tried.seconds, tried.failures)


def every(names: tuple[str, ...], trials: int, seed: int) -> Iterator[Tried]:
    """Each of some readers, or all. What they are made of is imported once, so that all lines of it are watched, by a
    process of its own, which leaves one of its own to each reader."""
    words = ["--within", "--trials", str(trials), "--seed", str(seed), *names]
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "said.txt").open("w") as said:
        command = [sys.executable, "-m", "bench.proof_fuzz", *words]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True) as process:
            for line in process.stdout or ():
                name, code, seconds = json.loads(line)
                yield told(name, code, seconds)
    if process.returncode:
        why = " ".join((KEPT / "said.txt").read_text(errors="replace").split()[-20:])
        yield Tried("all readers", 0, (f"their process ended with {process.returncode}: {why}",), 0.0)


def told(name: str, code: int, seconds: float) -> Tried:
    """What the process of a reader left: its failures line by line, and on its last breath a crash."""
    kept = place_of(name)
    log, said = kept / "failures.jsonl", (kept / "said.txt").read_text(errors="replace")
    failures = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    why = [f"{one['why']}  ({one['file']})" for one in failures]
    counts = re.findall(r"^(?:#|Done )(\d+)", said, re.MULTILINE)
    if code:
        why.append(f"its process ended with {code}: {' '.join(said.split()[-12:])}  ({kept})")
    return Tried(name, int(counts[-1]) if counts else 0, tuple(why), seconds)


def place_of(name: str) -> Path:
    """Where the inputs that failed a reader are kept."""
    return KEPT / re.sub(r"\W+", "_", name)


def within(names: list[str], trials: int, seed: int) -> None:
    """Fuzz some readers, or all, and print a line for each: its name, how it ended, and the seconds it took."""
    import atheris

    with atheris.instrument_imports(include=["lamina"]):
        fuzz: Any = importlib.import_module("bench.fuzz")
    makers = fuzz.makers()
    for name in names or makers:
        kept = place_of(name)
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        began = time.monotonic()
        with tempfile.TemporaryDirectory(dir=SHM if SHM.is_dir() else None) as folder:
            child = os.fork()
            if not child:
                with (kept / "said.txt").open("w") as said:
                    os.dup2(said.fileno(), 1)
                    os.dup2(said.fileno(), 2)
                one(fuzz, makers[name], Path(folder), kept, trials, seed)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps([name, code, time.monotonic() - began]), flush=True)


def one(fuzz: Any, make: Callable[[Path], Any], folder: Path, kept: Path, trials: int, seed: int) -> None:
    """In the process of one reader: fuzz it, and keep the first input of each failure. Does not come back.

    It ends itself after its trials: libFuzzer would wait for all threads while it holds Python, which those of pyarrow
    may be waiting for.
    """
    import atheris

    corpus, source = folder / "corpus", folder / "source"
    corpus.mkdir(), source.mkdir()
    target = make(source)
    for seeded in target.seeds:
        (corpus / fuzz.named(seeded)).write_bytes(seeded)
    seen: set[str] = set()
    counted = itertools.count(1)

    def trial(data: bytes) -> None:
        error = fuzz.outcome(target, data)
        if error is not None and place(error) not in seen:
            seen.add(place(error))
            (kept / fuzz.named(data)).write_bytes(data)
            what = {"why": f"{place(error)}: {error}"[:300], "file": str(kept / fuzz.named(data))}
            with (kept / "failures.jsonl").open("a") as file:
                file.write(json.dumps(what) + "\n")
        if (done := next(counted)) == trials:
            os.write(2, f"Done {done} runs\n".encode())
            os._exit(0)

    longest = max(LONGEST, *(2 * len(seeded) for seeded in target.seeds))
    limits = [f"-max_len={longest}", f"-timeout={STUCK}", "-rss_limit_mb=6000", f"-artifact_prefix={kept}/"]
    atheris.Setup(["fuzz", f"-seed={seed + 1}", *limits, str(corpus)], trial)
    atheris.Fuzz()


def place(error: BaseException) -> str:
    """The name of an error and the last line of ours that it came through."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "/lamina/" in frame.filename]
    at = f" in {ours[-1].filename.rpartition('/lamina/')[2]}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{at}"


def replay(name: str, file: Path) -> int:
    """Give one kept input to its reader, and show what comes of it."""
    fuzz: Any = importlib.import_module("bench.fuzz")
    with tempfile.TemporaryDirectory() as folder:
        error = fuzz.outcome(fuzz.makers()[name](Path(folder)), file.read_bytes())
    if error is None:
        print(f"{name} refuses {file} or reads it")
        return 0
    traceback.print_exception(error)
    return 1


def main() -> int:
    """The command."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("readers", nargs="*", metavar="READER")
    words.add_argument("--trials", type=int, default=2_000)
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--input", type=Path, help="an input that was kept")
    words.add_argument("--within", action="store_true", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.within:
        within(given.readers, given.trials, given.seed)
        return 0
    if given.input:
        return replay(given.readers[0], given.input)
    print(f"{'reader':<32}{'trials':>8}{'failures':>10}{'seconds':>9}", flush=True)
    failed = 0
    for tried in every(tuple(given.readers), given.trials, given.seed):
        print(f"{tried.name:<32}{tried.trials:>8,}{len(tried.failures):>10,}{tried.seconds:>9.1f}", flush=True)
        for why in tried.failures:
            print(f"    {why}", flush=True)
        failed += len(tried.failures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

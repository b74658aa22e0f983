"""Proof by killing: a run that is killed at random moments ends in the same bytes as one that never was.

    python -m bench.proof_kill --task digits --kills 20 --seed 0

One run is trained without disturbance. Then runs of the same request are killed with SIGKILL at moments drawn uniformly
over the time the first one took (reading, planning, training, scoring and reporting included) and taken up again with
`--resume` until they finish; a run that finishes before all kills are spent is followed by another. Every finished
run is compared with the first one, file by file. Each start is a fork of one process that has loaded the libraries, so
that kills are not spent on loading them. Prints where the kills fell; the exit code is 1 where a byte differs.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.made import TASKS
from bench.proof import Promise

ITS_OWN = {
    "environment.json",
    "report.html",
    "manifest.json",
    "request.json",
}  # seconds, and the words it was asked with
NEWEST = "the newest slot of resume/"
# How far a run had come when it was killed, by the last of these files that it held.
STAGES = {
    "report.html": "reported",
    "scores.json": "reporting",
    "predictions.parquet": "scored",
    "weights.safetensors": "scoring",
    "log.jsonl": "training",
    "plan.json": "planned",
    "recipe.json": "planning",
    "data.json": "decoded",
    "request.json": "reading",
}


@dataclass
class Proof:
    """What was seen: kills by stage, launches, finished runs, and the files that differ, with the runs they are of."""

    kills: Counter[str] = field(default_factory=Counter)
    launches: int = 0
    finished: int = 0
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0


def prove(folder: Path, asked: list[str], *, kills: int, seed: int) -> Proof:
    """Train once in peace, then kill and resume so many times, and compare. Works in `folder` and leaves the runs."""
    began, proof, draw = time.monotonic(), Proof(), random.Random(seed)
    launch(asked, folder / "peaceful", None, proof)  # what is read for the first time is slower
    started = time.monotonic()
    launch(asked, folder / "again", None, proof)
    whole = time.monotonic() - started
    want = hashes(folder / "peaceful")
    compare(want, folder / "again", proof)
    while proof.kills.total() < kills and not proof.wrong:
        run = folder / f"killed-{proof.finished}"
        while not (done := launch(asked, run, draw.uniform(0, whole), proof)) and proof.kills.total() < kills:
            pass
        if not done:  # the kills are spent
            launch(asked, run, None, proof)
        proof.finished += 1
        compare(want, run, proof)
    proof.seconds = time.monotonic() - began
    return proof


def launch(asked: list[str], run: Path, seconds: float | None, proof: Proof) -> bool:
    """Start or resume a run, and kill it after some seconds; true where it came to its end before."""
    words = ["fit", str(run), "--resume"] if run.exists() else [*asked, "--out", str(run)]
    proof.launches += 1
    said = run.with_suffix(".said")
    pid = os.fork()
    if not pid:
        carry_out(words, said)
    end = time.monotonic() + (seconds if seconds is not None else 1e9)
    while time.monotonic() < end:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            if status:
                code = os.waitstatus_to_exitcode(status)
                proof.wrong.append(f"{run.name}: exit code {code}: {said.read_text()[-2000:]}")
            return True
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    proof.kills[stage(run)] += 1
    return False


def carry_out(words: list[str], said: Path) -> None:
    """The command, in this process, which ends with it."""
    from lamina.cli.entry import run

    code = 1
    try:
        handle = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for number in (1, 2):
            os.dup2(handle, number)
        code = run(words)
        sys.stderr.flush()
    finally:
        os._exit(code)


def stage(run: Path) -> str:
    """How far a run has come, by the files it holds."""
    return next((name for file, name in STAGES.items() if (run / file).exists()), "starting")


def compare(want: dict[str, str], run: Path, proof: Proof) -> None:
    """Note every file of a finished run that is not as it should be."""
    found = hashes(run)
    proof.wrong += [
        f"{run.name}: {name} differs" for name in sorted({*want, *found}) if found.get(name) != want.get(name)
    ]


def hashes(run: Path) -> dict[str, str]:
    """The SHA-256 of each file that must be equal, and of what the newest checkpoint holds but for the clock."""
    files = {p.relative_to(run).as_posix(): p for p in run.rglob("*") if p.is_file()}
    found = {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in files.items()
        if name not in ITS_OWN and not name.startswith("resume/")
    }
    slots = run.glob("resume/*/manifest.json")
    newest = max(slots, key=lambda path: json.loads(path.read_bytes())["number"], default=None)
    if newest:
        state = {k: v for k, v in json.loads(newest.with_name("state.json").read_bytes()).items() if k != "elapsed"}
        tensors = hashlib.sha256(newest.with_name("tensors.safetensors").read_bytes()).hexdigest()
        found[NEWEST] = f"{tensors} {json.dumps(state, sort_keys=True)}"
    return found


def promises(quick: bool) -> Iterator[Promise]:
    """A run killed at random moments ends in the bytes of an undisturbed one, whatever is learned."""
    kills = 24 if quick else 208
    for name, task in TASKS.items():
        words = ["--task", name, "--kills", str(kills // len(TASKS)), "--json"]
        done = subprocess.run([sys.executable, "-m", "bench.proof_kill", *words], stdout=subprocess.PIPE, text=True)
        says = f"killed at random moments, a run ends in the same bytes: {task.says}"
        row = json.loads(done.stdout or "{}") or {"kills": 1, "wrong": ["it could not be tried"], "seconds": 0}
        yield Promise(says, row["kills"], len(row["wrong"]), row["seconds"], tuple(row["wrong"]))


def table(proof: Proof) -> str:
    """The kills by stage, and what differs."""
    rows = [f"{'killed while':<24}{'times':>8}"]
    rows += [f"{name:<24}{count:>8}" for name, count in proof.kills.most_common()]
    rows += [f"{'in all':<24}{proof.kills.total():>8}", ""]
    rows += [f"{proof.launches} launches, {proof.finished} runs in {proof.seconds:.0f} s", *proof.wrong]
    return "\n".join(rows)


def main() -> int:
    """The command."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--kills", type=int, default=20)
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--task", default="digits", choices=TASKS)
    words.add_argument("--json", action="store_true", help="one object instead of a table")
    given = words.parse_args()
    for name in ("lamina.cli.entry", "lamina.flow", "sklearn.ensemble"):
        importlib.import_module(name)  # before the forks
    with tempfile.TemporaryDirectory() as folder:
        asked = TASKS[given.task].asked(Path(folder))
        proof = prove(Path(folder), asked, kills=given.kills, seed=given.seed)
    row = {"kills": proof.kills.total(), "wrong": proof.wrong, "seconds": proof.seconds}
    print(json.dumps(row) if given.json else table(proof))
    return 1 if proof.wrong else 0


if __name__ == "__main__":
    sys.exit(main())

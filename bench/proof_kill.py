"""Proof by killing: a run that is killed at random moments ends in the same bytes as one that never was.

    python -m bench.proof_kill --kills 200 --seed 0

One run is trained without disturbance. Then runs of the same request are killed with SIGKILL at moments drawn uniformly
over the time the first one took (reading, planning, training, scoring and reporting included) and taken up again with
`--resume` until they finish; a run that finishes before all kills are spent is followed by another. Every finished
run is compared with the first one, file by file. Prints one table; the exit code is 1 where a byte differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.proof import Promise

FILES = ("weights.safetensors", "log.jsonl", "calibration.json", "scores.json", "predictions.parquet")
CHECKPOINT = "newest slot of resume/"
STAGES = ("importing", "reading", "training", "closing", "reported")  # how far a run had come when it was killed


@dataclass
class Proof:
    """What was seen: kills by stage, launches, finished runs, and the files that differ, with the runs they are of."""

    kills: Counter[str] = field(default_factory=Counter)
    launches: int = 0
    finished: int = 0
    differ: list[tuple[str, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0


def prove(folder: Path, *, kills: int, seed: int, epochs: int, source: str = "digits") -> Proof:
    """Train once in peace, then kill and resume so many times, and compare. Works in `folder` and leaves the runs."""
    began, proof, draw = time.monotonic(), Proof(), random.Random(seed)
    asked = ["fit", source, "--epochs", str(epochs), "--plan", "default", "--set", "train.save_seconds=0.05"]
    peaceful = folder / "peaceful"
    launch(asked, peaceful, None, proof)
    whole = time.monotonic() - began
    want = hashes(peaceful)
    while proof.kills.total() < kills and not proof.failed:
        run = folder / f"killed-{proof.finished}"
        while not (done := launch(asked, run, draw.uniform(0, whole), proof)) and proof.kills.total() < kills:
            pass
        if not done:  # the kills are spent
            launch(asked, run, None, proof)
        proof.finished += 1
        found = hashes(run)
        proof.differ += [(run.name, name) for name in want if found[name] != want[name]]
    proof.seconds = time.monotonic() - began
    return proof


def promises(quick: bool) -> Iterator[Promise]:
    """A run killed at random moments ends in the bytes of an undisturbed one."""
    with tempfile.TemporaryDirectory() as folder:
        proof = prove(Path(folder), kills=20 if quick else 200, seed=0, epochs=6)
    why = (*proof.failed, *(f"{run}: {name} differs" for run, name in proof.differ))
    says = "killed at random moments, a run ends in the same bytes: digits"
    yield Promise(says, proof.kills.total(), len(why), proof.seconds, why)


def launch(asked: list[str], run: Path, seconds: float | None, proof: Proof) -> bool:
    """Start or resume a run, and kill it after some seconds; true where it came to its end before."""
    words = ["fit", str(run), "--resume"] if run.exists() else [*asked, "--out", str(run)]
    proof.launches += 1
    process = subprocess.Popen(
        [sys.executable, "-m", "lamina", *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        _, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        proof.kills[stage(run)] += 1
        return False
    if process.returncode:
        proof.failed.append(f"{run.name}: exit code {process.returncode}\n{errors}")
    return True


def stage(run: Path) -> str:
    """How far a run has come, by the files it holds."""
    marks = (("report.html", 4), ("weights.safetensors", 3), ("plan.json", 2), ("request.json", 1))
    return STAGES[next((number for name, number in marks if (run / name).exists()), 0)]


def hashes(run: Path) -> dict[str, str]:
    """The SHA-256 of each file that must be equal, "missing" where it is not there."""
    newest = max(
        run.glob("resume/*/manifest.json"), key=lambda path: json.loads(path.read_bytes())["number"], default=None
    )
    places = {name: run / name for name in FILES}
    places[CHECKPOINT] = newest.with_name("tensors.safetensors") if newest else run / "resume"
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
        for name, path in places.items()
    }


def table(proof: Proof) -> str:
    """The kills by stage, and each file with the runs in which it was equal."""
    rows = [f"{'killed while':<24}{'times':>8}"]
    rows += [f"{name:<24}{proof.kills[name]:>8}" for name in STAGES]
    rows += [f"{'in all':<24}{proof.kills.total():>8}", "", f"{'file':<24}{'equal in':>8}"]
    for name in (*FILES, CHECKPOINT):
        wrong = sum(name == other for _, other in proof.differ)
        rows.append(f"{name:<24}{f'{proof.finished - wrong} of {proof.finished}':>8}")
    rows += ["", f"{proof.launches} launches in {proof.seconds:.0f} s", *proof.failed]
    return "\n".join(rows)


def main() -> int:
    """The command."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--kills", type=int, default=100)
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--epochs", type=int, default=6)
    words.add_argument("--source", default="digits")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        proof = prove(Path(folder), kills=given.kills, seed=given.seed, epochs=given.epochs, source=given.source)
    print(table(proof))
    return 1 if proof.differ or proof.failed else 0


if __name__ == "__main__":
    sys.exit(main())

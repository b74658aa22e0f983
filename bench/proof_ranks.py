"""Proof by killing one of a team: torchrun starts it again, and the run ends in the bytes of an undisturbed one.

    python -m bench.proof_ranks --kills 12 --seed 0

A team of two trains once without disturbance. Then one process of such teams, the first or the second, is killed at a
moment drawn uniformly over the time the undisturbed one took (reading, meeting, training, scoring and reporting
included), or, every other time, soon after training has begun; three times a team at most. torchrun starts the team
again each time, and `--resume` goes on with the run.
Each run that is finished is compared with the undisturbed one, file by file. The exit code is 1 where a byte differs.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from bench.made import TASKS
from bench.proof import Promise
from bench.proof_kill import Proof, compare, hashes, stage, table

SOON = 3.0  # seconds
AGAIN = 3  # times that a team is started again, at most
SHARDS = ("--set", "train.sharded=true")
LONGEST = 300.0  # seconds from the last kill on within which a team has ended


def prove(folder: Path, task: str, *, kills: int, seed: int, settings: tuple[str, ...] = ()) -> Proof:
    """Train once in peace, then kill one of the team so many times, and compare."""
    began, proof, draw = time.monotonic(), Proof(), random.Random(seed)
    asked = [*TASKS[task].asked(folder), *settings]
    started = time.monotonic()
    launch(asked, folder / "peaceful", (), draw, proof)
    whole = time.monotonic() - started
    want = hashes(folder / "peaceful")
    while proof.kills.total() < kills and not proof.wrong:
        count = min(AGAIN, kills - proof.kills.total())
        run = folder / f"killed-{proof.finished}"
        moments = [
            ("log.jsonl", draw.uniform(0, SOON)) if i % 2 else ("", draw.uniform(0, whole)) for i in range(count)
        ]
        launch(asked, run, moments, draw, proof)
        proof.finished += 1
        if not proof.wrong:
            compare(want, run, proof)
    proof.seconds = time.monotonic() - began
    return proof


def launch(
    asked: list[str], run: Path, moments: Sequence[tuple[str, float]], draw: random.Random, proof: Proof
) -> None:
    """Start a team of two and kill one of it at some moments, each so many seconds after the last and after a file of
    the run is there."""
    words = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    words += [f"--max-restarts={AGAIN}", "-m", "lamina", *asked, "--resume", "--out", str(run)]
    said = run.with_suffix(".said")
    proof.launches += 1
    with said.open("wb") as out, subprocess.Popen(words, stdout=out, stderr=out) as launcher:
        gone: set[int] = set()
        for file, moment in moments:
            while launcher.poll() is None and not ((run / file).exists() if file else team(launcher.pid, gone)):
                time.sleep(0.01)
            until = time.monotonic() + moment
            while launcher.poll() is None and (time.monotonic() < until or not team(launcher.pid, gone)):
                time.sleep(0.01)
            if launcher.poll() is None:
                members = team(launcher.pid, gone)
                gone |= set(members.values())
                proof.kills[stage(run)] += 1
                with suppress(ProcessLookupError):
                    os.kill(members[draw.choice(sorted(members))], signal.SIGKILL)
        try:
            code = launcher.wait(LONGEST)
        except subprocess.TimeoutExpired:
            launcher.terminate()
            code = launcher.wait()
    if code:
        proof.wrong.append(f"{run.name}: exit code {code}: {said.read_text(errors='replace')[-2000:]}")


def team(launcher: int, gone: set[int]) -> dict[int, int]:
    """The processes that torchrun has started and that are of no team that was ended, by their number."""
    found = {}
    with suppress(OSError):
        for pid in map(int, Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()):
            for word in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                if word.startswith(b"RANK=") and pid not in gone:
                    found[int(word[5:])] = pid
    return found if len(found) == 2 else {}


def promises(quick: bool) -> Iterator[Promise]:
    """A team of which one is killed ends in the same bytes."""
    for what, settings in (("", ()), (" with shards", SHARDS)):
        with tempfile.TemporaryDirectory() as folder:
            proof = prove(Path(folder), "digits", kills=3 if quick else 15, seed=0, settings=settings)
        says = f"one of two{what} is killed, torchrun starts both again: the same bytes"
        yield Promise(says, proof.kills.total(), len(proof.wrong), proof.seconds, tuple(proof.wrong))


def main() -> int:
    """The command."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--kills", type=int, default=12)
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--task", default="digits", choices=TASKS)
    words.add_argument("--sharded", action="store_true")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        proof = prove(
            Path(folder), given.task, kills=given.kills, seed=given.seed, settings=SHARDS if given.sharded else ()
        )
    print(table(proof))
    return 1 if proof.wrong else 0


if __name__ == "__main__":
    sys.exit(main())

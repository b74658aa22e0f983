"""One system as a process of its own: its seconds from start to end, its memory, what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.chip import joules
from bench.peers.jobs import Job, System

# These run in the project's own environment.
OURS = ("lamina", "compiled", "plain", "beside torch", "all with torch", "bare")
HERE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """One process: what it said, its wall seconds, those of a processor, its most memory in MiB, joules of the machine
    where readable. On a core of its own both seconds are alike; on a shared one the second is the surer."""

    line: dict[str, Any]
    seconds: float
    busy: float
    peak: float
    joules: float | None = None

    def at(self, place: int) -> float:
        """Seconds of the whole process, had it ended after judgement `place`: without the epochs after it, and with
        one judgement where there were several."""
        marks, judging = self.line.get("marks") or [0.0], self.line.get("judging", 0.0)
        return self.seconds - (marks[-1] - marks[place]) - judging * (1 - 1 / len(marks))


@dataclass(frozen=True)
class Runner:
    """Runs systems one after the other, peers with the Python of their own environment."""

    python: str

    def run(self, job: Job, system: System, budget: int, seed: int, each: bool = False) -> Ran:
        """Run a system once, judged after `each` epoch where that is asked. Raises SystemExit where it fails."""
        with tempfile.TemporaryDirectory() as folder:
            words = self.command(job, system, budget, seed, each, Path(folder) / "run")
            before, began = joules(), time.monotonic()
            with (Path(folder) / "out").open("w+") as out, (Path(folder) / "err").open("w+") as err:
                environment = {**os.environ, "OMP_NUM_THREADS": "1"}
                child = subprocess.Popen(words, stdout=out, stderr=err, cwd=HERE, env=environment)
                _, status, usage = os.wait4(child.pid, 0)
                took, after = time.monotonic() - began, joules()
                child.returncode = os.waitstatus_to_exitcode(status)
                out.seek(0), err.seek(0)
                said, failed = out.read(), err.read()
            if child.returncode:
                raise SystemExit(f"{' '.join(words)} ended with {child.returncode}: {said[-300:]}{failed[-1200:]}")
            line = {} if system.code else json.loads(said.strip().splitlines()[-1])
            if system.fit:
                line = of_fit(job, line, Path(folder) / "run")
        used = after - before if before is not None and after is not None else None
        peak = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
        return Ran(line, took, usage.ru_utime + usage.ru_stime, peak, used)

    def command(self, job: Job, system: System, budget: int, seed: int, each: bool, out: Path) -> list[str]:
        """The words of the process."""
        python = sys.executable if system.name in OURS else self.python
        if system.fit:
            words = [python, "-m", "lamina", "fit", *system.fit, f"--{system.unit}", str(budget), "--seed", str(seed)]
            return [*words, "--out", str(out), "--json"]
        if system.code:
            return [python, "-c", system.code]
        words = [python, "-m", f"bench.peers.{job.name}_{system.name}", "--budget", str(budget), "--seed", str(seed)]
        if not each:
            return words
        words += ["--each", "--until", str(job.target), *([] if job.higher else ["--lower"])]
        return words


def ceilings() -> str:
    """What the core reaches, in words, measured in a process of its own: a child's peak memory counts from that of
    the process that started it, so this one stays small."""
    words = [sys.executable, "-m", "bench.machine"]
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, cwd=HERE).stdout.strip()


def of_fit(job: Job, said: dict[str, Any], run: Path) -> dict[str, Any]:
    """The line of a `lamina fit`: its score on the test part, the rows it looked at, and its seconds by stage."""
    recipe = json.loads((run / "recipe.json").read_text())["recipe"]
    step = json.loads((run / "log.jsonl").read_text().splitlines()[-1])["step"]
    stages = json.loads((run / "environment.json").read_text())["seconds"]
    return {"score": said["test"][job.score]["value"], "seen": step * recipe["train"]["batch"], "stages": stages}

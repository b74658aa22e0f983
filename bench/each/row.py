"""What a row is, and how one command of it is run and measured."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DATA = Path(os.environ.get("LAMINA_DATA", "../shared/data"))


@dataclass(frozen=True)
class Fitted:
    """One finished `lamina fit`: its run, what scores.json holds, wall seconds, and the most memory it held, in MiB."""

    run: Path
    scores: dict[str, Any]
    seconds: float
    peak: float

    def score(self, name: str) -> dict[str, Any]:
        """A score on the locked test part."""
        found: dict[str, Any] = self.scores["test"][name]
        return found

    def value(self, name: str) -> float:
        """Its value."""
        return float(self.score(name)["value"])

    def baseline(self, name: str, higher: bool = True) -> str:
        """The best baseline by a score, in words."""
        rivals = [(b[name]["value"], who) for who, b in self.scores["baseline"].items() if b.get(name)]
        rivals = [pair for pair in rivals if pair[0] is not None]
        return "{1} {0:.4g}".format(*(max if higher else min)(rivals)) if rivals else "none"


@dataclass(frozen=True)
class Line:
    """One line of the table: what was measured, the score with its interval (or its spread over seeds), what it should
    be, the best baseline, seconds and peak memory of the longest run behind it."""

    what: str
    score: str
    value: float
    low: float | None = None
    high: float | None = None
    wanted: float | None = None
    higher: bool = True
    baseline: str = ""
    seconds: float = 0.0
    peak: float = 0.0

    @property
    def verdict(self) -> str:
        """Whether it is reached; "printed" where nothing is asked."""
        if self.wanted is None:
            return "printed"
        return "yes" if (self.value >= self.wanted if self.higher else self.value <= self.wanted) else "NO"


@dataclass
class Bench:
    """Where runs go, and by how much minutes are stretched on this machine."""

    folder: Path
    stretch: float = 1.0
    count: int = 0
    known: dict[tuple[str, ...], Fitted] = field(default_factory=dict)

    def once(self, *words: str) -> Fitted:
        """As `fit`, once for all rows that lean on the same run: a judge, a teacher."""
        if words not in self.known:
            self.known[words] = self.fit(*words)
        return self.known[words]

    def fit(self, *words: str, seed: int = 0) -> Fitted:
        """Run `lamina fit` in a process of its own. Raises SystemExit with what it said where it fails."""
        self.count += 1
        out = self.folder / f"run-{self.count}"
        command = [sys.executable, "-m", "lamina", "fit", *words, "--seed", str(seed), "--out", str(out), "--json"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        began = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True)
        took = time.monotonic() - began
        peak = max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024
        if done.returncode:
            said = f"{done.stdout[-300:]}{done.stderr[-800:]}"
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {said}")
        return Fitted(out, json.loads((out / "scores.json").read_text()), took, peak)

    def minutes(self, minutes: float) -> str:
        """Minutes of the machine that they are meant for, as minutes of this one."""
        return f"{minutes * self.stretch:.2f}"


@dataclass(frozen=True)
class Row:
    """One row: the name it is asked for by, the problem, its data, the minutes it may take, and how it is measured."""

    name: str
    problem: str
    data: str
    minutes: float
    measure: Callable[[Bench], Iterator[Line]]
    needs: tuple[str, ...] = ()  # paths under the data folder

    @property
    def lacking(self) -> list[str]:
        """What of its data is not there."""
        return [name for name in self.needs if not (DATA / name).exists()]


def over_seeds(what: str, score: str, runs: Sequence[Fitted], wanted: float | None = None, higher: bool = True) -> Line:
    """The mean of a score over runs, with the least and the most as its spread where there are several."""
    values = [run.value(score) for run in runs]
    first = runs[0].score(score)
    low, high = (min(values), max(values)) if len(runs) > 1 else (first["low"], first["high"])
    seconds, peak = max(run.seconds for run in runs), max(run.peak for run in runs)
    mean = sum(values) / len(values)
    return Line(what, score, mean, low, high, wanted, higher, runs[0].baseline(score, higher), seconds, peak)

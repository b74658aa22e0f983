"""What every script of a peer shares: the words it is asked with, and the one JSON line it answers with."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Asked:
    """A budget (epochs or steps), a seed, whether to judge the test part after every epoch, the score that is enough to
    stop at then, whether lower is better, and how many rows to learn from where a toy is enough (0: all)."""

    budget: int
    seed: int = 0
    each: bool = False
    until: float | None = None
    lower: bool = False
    rows: int = 0
    began: float = field(default_factory=time.perf_counter)
    scores: list[float] = field(default_factory=list)  # on the test part, at each judgement
    marks: list[float] = field(default_factory=list)  # seconds until then, less those of earlier judgements
    judging: float = 0.0  # seconds that all judgements took

    def judge(self, ask: Callable[[], float]) -> bool:
        """Score the test part now: `ask` does it. Whether that is enough to stop."""
        now = time.perf_counter()
        self.marks.append(now - self.began - self.judging)
        self.scores.append(float(ask()))
        self.judging += time.perf_counter() - now
        score = self.scores[-1]
        return self.until is not None and (score <= self.until if self.lower else score >= self.until)

    @property
    def epochs(self) -> int:
        """How many epochs were run."""
        return len(self.scores) if self.each else self.budget

    def say(self, weights: int, seen: int, **more: float) -> None:
        """Print the line: score, seconds since the words were read (so without start and imports), peak memory in MiB,
        numbers in the net, training rows looked at, and the judgements on the way."""
        unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
        line = {
            "score": self.scores[-1],
            "seconds": time.perf_counter() - self.began,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit,
            "weights": int(weights),
            "seen": int(seen),
            "scores": self.scores,
            "marks": self.marks,
            "judging": self.judging,
        }
        print(json.dumps(line | more), flush=True)


def asked(budget: int) -> Asked:
    """The words of the command line; `budget` where none is said."""
    words = argparse.ArgumentParser()
    words.add_argument("--budget", type=int, default=budget)
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--each", action="store_true", help="judge the test part after every epoch")
    words.add_argument("--until", type=float, help="stop after the epoch that reaches this")
    words.add_argument("--lower", action="store_true", help="a lower score is better")
    words.add_argument("--rows", type=int, default=0, help="learn from so many rows only")
    given = words.parse_args()
    return Asked(given.budget, given.seed, given.each, given.until, given.lower, given.rows)

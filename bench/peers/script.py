"""What every script of a peer shares: the words it is asked with, and the one JSON line it answers with."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Asked:
    """A budget (epochs or steps), a seed, whether to judge the test part after every epoch, and how many rows to take
    where a toy is enough (0: all of them)."""

    budget: int
    seed: int
    each: bool
    rows: int
    began: float = field(default_factory=time.perf_counter)

    def say(self, score: float, weights: int, seen: int, scores: Sequence[float] = (), **more: float) -> None:
        """Print the line: the score on the test part, that after every epoch where asked, seconds since the words were
        read (so without start and imports), peak memory in MiB, numbers in the net, and training rows looked at."""
        line = {
            "score": float(score),
            "scores": [float(x) for x in scores],
            "seconds": time.perf_counter() - self.began,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024),
            "weights": int(weights),
            "seen": int(seen),
            **more,
        }
        print(json.dumps(line), flush=True)


def asked(budget: int) -> Asked:
    """The words of the command line; `budget` where none is said."""
    words = argparse.ArgumentParser()
    words.add_argument("--budget", type=int, default=budget)
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--each", action="store_true", help="judge the test part after every epoch")
    words.add_argument("--rows", type=int, default=0, help="learn from so many rows only")
    given = words.parse_args()
    return Asked(given.budget, given.seed, given.each, given.rows)

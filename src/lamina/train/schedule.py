"""The rate over a run: a factor for each share of the budget, be it in epochs, steps or minutes."""

from __future__ import annotations

import math
from typing import Any

from ..recipe import Schedule


class Rates:
    """`factor(share)` of a schedule; on a plateau it also listens to the judge.

    cosine: Loshchilov & Hutter 2017, one period. one_cycle: Smith & Topin 2018 with a linear rise and fall.
    cyclical: Smith 2017, triangles of equal height. Warm-up: Goyal et al. 2017.
    """

    def __init__(self, schedule: Schedule):
        self.schedule = schedule
        self.level, self.waited = 1.0, 0  # plateau: the factor now, judgements since the last gain

    def factor(self, share: float) -> float:
        """What the optimiser's rate is multiplied by when this share of the budget (0 to 1) is spent."""
        s = self.schedule
        if share < s.warmup:
            return max(share / s.warmup, 1e-3)
        left = (share - s.warmup) / (1 - s.warmup) if s.warmup < 1 else 1.0
        match s.name:
            case "constant":
                shape = 1.0
            case "step":
                shape = s.factor ** min(s.drops, math.floor(left * (s.drops + 1)))
            case "cosine":
                shape = (1 + math.cos(math.pi * left)) / 2
            case "one_cycle":
                shape = 1 - left
            case "cyclical":
                shape = 1 - abs(2 * ((left * s.cycles) % 1) - 1)
            case "plateau":
                shape = self.level
        return s.floor + (1 - s.floor) * max(0.0, shape)

    def judged(self, gained: bool) -> None:
        """Hear whether the last judgement was a gain; on a plateau, drop after too many that were not."""
        self.waited = 0 if gained else self.waited + 1
        if self.schedule.name == "plateau" and self.waited >= self.schedule.patience:
            self.level, self.waited = self.level * self.schedule.factor, 0

    def state(self) -> dict[str, Any]:
        """What it remembers, as JSON."""
        return {"level": self.level, "waited": self.waited}

    def load(self, state: dict[str, Any]) -> None:
        """Take `state` back."""
        self.level, self.waited = float(state["level"]), int(state["waited"])

"""Time the few ways to run a step on the real net and batch, and take the fastest that learns the same."""

from __future__ import annotations

import dataclasses
import math
import os
import time
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any

from ..errors import PlanError
from ..forms import Batch
from ..objectives import Objective
from ..recipe import Recipe
from ..room import ran_out
from .loop import check_slices, play
from .memory import halved
from .mover import Mover
from .plan import Plan

LOSS_BOUND = 0.02  # a faster way may change the loss of a batch by this share at most
COMPILE_SECONDS = 25.0  # seen for small nets: 7 to 32 s
WORTH = 20  # compiling is tried when what is left is so many times as long


def measure(
    recipe: Recipe,
    objective: Objective,
    batch: Batch,
    base: Plan,
    *,
    seconds: float,
    left: float,
    threads: int,
    even: bool = True,
) -> Plan:
    """The fastest plan whose loss stays within bounds, timed for about `seconds` in all on a copy of the objective.

    One thing is varied after the other, from `base` on: precision, layout, threads (`threads` at the most), the whole
    step as one compiled graph, or the net alone where the game cannot be one. `left`: seconds of training still to
    come, which decide whether compiling is tried at all, and whether what it saves is more than it takes; never where
    batches are not `even`, since each of another length would be compiled anew. A base that does not fit in memory is
    cut into slices until it does. Raises as `fit`.
    """
    check_slices(objective, base)
    base, ms, reference = _that_fits(recipe, objective, batch, base, seconds / 5)
    trials = Trials(partial(time_plan, recipe, objective, batch, seconds=seconds / 5), base, ms, reference)
    trials.vary(precision="bf16")
    if base.layout == "channels_last":
        trials.vary(layout="contiguous")
    if base.device == "cpu" and threads > 1:
        trials.vary(threads=threads if trials.best.threads == 1 else 1)
    if base.recompute:
        trials.untried("compiled", "what a graph keeps is the compiler's affair, and blocks are to be computed again")
    elif base.sharded:
        trials.untried("compiled", "a graph holds whole weights, and they are cut over processes")
    elif not even:
        trials.untried("compiled", "batches are of many lengths, and each would be compiled anew")
    elif left < WORTH * COMPILE_SECONDS:
        trials.untried("compiled", f"it costs about {COMPILE_SECONDS:.0f} s and {left:.0f} s of training are left")
    elif not trials.vary(left, compile="step"):
        trials.vary(left, compile="net")
    for row in trials.timings:
        row["chosen"] = row["candidate"] == trials.best.words()
    trials.best.use_threads()
    return dataclasses.replace(trials.best, step_ms=round(trials.ms, 3), timings=tuple(trials.timings))


class Trials:
    """Ways to run a step, timed one after the other: the best so far, its milliseconds, and what was seen of each.

    `time` gives the milliseconds of a plan, its first loss, and the seconds until that was there.
    """

    def __init__(self, time: Callable[[Plan], tuple[float, float, float]], base: Plan, ms: float, reference: float):
        self.time, self.best, self.ms, self.reference = time, base, ms, reference
        self.timings: list[dict[str, Any]] = [{"candidate": base.words(), "ms": round(ms, 3), "loss_drift": 0.0}]

    def vary(self, left: float = math.inf, **changes: Any) -> bool:
        """Time the best plan with a change, and take it where it pays within so many seconds; false where it cannot be
        played."""
        plan = dataclasses.replace(self.best, **changes)
        try:
            ms, loss, begun = self.time(plan)
        except (PlanError, RuntimeError, MemoryError) as error:
            if not isinstance(error, PlanError) and not ran_out(error):
                raise
            why = error.what if isinstance(error, PlanError) else "memory ran out"
            self.timings.append({"candidate": plan.words(), "ms": None, "why": why})
            return False
        drift = abs(loss - self.reference) / max(abs(self.reference), 1e-6)
        row = {"candidate": plan.words(), "ms": round(ms, 3), "loss_drift": round(drift, 5)}
        self.timings.append({**row, "begun": round(begun, 1)} if plan.compile else row)
        if ms / self.ms < 1 - begun / left and drift <= LOSS_BOUND:
            self.best, self.ms = plan, ms
        return True

    def untried(self, what: str, why: str) -> None:
        """Note what was not timed."""
        self.timings.append({"candidate": what, "ms": None, "why": f"not tried: {why}"})


def cores() -> int:
    """Processor cores that this process may run on: those of the machine, or fewer where it is held to some."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _that_fits(
    recipe: Recipe, objective: Objective, batch: Batch, base: Plan, seconds: float
) -> tuple[Plan, float, float]:
    """The base, in as many slices as it takes to fit in memory, with its milliseconds a step and its first loss."""
    while True:
        try:
            return base, *time_plan(recipe, objective, batch, base, seconds)[:2]
        except (RuntimeError, MemoryError) as error:
            if not ran_out(error):
                raise
        base = dataclasses.replace(base, slices=halved(base, objective, 0, len(batch)).slices_at(0))


def time_plan(
    recipe: Recipe, objective: Objective, batch: Batch, plan: Plan, seconds: float
) -> tuple[float, float, float]:
    """Milliseconds a step under a plan (the least of several, on a copy), the loss of the first, and the seconds that
    it took, compiling included."""
    copied = deepcopy(objective)
    plan.use_threads()
    movers = {name: Mover(plan.prepare(module), recipe) for name, module in copied.players().items()}
    game = plan.game(copied, len(batch))
    least, first, begun, start = math.inf, math.nan, 0.0, time.perf_counter()
    for i in range(100):
        began = time.perf_counter()
        play(game, plan, movers, batch, (recipe.seed, 0), 0.01)
        loss = float(sum(float(mover.loss) for mover in movers.values()))  # waits for a device, too
        took = time.perf_counter() - began
        if i == 0:
            first, begun, start = loss, took, time.perf_counter()
            continue
        least = min(least, took)
        if i >= 2 and time.perf_counter() - start + took > seconds:
            break
    return least * 1000, first, begun

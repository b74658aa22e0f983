"""Time the few ways to run a step on the real net and batch, and take the fastest that learns the same."""

from __future__ import annotations

import dataclasses
import os
import time
from copy import deepcopy
from typing import Any

from ..forms import Batch
from ..objectives import Objective
from ..recipe import Recipe
from .loop import check_slices, play
from .memory import halved, ran_out
from .mover import Mover
from .plan import Plan

LOSS_BOUND = 0.02  # a faster way may change the loss of a batch by this share at most
COMPILE_SECONDS = 25.0  # seen for small nets on 2 cores: 16 to 24 s
WORTH = 10  # compiling is tried when what is left is so many times as long


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

    One thing is varied after the other, from `base` on: precision, layout, threads (`threads` at the most). `left`:
    seconds of training still to come, which decides whether compiling is tried at all; never where batches are not
    `even`, since each of another length would be compiled anew. A base that does not fit in memory is cut into slices
    until it does. Raises as `fit`.
    """
    check_slices(objective, base)
    base, best_ms, reference = _that_fits(recipe, objective, batch, base, seconds / 5)
    best = base
    timings: list[dict[str, Any]] = [{"candidate": base.words(), "ms": round(best_ms, 3), "loss_drift": 0.0}]

    def trial(plan: Plan) -> None:
        nonlocal best, best_ms
        try:
            ms, loss = time_plan(recipe, objective, batch, plan, seconds / 5)
        except (RuntimeError, MemoryError) as error:
            if not ran_out(error):
                raise
            timings.append({"candidate": plan.words(), "ms": None, "why": "memory ran out"})
            return
        drift = abs(loss - reference) / max(abs(reference), 1e-6)
        timings.append({"candidate": plan.words(), "ms": round(ms, 3), "loss_drift": round(drift, 5)})
        if ms < best_ms and drift <= LOSS_BOUND:
            best, best_ms = plan, ms

    trial(dataclasses.replace(best, precision="bf16"))
    if base.layout == "channels_last":
        trial(dataclasses.replace(best, layout="contiguous"))
    if base.device == "cpu" and threads > 1:
        trial(dataclasses.replace(best, threads=threads if best.threads == 1 else 1))
    if not even:
        why = "not tried: batches are of many lengths, and each would be compiled anew"
        timings.append({"candidate": "compiled", "ms": None, "why": why})
    elif left >= WORTH * COMPILE_SECONDS:
        trial(dataclasses.replace(best, compile=True))
    else:
        why = f"not tried: compiling costs about {COMPILE_SECONDS:.0f} s and {left:.0f} s of training are left"
        timings.append({"candidate": "compiled", "ms": None, "why": why})
    for row in timings:
        row["chosen"] = row["candidate"] == best.words()
    best.use_threads()
    return dataclasses.replace(best, step_ms=round(best_ms, 3), timings=tuple(timings))


def cores() -> int:
    """Processor cores that this process may run on: those of the machine, or fewer where it is held to some."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _that_fits(
    recipe: Recipe, objective: Objective, batch: Batch, base: Plan, seconds: float
) -> tuple[Plan, float, float]:
    """The base, in as many slices as it takes to fit in memory, with its milliseconds a step and its first loss."""
    while True:
        try:
            return base, *time_plan(recipe, objective, batch, base, seconds)
        except (RuntimeError, MemoryError) as error:
            if not ran_out(error):
                raise
        base = dataclasses.replace(base, slices=halved(base, objective, 0, len(batch)).slices_at(0))


def time_plan(recipe: Recipe, objective: Objective, batch: Batch, plan: Plan, seconds: float) -> tuple[float, float]:
    """Milliseconds a step under a plan (the least of several, on a copy), and the loss of the first."""
    game = deepcopy(objective)
    plan.use_threads()
    movers = {name: Mover(plan.prepare(module), recipe) for name, module in game.players().items()}
    least, first, start = float("inf"), float("nan"), time.perf_counter()
    for i in range(100):
        began = time.perf_counter()
        play(game, movers, batch, plan, (recipe.seed, 0), 0.01)
        loss = float(sum(float(mover.loss) for mover in movers.values()))  # waits for a device, too
        took = time.perf_counter() - began
        first = loss if i == 0 else first
        least = min(least, took) if i else least
        if i >= 2 and time.perf_counter() - start + took > seconds:
            break
    return least * 1000, first

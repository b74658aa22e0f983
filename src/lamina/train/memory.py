"""When a step does not fit in memory: the same batch in twice as many slices, or an error that says what would fit."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import TypeVar

from ..errors import TrainingError
from ..objectives import Objective
from ..ranks import Ranks
from ..room import given_back, ran_out
from .mover import Mover
from .plan import Plan
from .recompute import blocks

Made = TypeVar("Made")


class Lacking(MemoryError):
    """Memory ran out in one of several processes, and all of them know."""


def in_all(ranks: Ranks, work: Callable[[], Made]) -> Made:
    """What some work makes that speaks with no other process. Raises Lacking in all processes where memory ran out in
    one, so that none waits for what another cannot bring."""
    if not ranks.many:
        return work()
    made: list[Made] = []
    try:
        made.append(work())
    except (RuntimeError, MemoryError) as error:
        if not ran_out(error):
            raise
    if ranks.agree(float(not made))[0]:
        raise Lacking
    return made[0]


def too_late(error: BaseException, ranks: Ranks, movers: Iterable[Mover]) -> str:
    """Why a step in which memory ran out cannot be played again, in words that say when it did; "" where it can."""
    if ranks.many and not isinstance(error, Lacking):
        return f"in one of {ranks.world} processes, while the others waited for it"
    torn = any(mover.torn for mover in movers)
    return "while the weights moved" if ranks.agree(float(torn))[0] else ""


def halved(plan: Plan, objective: Objective, step: int, rows: int, world: int = 1, late: str = "") -> Plan:
    """The plan with slices of half as many rows from a step on, for `world` processes.

    Raises TrainingError where slices do not add up to the batch, where one row alone is too much, and where the step
    cannot be played again, which `late` says: when or where memory ran out.
    """
    slices = max(plan.slices_at(step), world)
    what = f"memory ran out at step {step + 1:,}"
    stacked = not plan.recompute and any(map(blocks, objective.players().values()))
    less = "--set train.recompute=true, or " if stacked else ""
    if not objective.additive and rows > 1:
        raise TrainingError(
            f"{what} with a batch of {rows:,} rows, which cannot be cut into slices: batch norm, or rows that answer "
            "for each other",
            expected="a batch that fits",
            fix=f"{less}--set train.batch={rows // 2}, or a smaller --model",
        )
    if slices >= rows:
        raise TrainingError(
            f"{what} with a single row",
            expected="a row that fits",
            fix=f"{less}a smaller --model, or shorter or smaller rows",
        )
    if late:
        raise TrainingError(
            f"{what} {late}, with {slices} {'slice' if slices == 1 else 'slices'} of a batch of {rows:,} rows",
            expected="slices that fit, in every process",
            fix=f"--set train.slices={min(2 * slices, rows)}, or --resume, which goes on from the last checkpoint",
        )
    given_back()
    earlier = [cut for cut in plan.halved if cut[0] != step]
    return dataclasses.replace(plan, halved=(*earlier, (step, min(2 * slices, rows))))

"""When a step does not fit in memory: the same batch in twice as many slices, or an error that says what would fit."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TypeVar

import torch

from ..errors import TrainingError
from ..forms import Batch
from ..objectives import Objective
from .plan import Plan

Made = TypeVar("Made")
SAID = ("out of memory", "not enough memory", "can't allocate memory", "bad_alloc", "ALLOC_FAILED")  # by allocators


def ran_out(error: BaseException) -> bool:
    """Whether an error is an allocator's: torch's own on a device, a RuntimeError on the host, or Python's."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in SAID)


def halved(plan: Plan, objective: Objective, step: int, rows: int, world: int = 1) -> Plan:
    """The plan with slices of half as many rows from a step on.

    Raises TrainingError where slices do not add up to the batch, where one row alone is too much, and where one of
    `world` processes ran out, which the others do not know.
    """
    slices = max(plan.slices_at(step), world)
    what = f"memory ran out at step {step + 1:,}"
    if not objective.additive and rows > 1:
        raise TrainingError(
            f"{what} with a batch of {rows:,} rows, which cannot be cut into slices: batch norm, or rows that answer "
            "for each other",
            expected="a batch that fits",
            fix=f"--set train.batch={rows // 2}, or a smaller --model",
        )
    if slices >= rows:
        raise TrainingError(
            f"{what} with a single row", expected="a row that fits", fix="a smaller --model, or shorter or smaller rows"
        )
    if world > 1:
        raise TrainingError(
            f"{what} in one of {world} processes, with {slices} slices of a batch of {rows:,} rows",
            expected="slices that fit in every process",
            fix=f"--set train.slices={min(2 * slices, rows)}",
        )
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.empty_cache()  # whole again, for pieces of other sizes
    earlier = [cut for cut in plan.halved if cut[0] != step]
    return dataclasses.replace(plan, halved=(*earlier, (step, min(2 * slices, rows))))


def in_parts(work: Callable[[Batch], Made], batch: Batch) -> list[Made]:
    """What some work without gradients makes of a batch, or where memory runs out of its halves, and of theirs."""
    try:
        return [work(batch)]
    except (RuntimeError, MemoryError) as error:
        if not ran_out(error) or len(batch) == 1:
            raise
    return [made for half in batch.slices(2) for made in in_parts(work, half)]

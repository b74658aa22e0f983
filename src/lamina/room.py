"""Room in memory: what allocators say when there is none, and rows that are taken in parts which fit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Protocol, Self, TypeVar

import torch

from .errors import TrainingError

Made = TypeVar("Made")
SAID = ("out of memory", "not enough memory", "can't allocate memory", "bad_alloc", "ALLOC_FAILED")  # by allocators


class Sliced(Protocol):
    """Rows that can be cut into parts of nearly equal length."""

    def __len__(self) -> int: ...
    def slices(self, count: int) -> Iterator[Self]: ...


Some = TypeVar("Some", bound=Sliced)


def ran_out(error: BaseException) -> bool:
    """Whether an error is an allocator's: torch's own on a device, a RuntimeError on the host, or Python's."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in SAID)


def given_back() -> None:
    """Free what a device's allocator holds back, so that it is whole again, for pieces of other sizes."""
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.empty_cache()


class Room:
    """How many rows fit in memory at once, as far as is known, for work without gradients that answers each by itself.

    Where memory runs out, the rows are taken in halves, and what comes later in parts that fit; `say` hears of it once.
    `fixed` says which rows they are, where they cannot be taken in parts.
    """

    def __init__(self, say: Callable[[str], object] = lambda _: None, fixed: str = ""):
        self.say, self.fixed, self.most, self.said = say, fixed, sys.maxsize, False

    def parts(self, work: Callable[[Some, int], Made], rows: Some, apart: bool = True) -> list[Made]:
        """What `work(some, start)` makes of rows, or of parts of them, in order; `start` is the place of the first.

        Raises TrainingError where one row alone does not fit, or rows that do not stand `apart` but are held against
        each other.
        """
        return list(self._parts(work, rows, 0, apart))

    def _parts(self, work: Callable[[Some, int], Made], rows: Some, start: int, apart: bool) -> Iterator[Made]:
        apart = apart and not self.fixed
        if len(rows) <= self.most or not apart:
            try:
                made = work(rows, start)
            except (RuntimeError, MemoryError) as error:
                if not ran_out(error):
                    raise
            else:
                yield made
                return
            self._shrink(len(rows), apart)
        for part in rows.slices(-(-len(rows) // self.most)):
            yield from self._parts(work, part, start, apart)
            start += len(part)

    def _shrink(self, count: int, apart: bool) -> None:
        if count == 1 or not apart:
            what = (
                "a single row" if count == 1 else f"{count:,} rows {self.fixed or 'that are held against each other'}"
            )
            raise TrainingError(
                f"memory ran out with {what}",
                expected="rows that fit",
                fix="a smaller --model, shorter or smaller rows, or a machine with more memory",
            )
        given_back()
        self.most = -(-count // 2)
        if not self.said:
            self.said = True
            self.say(
                f"memory ran out with {count:,} rows at once; they are taken in parts from here on, in the same order "
                "and with the same answers"
            )

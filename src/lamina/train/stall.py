"""How long training waits for its batches: to be read, gathered, augmented and cut."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from torch import nn

from ..forms import Batch, Coming
from .loop import Batches
from .session import Judge


class Stall:
    """Watches a stream of batches: of each step, the seconds it took, and those of them spent waiting for its rows.

    Two looks at the clock for each wait, and nothing that makes a device wait. A step is all from the wish for its
    batch to the wish for the next, checkpoints included and judgements not; the first, in which graphs are compiled and
    libraries wake up, is left out. On an accelerator, what is counted as waiting may have hidden behind earlier work.
    """

    def __init__(self) -> None:
        self.since = self.steps = 0
        self.waited = self.spent = 0.0  # seconds, of all steps that count
        self._waits = self._aside = 0.0  # of the step at hand

    def watched(self, batches: Batches) -> Batches:
        """The same stream, whose waits are counted."""

        def stream(start: int) -> Iterator[Coming]:
            self.since, coming, first = start, batches(start), True
            while True:
                began = time.perf_counter()
                with self.waiting():
                    batch = next(coming)
                yield Awaited(batch, self)
                if not first:
                    self.steps += 1
                    self.waited += self._waits
                    self.spent += time.perf_counter() - began - self._aside
                self._waits, self._aside, first = 0.0, 0.0, False

        return stream

    def aside(self, judge: Judge) -> Judge:
        """The same judge, whose time belongs to no step."""

        def judged(net: nn.Module) -> dict[str, float]:
            began = time.perf_counter()
            try:
                return judge(net)
            finally:
                self._aside += time.perf_counter() - began

        return judged

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the block's time as waited."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._waits += time.perf_counter() - began

    def means(self) -> dict[str, float]:
        """Milliseconds waited and spent in a mean step, how many steps they are of, and how many an earlier process had
        taken; nothing where no step counts."""
        if not self.steps:
            return {}
        wait, step = (round(1000 * seconds / self.steps, 3) for seconds in (self.waited, self.spent))
        return {"wait_ms": wait, "step_ms": step, "steps": self.steps, "since": self.since}


@dataclass(frozen=True)
class Awaited:
    """A batch whose gathering and cutting is counted."""

    coming: Coming
    stall: Stall

    def __len__(self) -> int:
        return len(self.coming)

    def gathered(self) -> Batch:
        """The batch."""
        with self.stall.waiting():
            return self.coming.gathered()

    def slices(self, count: int) -> Iterator[Coming]:
        """The rows cut into `count` parts."""
        parts = self.coming.slices(count)
        while True:
            with self.stall.waiting():
                part = next(parts, None)
            if part is None:
                return
            yield Awaited(part, self.stall)

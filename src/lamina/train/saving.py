"""When a checkpoint is due, and how its tensors are told apart by their names."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from torch import Tensor, nn

from ..errors import RunError
from ..run.tensors import here
from .cut import cut_as

SHARE = 0.02  # of the time that training takes goes into checkpoints, at most
GUESS = 50e6  # bytes a second that the first checkpoint is taken to be written at; the later ones are timed


class Saving:
    """The clock of checkpoints: every so many seconds, and never so that all of them, with one more like the last, cost
    over 2 % of the time."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self.began = self.saved = time.monotonic()
        self.cost = self.spent = 0.0

    def begin(self, tensors: Iterable[Tensor]) -> None:
        """Training begins now, and a checkpoint of it holds these tensors."""
        self.began = self.saved = time.monotonic()
        self.cost, self.spent = sum(here(x).nbytes for x in tensors) / GUESS, 0.0

    @property
    def due(self) -> bool:
        """Whether it is time for a checkpoint."""
        now = time.monotonic()
        return now - self.saved >= self.seconds and now - self.began >= (self.spent + self.cost) / SHARE

    @contextmanager
    def timed(self) -> Iterator[None]:
        """The block writes a checkpoint."""
        start = time.monotonic()
        yield
        self.saved = time.monotonic()
        self.cost = self.saved - start
        self.spent += self.cost


def under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin with a prefix, without it."""
    return {name[len(prefix) :]: x for name, x in tensors.items() if name.startswith(prefix)}


def loaded(module: nn.Module, tensors: dict[str, Tensor], name: str) -> None:
    """Put tensors into a module. Raises RunError naming those that differ."""
    missing = sorted(set(module.state_dict()) ^ set(tensors))
    if missing:
        raise RunError(
            f'the checkpoint is of another "{name}": {", ".join(missing[:10])} differ', expected="the same recipe"
        )
    module.load_state_dict(cut_as(module, tensors))

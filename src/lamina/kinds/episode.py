"""Episode: one playing of an environment, from a start to its end; or a situation in it, as it is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field as Range
from torch import Tensor

from ..errors import KindError
from ..rng import generator
from ..worlds import Environment
from .base import Column, Encoded, Ints, Kind, Link, values_of

STARTS = 64  # of training, played at random for the mean and the spread of what is seen
STEPS = 10_000  # of them, at most
NOWHERE = -1.0  # in place of a start, where only a situation is given
LARGEST = 2**53  # a start is kept among floats


@dataclass(frozen=True)
class Episode(Kind):
    """One playing of an environment of gymnasium. Encoded as (1 + N) float64: the start, then what is seen.

    A raw value is a whole number, the seed that an episode starts from; or a list of N numbers, or a text of them, what
    is seen in the midst of one: of that there is an action to be said, and no episode to be played. `mean` and `std`
    are of what is seen in random play from the training starts.
    """

    says: ClassVar[str] = "a playing of an environment, gym:NAME: its start, or what is seen in it"
    itself: ClassVar[Link | None] = "acted"

    world: str = ""
    width: Annotated[int, Range(ge=0, le=1_000_000)] = 0  # numbers that are seen
    actions: Annotated[int, Range(ge=0, le=1_000_000)] = 0
    longest: Annotated[int, Range(ge=0, le=10**9)] = 0  # steps
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    def fit(self, column: Column, rows: Ints) -> Self:
        if not self.world:
            raise KindError(
                f'column "{column.name}" is to hold episodes, and of what is not said',
                expected="an environment by its name",
                fix="lamina fit gym:CartPole-v1",
            )
        world = Environment(self.world)
        made = replace(self, width=world.width, actions=world.actions, longest=world.longest)
        starts = made.encode(column.take(rows[:STARTS])).array[:, 0]
        seen = np.array(_strolled(world, [int(x) for x in starts if x != NOWHERE]), np.float64).reshape(-1, made.width)
        if not len(seen):
            raise KindError(f'column "{column.name}" holds no starts of episodes', expected="whole numbers from 0")
        std = seen.std(0)
        return replace(
            made,
            mean=tuple(np.round(seen.mean(0), 6).tolist()),
            std=tuple(np.round(np.where(std > 1e-6, std, 1.0), 6).tolist()),
        )

    def encode(self, values: Any) -> Encoded:
        """Starts and situations to (n, 1 + N); what is neither is bad."""
        raw = values_of(values)
        made, bad = np.zeros((len(raw), 1 + self.width)), {}
        made[:, 0] = NOWHERE
        for i, value in enumerate(raw):
            if isinstance(value, int | np.integer) and not isinstance(value, bool):
                made[i, 0] = value
                if not 0 <= value < LARGEST:
                    bad[i], made[i, 0] = f"{value} is no start", NOWHERE
                continue
            seen = _numbers(value)
            if seen is None or len(seen) != self.width or not np.isfinite(seen).all():
                bad[i] = f"not the {self.width} numbers that are seen in {self.world}"
            else:
                made[i, 1:] = seen
        return Encoded(made, bad)

    def collate(self, array: Any) -> Tensor:
        """(B, 1 + N) float64."""
        return torch.from_numpy(np.asarray(array, np.float64))

    def decode(self, output: Any) -> list[int]:
        """Chances of actions (B, A) to the number of the likeliest."""
        found: list[int] = np.asarray(output).argmax(-1).tolist()
        return found

    def reference(self, values: Any, encoded: Any) -> Any:
        """The starts, (n,) whole numbers."""
        del values
        return np.asarray(encoded)[:, 0].astype(np.int64)

    def summary(self) -> str:
        return f"{self.world}: {self.width} numbers seen, {self.actions} actions, at most {self.longest:,} steps"

    def linked(self, inputs: Sequence[Kind]) -> Link:
        del inputs
        return "acted"


def _numbers(value: Any) -> NDArray[np.float64] | None:
    """A list of numbers, or a text of them with blanks or commas between; None for anything else."""
    try:
        if isinstance(value, str):
            return np.array([float(word) for word in value.replace(",", " ").split()])
        return np.asarray(value, np.float64).reshape(-1) if isinstance(value, list | tuple | np.ndarray) else None
    except (TypeError, ValueError):
        return None


def _strolled(world: Environment, starts: Sequence[int]) -> list[Any]:
    """What is seen in random play, at most STEPS times."""
    seen: list[Any] = []
    for start in starts:
        draw, over = generator(start, "stroll"), False
        seen.append(world.begin(start))
        while not over and len(seen) < STEPS:
            row, _, ended, cut = world.act(int(draw.integers(world.actions)))
            seen.append(row)
            over = ended or cut
    return seen

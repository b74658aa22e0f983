"""Episodes of one environment, played side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..worlds import Environment

Floats = NDArray[np.float32]
Act = Callable[[Floats], NDArray[np.int64]]  # what is seen (n, N) -> actions (n,)


@dataclass(frozen=True)
class Moved:
    """What came of one action in each of E episodes: what is seen after it (E, N), the reward (E,), whether the episode
    is over for good (E,), or cut for its length alone (E,)."""

    seen: Floats
    reward: Floats
    over: NDArray[np.bool_]
    cut: NDArray[np.bool_]


class Episodes:
    """E episodes side by side; where one ends, another begins in its place. `now` (E, N) is what is seen.

    What they have come to is kept as starts and actions, and played again when it is taken back: an environment does
    the same from the same seed.
    """

    def __init__(self, world: str, count: int):
        self.world, self.count = world, count
        self.played: list[tuple[int, list[int]]] = []
        self._worlds: list[Environment] = []
        self.now = np.zeros((0, 0), np.float32)

    def open(self, starts: Iterator[int]) -> None:
        """Begin them all, if they have not begun."""
        if not self._worlds:
            self._take_up([(next(starts), []) for _ in range(self.count)])

    def act(self, actions: NDArray[np.int64], starts: Iterator[int]) -> Moved:
        """Act in each; an episode that ends gives place to one from the next start."""
        moved = [world.act(int(action)) for world, action in zip(self._worlds, actions, strict=True)]
        seen = np.stack([m[0] for m in moved])
        self.now = seen.copy()
        for i, (_, _, over, cut) in enumerate(moved):
            self.played[i][1].append(int(actions[i]))
            if over or cut:
                self.played[i] = (next(starts), [])
                self.now[i] = self._worlds[i].begin(self.played[i][0])
        reward, ends, cuts = (np.array([m[k] for m in moved]) for k in (1, 2, 3))
        return Moved(seen, reward.astype(np.float32), ends, cuts)

    def state(self) -> list[Any]:
        """Starts and actions of the episodes that are not over, as JSON."""
        return [[start, list(actions)] for start, actions in self.played]

    def load(self, state: Sequence[Any]) -> None:
        """Take `state` back by playing it again."""
        if state:
            self._take_up([(int(start), [int(a) for a in actions]) for start, actions in state])

    def _take_up(self, played: list[tuple[int, list[int]]]) -> None:
        self.played, self._worlds = played, [Environment(self.world) for _ in played]
        rows = []
        for world, (start, actions) in zip(self._worlds, played, strict=True):
            seen = world.begin(start)
            for action in actions:
                seen = world.act(action)[0]
            rows.append(seen)
        self.now = np.stack(rows)


def returns_of(world: str, starts: Sequence[int], act: Act) -> tuple[Floats, NDArray[np.int64]]:
    """Play an episode to its end from each start, all side by side: the sums of rewards and the steps, (n,) each."""
    worlds = [Environment(world) for _ in starts]
    now = np.stack([one.begin(start) for one, start in zip(worlds, starts, strict=True)])
    total, steps = np.zeros(len(worlds), np.float32), np.zeros(len(worlds), np.int64)
    left = np.arange(len(worlds))
    while len(left):
        going = []
        for i, action in zip(left.tolist(), act(now[left]).tolist(), strict=True):
            now[i], reward, over, cut = worlds[i].act(action)
            total[i] += reward
            steps[i] += 1
            if not (over or cut):
                going.append(i)
        left = np.array(going, np.int64)
    return total, steps

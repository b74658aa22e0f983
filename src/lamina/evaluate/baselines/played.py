"""Baselines of playing: chance, a straight line from what is seen to what is done, and plain tree search."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...kinds.episode import Episode
from ...kinds.match import NUMBER, SIDE, Match, moves_of, rules_of
from ...objectives.acting import acted
from ...objectives.alphazero import rival_of
from ...play.episodes import returns_of
from ...play.matches import play_out
from ...play.rivals import Chance, Rival, Search
from ...rng import generator
from .task import Baseline, Inputs, Task

LINES = 100  # straight lines that are tried
TRIES = 4  # episodes of each
FINAL = 10  # lines that are looked at more closely
STEPS = 200_000  # that the trying may take, all in all

Act = Callable[[Any], NDArray[np.int64]]


def actors(task: Task, seconds: float | None) -> list[Baseline]:
    """Random actions, and the best of some straight lines drawn at random (Mania et al. 2018, https://arxiv.org/abs/
    1803.07055, found random search on straight lines hard to beat), tried on training starts."""
    del seconds
    kind, name = task.kind, task.schema.target.name
    assert isinstance(kind, Episode)
    starts = [int(x) for x in task.target[:, 0]]
    draw = generator(task.seed, "chance")
    line, tried = _best_line(kind, starts, task.seed)

    def chance(seen: Any) -> NDArray[np.int64]:
        return draw.integers(kind.actions, size=len(seen))

    return [
        Baseline("random", "random actions", 0, partial(_earned, kind, name, chance)),
        Baseline(
            "linear",
            f"the best of {tried} straight lines from what is seen to actions, drawn at random",
            min(TRIES, len(starts)),
            partial(_earned, kind, name, partial(_along, kind, line)),
        ),
    ]


def _best_line(kind: Episode, starts: list[int], seed: int) -> tuple[NDArray[np.float64], int]:
    """The line (N + 1, A) that earned most, and how many were tried."""
    draw, left = generator(seed, "lines"), STEPS
    found: list[tuple[float, int, NDArray[np.float64]]] = []
    while len(found) < LINES and left > 0:
        line = draw.normal(size=(kind.width + 1, kind.actions))
        earned, steps = returns_of(kind.world, starts[:TRIES], partial(_along, kind, line))
        left -= int(steps.sum())
        found.append((float(earned.mean()), len(found), line))
    best = sorted(found, key=lambda one: (-one[0], one[1]))[:FINAL]
    others = starts[TRIES : 5 * TRIES]
    if not others:
        return best[0][2], len(found)
    again = [
        (float(returns_of(kind.world, others, partial(_along, kind, line))[0].mean()), -at, line)
        for _, at, line in best
    ]
    return max(again, key=lambda one: one[:2])[2], len(found)


def _along(kind: Episode, line: NDArray[np.float64], seen: Any) -> NDArray[np.int64]:
    x = (np.asarray(seen, np.float64) - np.array(kind.mean)) / np.array(kind.std)
    chosen: NDArray[np.int64] = (x @ line[:-1] + line[-1]).argmax(1)
    return chosen


def _earned(kind: Episode, name: str, act: Act, inputs: Inputs) -> NDArray[np.float64]:
    return acted(kind, torch.from_numpy(np.asarray(inputs[name], np.float64)), act).numpy()


def players(task: Task, seconds: float | None) -> list[Baseline]:
    """Random moves, and plain tree search that looks at a quarter of what the rival does, against the same rival."""
    del seconds
    kind, name = task.kind, task.schema.target.name
    assert isinstance(kind, Match)
    rules, share = rules_of(kind.world), max(1, kind.strength // 4)

    def search(number: int) -> Rival:
        return Search(rules, number, share)

    return [
        Baseline("random", "random moves", 0, partial(_points, kind, name, Chance)),
        Baseline("search", f"plain tree search of {share} positions a move", 0, partial(_points, kind, name, search)),
    ]


def _points(kind: Match, name: str, make: Callable[[int], Rival], inputs: Inputs) -> NDArray[np.float64]:
    rows, rules = np.asarray(inputs[name]), rules_of(kind.world)
    positions = [rules.after(moves_of(row)) for row in rows]
    numbers = [int(row[NUMBER]) for row in rows]
    mine, theirs = [make(number) for number in numbers], [rival_of(kind, number) for number in numbers]

    def ours(some: list[Any], which: list[int]) -> list[int]:
        return [mine[i].move(position) for i, position in zip(which, some, strict=True)]

    came = play_out(positions, rows[:, SIDE].tolist(), ours, theirs)
    return np.stack([(came + 1) / 2, np.ones(len(came)), came < 0], axis=1)

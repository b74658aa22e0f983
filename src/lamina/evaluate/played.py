"""What a report shows of playing: matches as they went, board by board; episodes as they were seen, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..kinds.episode import Episode
from ..kinds.match import Match, moves_of, picture_of, rules_of
from ..worlds import Environment
from .shown import Item, Line, Plate, Shown

MATCHES = 6
NUMBERS = 8  # of what is seen, a chart each
POINTS = 200  # of a line, at most

CAME = {1.0: "won", 0.0: "drawn", -1.0: "lost"}


def matches(shown: Shown) -> list[Plate]:
    """Some matches of the test part played again, each as a row of boards."""
    kind, game = shown.schema.target.kind, shown.predictor.game
    assert isinstance(kind, Match)
    some = shown.some(MATCHES)
    rows = np.asarray(shown.truth.codes)[some]
    came, last = game.against(rows)  # type: ignore[union-attr]
    items = []
    for at, row, result, position in zip(some, rows, came, last, strict=True):
        opened, played = moves_of(row), list(position.history())
        side = "first" if row[1] == 0 else "second"
        told = f"{shown.table.id_of(int(shown.truth.rows[at]))}: {CAME[float(result)]} as the {side} to move"
        boards = [str(rules_of(kind.world).after(played[:count])) for count in range(len(opened), len(played) + 1)]
        items.append(Item(told, picture_of(boards)))
    rival = "perfect play" if kind.rival == "perfect" else f"plain tree search of {kind.strength} positions"
    says = f"From the opening on, a board a move, left to right and line by line; the other side is {rival}."
    return [Plate("Matches played out", tuple(items), says)]


def episodes(shown: Shown) -> list[Plate]:
    """An episode of the test part lived through again: what is seen, by step, a chart for each number."""
    kind, at = shown.schema.target.kind, int(shown.some(1)[0])
    assert isinstance(kind, Episode)
    world = Environment(kind.world)
    now, seen, earned, over = world.begin(int(shown.truth.values[at])), [], 0.0, False
    while not over:
        seen.append(now)
        now, reward, ended, cut = world.act(_best(shown, now))
        earned, over = earned + reward, ended or cut
    numbers = np.stack(seen)[:, :NUMBERS]
    items = [
        Item(f"number {i + 1}", lines=(Line("", _points(column)),), axes=("step", ""))
        for i, column in enumerate(numbers.T)
    ]
    more = f" The first {NUMBERS} of {kind.width} numbers." if kind.width > NUMBERS else ""
    says = f"{shown.table.id_of(int(shown.truth.rows[at]))}: {len(seen):,} steps, {earned:g} earned."
    return [Plate("An episode played out", tuple(items), f"{says} What is seen at each of them.{more}")]


def _best(shown: Shown, now: Any) -> int:
    rows = torch.cat([torch.tensor([-1.0]), torch.from_numpy(now)])[None]
    with torch.inference_mode():
        chances: Any = shown.predictor.net.head.decode(shown.predictor.net({shown.schema.target.name: rows}))
    return int(chances.argmax())


def _points(numbers: Any) -> list[tuple[float, float]]:
    every = max(1, -(-len(numbers) // POINTS))
    return [(float(i), float(numbers[i])) for i in range(0, len(numbers), every)]

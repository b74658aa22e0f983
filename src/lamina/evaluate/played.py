"""What a report shows of playing: matches as they went, board by board; episodes as they were seen, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kinds.episode import Episode
from ..kinds.match import SIDE, Match, moves_of, picture_of, rules_of
from ..objectives.acting import greedy
from ..play.episodes import returns_of
from .shown import Item, Line, Plate, Shown, points

MATCHES = 6
NUMBERS = 8  # of what is seen, a chart each

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
        side = "first" if row[SIDE] == 0 else "second"
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
    act, seen = greedy(shown.predictor.net, shown.schema.target.name), []

    def watched(now: Any) -> Any:
        seen.append(now[0])
        return act(now)

    earned, steps = returns_of(kind.world, [int(shown.truth.values[at])], watched)
    items = [
        Item(f"number {i + 1}", lines=(Line("", points(column)),), axes=("step", ""))
        for i, column in enumerate(np.stack(seen)[:, :NUMBERS].T)
    ]
    more = f" The first {NUMBERS} of {kind.width} numbers." if kind.width > NUMBERS else ""
    says = f"{shown.table.id_of(int(shown.truth.rows[at]))}: {steps[0]:,} steps, {earned[0]:g} earned."
    return [Plate("An episode played out", tuple(items), f"{says} What is seen at each of them.{more}")]

"""Perfect play of a small game: what every position comes to where both sides play their best."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from .rules import Rules

MOST = 20_000  # positions of a game that is small


class _Large(Exception):
    """There are more positions than were to be looked at."""


@lru_cache(maxsize=8)
def solved(rules: Rules, most: int = MOST) -> dict[str, float]:
    """What the first player gets from each position that can be reached, by `name_of` it: 1, 0 or -1 where a game is
    won, drawn or lost. Empty where there are more than `most` positions.

    Minimax (von Neumann 1928), each position once.
    """
    known: dict[str, float] = {}

    def worth(position: Any) -> float:
        name = name_of(position)
        if name not in known:
            if len(known) >= most:
                raise _Large
            if position.is_terminal():
                known[name] = float(position.returns()[0])
            else:
                after = [worth(position.child(move)) for move in position.legal_actions()]
                known[name] = max(after) if position.current_player() == 0 else min(after)
        return known[name]

    try:
        worth(rules.after([]))
    except (_Large, RecursionError):
        return {}
    return known


def name_of(position: Any) -> str:
    """A name for a position: its board, and who moves."""
    return f"{position.current_player()} {position}"

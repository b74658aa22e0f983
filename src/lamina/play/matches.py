"""Matches played side by side: one side moves in all of them at once, the other one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .rivals import Rival

Move = Callable[[list[Any], list[int]], list[int]]  # positions, and which match each is of -> a move for each


def play_out(
    positions: Sequence[Any], sides: Sequence[int], ours: Move, rivals: Sequence[Rival]
) -> NDArray[np.float64]:
    """Play matches to their ends, `ours` on the side named, a rival on the other: what we have of each, (n,) of 1 for
    a win, 0 for a draw, -1 for a loss. The positions are played on and hold the whole match afterwards."""
    left = [i for i, position in enumerate(positions) if not position.is_terminal()]
    while left:
        turn = [i for i in left if positions[i].current_player() == sides[i]]
        if turn:
            for i, move in zip(turn, ours([positions[i] for i in turn], turn), strict=True):
                positions[i].apply_action(move)
        for i in set(left) - set(turn):
            positions[i].apply_action(rivals[i].move(positions[i]))
        left = [i for i in left if not positions[i].is_terminal()]
    return np.array([position.returns()[side] for position, side in zip(positions, sides, strict=True)], np.float64)

"""Match: one playing of a game of two, from an opening; or a position in it, of which a move is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageDraw
from pydantic import Field as Range
from torch import Tensor

from ..errors import KindError
from ..worlds import Rules
from .base import Column, Encoded, Ints, Kind, Link, values_of

AFTER = -1  # in place of moves that were not made
ASKED = -1  # in place of a match's number, where only a position is given
CELL, GAP, ACROSS = 14, 10, 8  # pixels of a sign on a drawn board and between boards; boards side by side
NUMBER, SIDE, MOVES = 0, 1, 2  # columns: the number of a match, the side that the net plays, the moves so far


@dataclass(frozen=True)
class Match(Kind):
    """One playing of a game by the rules of open_spiel. Encoded as (2 + longest) int32: number, side, moves so far.

    A raw value is {"moves": [3, 1], "side": 0, "number": 17}: match 17 goes on from there, and the net plays the side
    that moved first; or "3 1", or [3, 1], a position alone, of which a move is asked. Matches of one opening are told
    apart by their number, from which the other side draws. `rival` is whom matches are scored against: perfect play, or
    plain tree search that looks at `strength` positions before a move.
    """

    says: ClassVar[str] = "a playing of a game of two, spiel:NAME: its opening, or a position in it"
    itself: ClassVar[Link | None] = "played"

    world: str = ""
    rival: Literal["perfect", "search"] = "search"
    strength: Annotated[int, Range(ge=1, le=10**6)] = 200
    shape: tuple[int, ...] = ()  # of what a player sees, (C, H, W)
    actions: Annotated[int, Range(ge=0, le=1_000_000)] = 0
    longest: Annotated[int, Range(ge=0, le=1_000_000)] = 0  # moves

    def fit(self, column: Column, rows: Ints) -> Self:
        del rows
        if not self.world:
            raise KindError(
                f'column "{column.name}" is to hold matches, and of what game is not said',
                expected="a game by its name",
                fix="lamina fit spiel:tic_tac_toe",
            )
        rules = rules_of(self.world)
        return replace(self, shape=rules.shape, actions=rules.actions, longest=rules.longest)

    def encode(self, values: Any) -> Encoded:
        """Openings and positions to (n, 2 + longest); one from which no move can be made is bad."""
        raw, bad = values_of(values), {}
        made = np.full((len(raw), MOVES + self.longest), AFTER, np.int32)
        for i, value in enumerate(raw):
            found = self._parts(value)
            if isinstance(found, str):
                bad[i] = found
                continue
            number, side, moves = found
            made[i, NUMBER], made[i, SIDE] = number, side
            made[i, MOVES : MOVES + len(moves)] = moves
        return Encoded(made, bad)

    def _parts(self, value: Any) -> tuple[int, int, list[int]] | str:
        """Number, side and moves of a raw value, or why it is none."""
        given = value if isinstance(value, Mapping) else {"moves": value}
        moves, side, number = given.get("moves"), given.get("side"), given.get("number")
        try:
            words: Any = moves.replace(",", " ").split() if isinstance(moves, str) else moves
            moves = [int(word) for word in words]
        except (TypeError, ValueError):
            return f"{str(moves)[:40]!r} is no list of moves by their numbers"
        try:
            position = rules_of(self.world).after(moves)
        except ValueError as error:
            return str(error)
        if position.is_terminal():
            return "the game is over, and no move is to be made"
        if side not in (None, 0, 1):
            return f"{side!r} is no side: the first to move is 0, the other 1"
        return (
            ASKED if number is None else int(number),
            position.current_player() if side is None else int(side),
            moves,
        )

    def collate(self, array: Any) -> Tensor:
        """(B, 2 + longest) int32."""
        return torch.from_numpy(np.asarray(array, np.int32))

    def decode(self, output: Any) -> list[int]:
        """Chances of moves (B, A) to the number of the likeliest."""
        found: list[int] = np.asarray(output).argmax(-1).tolist()
        return found

    def reference(self, values: Any, encoded: Any) -> NDArray[np.int32]:
        """The matches as they are encoded."""
        del values
        return np.asarray(encoded)

    def show(self, value: Any) -> str:
        """The moves of an encoded match, or a value as it is."""
        return " ".join(map(str, moves_of(value))) if isinstance(value, np.ndarray) else str(value)

    def summary(self) -> str:
        rival = "perfect play" if self.rival == "perfect" else f"plain tree search of {self.strength} positions"
        return f"{self.world}: {self.actions} moves, at most {self.longest} in a match, scored against {rival}"

    def linked(self, inputs: Sequence[Kind]) -> Link:
        del inputs
        return "played"


def picture_of(boards: Sequence[str]) -> Pictures.Image:
    """Boards as open_spiel writes them, drawn sign by sign, a few side by side."""
    lines = [[line for line in board.splitlines() if line.strip()] for board in boards]
    tall, wide = max(map(len, lines)), max(len(line) for board in lines for line in board)
    step = wide * CELL + GAP, tall * CELL + GAP
    size = min(len(boards), ACROSS) * step[0] + GAP, -(-len(boards) // ACROSS) * step[1] + GAP
    made = Pictures.new("L", size, 245)
    pen = ImageDraw.Draw(made)
    for place, board in enumerate(lines):
        left, top = GAP + place % ACROSS * step[0], GAP + place // ACROSS * step[1]
        pen.rectangle((left - 3, top - 3, left + wide * CELL + 2, top + tall * CELL + 2), outline=190)
        for y, line in enumerate(board):
            for x, sign in enumerate(line):
                pen.text((left + (x + 0.5) * CELL, top + (y + 0.5) * CELL), sign, fill=20, anchor="mm")
    return made


def moves_of(row: Any) -> list[int]:
    """The moves of an encoded match."""
    return [int(move) for move in row[MOVES:] if move != AFTER]


@lru_cache(maxsize=8)
def rules_of(world: str) -> Rules:
    """The rules of a game, loaded once."""
    return Rules(world)

"""The rules of a game, from open_spiel: two players in turn, nothing hidden, nothing left to chance."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SourceError
from ..extras import extra
from .naming import spoken

Planes = NDArray[np.float32]


class Rules:
    """A game by its name in open_spiel, perhaps with settings: "connect_four(rows=4,columns=5)".

    A position is open_spiel's own state: `child`, `apply_action`, `legal_actions`, `current_player`, `is_terminal` and
    `returns`, 1 for who has won, -1 for who has lost. Moves are numbers 0 to `actions` - 1, a game has at most
    `longest` of them. `shape` (C, H, W) is that of `planes`. Raises ExtraError where open_spiel is not installed,
    SourceError for a game it does not know, or one of another sort.
    """

    def __init__(self, name: str):
        spiel = open_spiel()
        called, settings = spoken(name)
        known = spiel.registered_names()
        if called not in known:
            near = get_close_matches(called, known, n=1)
            raise SourceError(
                f'open_spiel has no game "{called}"',
                expected=f"did you mean spiel:{near[0]}?" if near else "one of its games, such as tic_tac_toe",
            )
        declared = {game.short_name: game for game in spiel.registered_games()}[called].parameter_specification
        strange = sorted(set(settings) - set(declared))
        if strange:
            raise SourceError(
                f'{called} has no setting "{strange[0]}"',
                expected=f"one of {', '.join(sorted(declared))}" if declared else "none",
            )
        try:
            self.game = spiel.load_game(called, settings)
        except spiel.SpielError as error:
            raise SourceError(f"{name} cannot be played: {str(error).splitlines()[0]}") from None
        sort = self.game.get_type()
        plain = (
            sort.dynamics == spiel.GameType.Dynamics.SEQUENTIAL
            and sort.information == spiel.GameType.Information.PERFECT_INFORMATION
            and sort.chance_mode == spiel.GameType.ChanceMode.DETERMINISTIC
            and sort.utility == spiel.GameType.Utility.ZERO_SUM
            and self.game.num_players() == 2
            and sort.provides_observation_tensor
        )
        if not plain:
            raise SourceError(
                f"{name} is not such a game as can be learned here",
                expected="two players in turn, nothing hidden, no chance, one wins what the other loses: tic_tac_toe",
            )
        self.name, self.actions = name, int(self.game.num_distinct_actions())
        self.longest = int(self.game.max_game_length())
        seen = tuple(self.game.observation_tensor_shape())
        self._seen = {1: (*seen, 1, 1), 2: (1, *seen), 3: seen}.get(len(seen), (int(np.prod(seen)), 1, 1))
        self.shape = (self._seen[0] + 1, *self._seen[1:])

    def after(self, moves: Iterable[int]) -> Any:
        """The position after some moves. Raises ValueError, with the reason, for moves that cannot be played."""
        position = self.game.new_initial_state()
        for number, move in enumerate(moves, 1):
            if position.is_terminal():
                raise ValueError(f"the game is over before move {number}")
            if move not in position.legal_actions():
                raise ValueError(f"move {number}, {move}, is none of {position.legal_actions()}")
            position.apply_action(int(move))
        return position

    def planes(self, position: Any) -> Planes:
        """What the player to move sees, (C, H, W): open_spiel's planes, and one that is full for the second player."""
        mover = position.current_player()
        made = np.empty(self.shape, np.float32)
        made[:-1] = np.reshape(position.observation_tensor(mover), self._seen)
        made[-1] = float(mover)
        return made


def open_spiel() -> Any:
    """The library. Raises ExtraError where it is not installed."""
    with extra("open_spiel", "games are played"):
        import pyspiel  # type: ignore[import-untyped, unused-ignore]
    return pyspiel

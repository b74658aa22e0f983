"""Whom a player of a game is measured against: perfect play where a game is small, plain tree search where not."""

from __future__ import annotations

from typing import Any, Protocol

from ..rng import generator
from ..worlds import Rules, name_of, open_spiel, solved

CURIOUS = 1.4  # about the root of two: Kocsis and Szepesvári 2006, UCT
MEMORY = 256  # MiB of a tree, at most


class Rival(Protocol):
    """One who answers a position with a move."""

    def move(self, position: Any) -> int: ...


class Perfect:
    """Plays the best there is, and draws among moves that are as good, from a seed."""

    def __init__(self, rules: Rules, seed: int):
        self.known, self.draw = solved(rules), generator(seed, "perfect")

    def move(self, position: Any) -> int:
        """One of the best moves."""
        sign = 1 if position.current_player() == 0 else -1
        worth = {move: sign * self.known[name_of(position.child(move))] for move in position.legal_actions()}
        best = [move for move, value in worth.items() if value == max(worth.values())]
        return int(self.draw.choice(best))


class Search:
    """Plain tree search: open_spiel's UCT, where a position is worth what comes of random moves from it."""

    def __init__(self, rules: Rules, seed: int, simulations: int):
        draw, spiel = generator(seed, "search"), open_spiel()
        rollout = spiel.RandomRolloutEvaluator(1, int(draw.integers(2**31)))
        self.bot = spiel.MCTSBot(
            rules.game, rollout, CURIOUS, simulations, MEMORY, False, int(draw.integers(2**31)), False
        )

    def move(self, position: Any) -> int:
        """The move that was looked into most."""
        return int(self.bot.step(position))


class Chance:
    """Any legal move."""

    def __init__(self, seed: int):
        self.draw = generator(seed, "chance")

    def move(self, position: Any) -> int:
        """One of the legal moves."""
        return int(self.draw.choice(position.legal_actions()))

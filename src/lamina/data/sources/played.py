"""Worlds as tables: a row is where an episode or a match starts, drawn apart for each part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from ...errors import SourceError
from ...findings import Findings
from ...kinds.episode import Episode
from ...kinds.match import Match, rules_of
from ...rng import generator
from ...worlds import Environment, Rules, name_of, solved
from ..table import Table, Values
from .reading import fingerprint_names

STARTS = {"train": 1_000, "valid": 20, "test": 100}  # episodes of an environment
OPENINGS = {"train": 4_000, "valid": 100, "test": 200}  # matches of a game
TRIES = 1_000  # openings that are drawn for one that is fair
RANDOM = 2  # moves of an opening, drawn at random


def read_environment(name: str, findings: Findings) -> Table:
    """`gym:NAME`: seeds that episodes start from, other ones in each part. Raises SourceError as Environment does."""
    del findings  # an environment as it is begun has nothing odd
    world = Environment(name)
    parts = np.repeat(list(STARTS), list(STARTS.values()))
    draw = generator(0, "starts", name)
    seeds = draw.choice(2**31, size=len(parts), replace=False).tolist()
    facts = {"reader": "environment", "parted": "starts drawn apart for training, validation and test"}
    return _table(f"gym:{name}", pa.array(seeds), parts, Episode(world=name), {**facts, "longest": world.longest})


def read_game(name: str, findings: Findings) -> Table:
    """`spiel:NAME`: openings of two random moves, the sides in turn. Training also starts from fewer moves, and every
    other of its matches from up to half a match of them: who plays only as it plays by now never learns what is beside
    its way (Trudeau and Bowling 2023, https://arxiv.org/abs/2302.12359).

    Raises SourceError as Rules does.
    """
    del findings
    rules = rules_of(name)
    parts, known = np.repeat(list(OPENINGS), list(OPENINGS.values())), solved(rules)
    draws = {part: generator(0, "openings", part, name) for part in OPENINGS}
    rows = []
    for number, part in enumerate(parts):
        side, draw = number % 2, draws[part]
        if part == "train":
            most = rules.longest // 2 if number % 4 < 2 else RANDOM
            moves = _opening(rules, int(draw.integers(most + 1)), draw)
        else:
            moves = _opening(rules, RANDOM, draw, partial(_open, known, side))
        rows.append({"moves": moves, "side": side, "number": number})
    kept = ", those left out from which perfect play would win against the net" if known else ""
    facts = {
        "reader": "game",
        "parted": f"matches drawn apart for training, validation and test, from {RANDOM} random moves{kept}",
        "rival": f"perfect play, all {len(known):,} positions being known" if known else "plain tree search",
    }
    kind = Match(world=name, rival="perfect" if known else "search")
    return _table(f"spiel:{name}", pa.array(rows), parts, kind, facts)


def _open(known: Mapping[str, float], side: int, position: Any) -> bool:
    """Whether a position is not lost for a side, as far as that is known."""
    return known.get(name_of(position), 0.0) * (1 if side == 0 else -1) >= 0


def _opening(
    rules: Rules, count: int, draw: np.random.Generator, fair: Callable[[Any], bool] = lambda _: True
) -> list[int]:
    """Some random moves after which the game goes on, and is fair."""
    for _ in range(TRIES):
        position = rules.after([])
        moves: list[int] = []
        while len(moves) < count and not position.is_terminal():
            moves.append(int(draw.choice(position.legal_actions())))
            position.apply_action(moves[-1])
        if not position.is_terminal() and fair(position):
            return moves
    raise SourceError(f"{rules.name} is as good as over within {count} moves", expected="a game that lasts longer")


def _table(name: str, starts: Any, parts: Any, kind: Any, facts: dict[str, Any]) -> Table:
    column = Values("situation", pa.chunked_array([starts]), name)
    ids = [f"{part} {number}" for number, part in enumerate(parts)]
    fingerprint = fingerprint_names({name: (len(parts), 0)})
    return Table({"situation": column}, name, fingerprint, parts, "", ids, facts, kinds={"situation": kind})


# What is played, asked for as NAME:WORLD.
PLAYED: dict[str, tuple[str, Callable[[str, Findings], Table]]] = {
    "gym": ("gym:NAME, an environment of gymnasium, to be acted in (extra play)", read_environment),
    "spiel": ("spiel:NAME, a game of two of open_spiel, to be played (extra play)", read_game),
}

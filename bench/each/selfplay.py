"""Self-play: tic-tac-toe against perfect play, connect four on a small board against plain tree search that looks at
four times as many positions; from openings of two random moves, sides in turn."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import Bench, Line, Row, over_seeds

FAR = tuple(f for w in ("simulations=200", "heat=4", "replay=200000") for f in ("--set", f"game.{w}"))


def measure(bench: Bench) -> Iterator[Line]:
    """One run of each game: tic-tac-toe looking further than is usual and forgetting nothing, connect four as it is."""
    noughts = bench.fit("spiel:tic_tac_toe", "--minutes", bench.minutes(5), *FAR)
    yield over_seeds("tic-tac-toe, 200 games", "losses", [noughts], 0.0, higher=False)
    yield over_seeds("tic-tac-toe, 200 games", "points", [noughts])
    four = bench.fit("spiel:connect_four(rows=4,columns=5)", "--minutes", bench.minutes(10))
    yield over_seeds("connect four 4 × 5, 200 games", "wins", [four], 0.60)
    yield over_seeds("connect four 4 × 5, 200 games", "losses", [four], higher=False)


ROW = Row("selfplay", "board → policy, value", "rules of open_spiel", 15, measure)

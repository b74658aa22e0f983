"""Control: CartPole-v1 by policy gradients and by Q-learning, a hundred episodes from starts never trained on."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import Bench, Line, Row, over_seeds


def measure(bench: Bench) -> Iterator[Line]:
    """Three seeds of each game, nothing asked for but the environment."""
    for game in ("ppo", "dqn"):
        runs = [bench.fit("gym:CartPole-v1", "--objective", game, seed=seed) for seed in range(3)]
        yield over_seeds(f"CartPole-v1, {game}, seeds 0 to 2", "mean_return", runs, 450.0)


ROW = Row("control", "environment → action", "CartPole-v1", 3, measure)

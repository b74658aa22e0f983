"""ETTh1, all seven channels, 96 hours ahead, with the split of its papers; a linear model is printed with 0.375."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds


def measure(bench: Bench) -> Iterator[Line]:
    """The mean of three seeds."""
    words = (str(DATA / "etth1"), "--set", "data.parts=8640/2880/2880")
    yield over_seeds("ETTh1, 96 ahead", "mse", [bench.fit(*words, seed=seed) for seed in (0, 1, 2)], 0.385, False)


ROW = Row("forecast", "Series → Series", "etth1, 14,400 hours", 6, measure, ("etth1",))

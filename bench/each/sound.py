"""Spoken digits by class: the Free Spoken Digit Dataset, its published test part, within 6 minutes."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds


def measure(bench: Bench) -> Iterator[Line]:
    """The mean of two seeds, nothing asked for but the folder."""
    yield over_seeds("fsdd", "accuracy", [bench.fit(str(DATA / "fsdd"), seed=seed) for seed in (0, 1)], 0.96)


ROW = Row("sound", "Audio → Category", "fsdd, 900 and 300 recordings", 6, measure, ("fsdd",))

"""Strings of 3 to 7 spoken digits written down, laid together from recordings of each part alone, within 6 minutes."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds


def measure(bench: Bench) -> Iterator[Line]:
    """The mean of two seeds, nothing asked for but the folder."""
    runs = [bench.fit(f"strings:{DATA / 'fsdd'}", seed=seed) for seed in (0, 1)]
    yield over_seeds("strings of fsdd", "wer", runs, 0.03, higher=False)


ROW = Row("speech", "Audio → Text", "2,000 and 300 strings of fsdd", 6, measure, ("fsdd",))

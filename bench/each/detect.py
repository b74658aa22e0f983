"""Blood cells of three classes: average precision at an overlap of a half, within 15 minutes."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds


def measure(bench: Bench) -> Iterator[Line]:
    """One run, nothing asked for but the folder and the minutes."""
    runs = [bench.fit(str(DATA / "bccd"), "--minutes", bench.minutes(15))]
    yield over_seeds("bccd", "ap50", runs, 0.85)
    yield over_seeds("bccd", "ap", runs)


ROW = Row("detect", "Image → Boxes", "bccd, 205, 87 and 72 pictures", 15, measure, ("bccd",))

"""Nuclei under the microscope: mean Dice over the test pictures, within 6 minutes."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds


def measure(bench: Bench) -> Iterator[Line]:
    """The mean of two seeds, nothing asked for but the folder and the minutes."""
    runs = [bench.fit(str(DATA / "nuclei"), "--minutes", bench.minutes(6), seed=seed) for seed in (0, 1)]
    yield over_seeds("nuclei", "dice", runs, 0.89)


ROW = Row("segment", "Image → Mask", "nuclei, 90 and 30 pictures", 6, measure, ("nuclei",))

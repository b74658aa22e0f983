"""Series by class: gestures of one channel and motions of six, by their published parts."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds


def measure(bench: Bench) -> Iterator[Line]:
    """Each set, the mean of two seeds."""
    for name in ("GunPoint", "BasicMotions"):
        runs = [bench.fit(str(DATA / "ucr" / name), seed=seed) for seed in (0, 1)]
        yield over_seeds(name, "accuracy", runs, 0.95)


ROW = Row("series", "Series → Category", "ucr GunPoint, BasicMotions", 6, measure, ("ucr/GunPoint", "ucr/BasicMotions"))

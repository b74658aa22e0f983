"""Clothes of a class made by a generator against a critic: the share our own classifier recognises, and how far the
made ones are from real ones in its features."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds

CLOTHES = str(DATA / "fashion-mnist")


def judged(bench: Bench, objective: str, minutes: float, wanted: float) -> Iterator[Line]:
    """A judge of five minutes, and what it says of a run of an objective."""
    judge = bench.once(CLOTHES, "--minutes", bench.minutes(5))
    yield over_seeds("the judge, on real clothes", "accuracy", [judge])
    run = bench.fit(CLOTHES, "--objective", objective, "--judge", str(judge.run), "--minutes", bench.minutes(minutes))
    yield over_seeds("made for a class", "recognised", [run], wanted)
    real = run.scores["baseline"]["real pictures"]["frechet"]["value"]
    yield over_seeds(f"made; real ones have {real:.3g}", "frechet", [run], higher=False)


def measure(bench: Bench) -> Iterator[Line]:
    """The game of two players."""
    yield from judged(bench, "gan", 15, 0.80)


ROW = Row("gan", "Category → Image", "fashion-mnist", 15, measure, ("fashion-mnist",))

"""Language modelling: the next character of Shakespeare's plays, the last tenth of the file for test."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds


def measure(bench: Bench) -> Iterator[Line]:
    """The default page, in eight minutes all in all."""
    run = bench.fit(str(DATA / "tinyshakespeare/input.txt"), "--minutes", bench.minutes(8))
    yield over_seeds("Shakespeare, nats a character", "nats", [run], 1.60, higher=False)


ROW = Row("language", "language modelling", "tinyshakespeare", 8.0, measure, ("tinyshakespeare/input.txt",))

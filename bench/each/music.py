"""Music: the Bach chorales, a frame a quarter note, by their published parts."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds

PIECES = "jsb-chorales/jsb-chorales-quarter.json.gz"


def measure(bench: Bench) -> Iterator[Line]:
    """One run, nothing asked for but the file."""
    yield over_seeds("jsb chorales", "nats", [bench.fit(str(DATA / PIECES))], 8.6, higher=False)


ROW = Row("music", "Notes, what comes next", "jsb-chorales, 229, 76 and 77 pieces", 3, measure, (PIECES,))

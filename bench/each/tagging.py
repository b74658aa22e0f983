"""Tagging: the universal part of speech of every word of ATIS."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds


def measure(bench: Bench) -> Iterator[Line]:
    """The default page."""
    yield over_seeds("ATIS, UPOS", "accuracy", [bench.fit(str(DATA / "ud-atis"))], 0.98)


ROW = Row("tagging", "tagging", "ud-atis", 6.0, measure, ("ud-atis",))

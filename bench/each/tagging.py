"""Tagging: the universal part of speech of every word of ATIS, and names in WNUT 17, most of them new in its test."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds


def measure(bench: Bench) -> Iterator[Line]:
    """The default page."""
    yield over_seeds("ATIS, UPOS", "accuracy", [bench.fit(str(DATA / "ud-atis"))], 0.98)
    yield over_seeds("WNUT 17", "entity_f1", [bench.fit(str(DATA / "wnut17"))])


ROW = Row("tagging", "tagging", "ud-atis", 6.0, measure, ("ud-atis", "wnut17"))

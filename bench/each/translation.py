"""English to German, Multi30k: published parts, test_2016_flickr, sacreBLEU, within 30 minutes of two cores."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds


def measure(bench: Bench) -> Iterator[Line]:
    """One run, nothing asked for but the direction and the minutes."""
    run = bench.fit(str(DATA / "multi30k-en-de"), "--target", "de", "--minutes", bench.minutes(30))
    yield over_seeds("Multi30k, en to de", "bleu", [run], 28.0)
    yield over_seeds("Multi30k, en to de", "chrf", [run])


ROW = Row("translation", "Text → Text", "multi30k-en-de", 30, measure, ("multi30k-en-de",))

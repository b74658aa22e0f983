"""Questions answered from a text: the English part of XQuAD, split by articles, within 5 minutes of two cores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bench.each.row import DATA, Bench, Line, Row, over_seeds


def measure(bench: Bench) -> Iterator[Line]:
    """The mean of two seeds beside a stretch of the mean length anywhere in the text; then BERT, which is printed."""
    source = str(DATA / "xquad-en/xquad.en.json")
    runs = [bench.fit(source, seed=seed) for seed in (0, 1)]
    chance = sum(run.scores["baseline"]["chance"]["f1"]["value"] for run in runs) / len(runs)
    yield replace(over_seeds("XQuAD, English, by article", "f1", runs), wanted=round(chance, 4))
    yield over_seeds("XQuAD, English, by article", "exact", runs)
    yield over_seeds("XQuAD, English, bert", "f1", [bench.fit(source, "--model", "bert")])


ROW = Row("questions", "Text, Text → Span", "xquad-en", 5, measure, ("xquad-en/xquad.en.json",))

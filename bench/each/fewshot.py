"""Few examples: the twenty official runs of Omniglot, twenty classes with one example each."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds


def measure(bench: Bench) -> Iterator[Line]:
    """One run, nothing asked for but the folder."""
    runs = [bench.fit(str(DATA / "omniglot-minimal"))]
    yield over_seeds("omniglot, 20 runs", "error", runs, 0.22, higher=False)
    yield over_seeds("omniglot, 20 runs", "log_loss", runs, higher=False)


ROW = Row("fewshot", "few examples → class", "omniglot-minimal, 20 official runs", 5, measure, ("omniglot-minimal",))

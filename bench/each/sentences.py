"""Sentence classification: SST-2, whole sentences only, by its published parts."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds

PAGES = ("lstm", "gru", "rnn", "transformer")
SEEDS = (0, 1, 2)


def measure(bench: Bench) -> Iterator[Line]:
    """Each page, the mean of three seeds."""
    best: Line | None = None
    for page in PAGES:
        runs = [bench.fit(str(DATA / "sst/stsa.binary"), "--model", page, seed=seed) for seed in SEEDS]
        line = over_seeds(f"SST-2, {page}, mean of {len(SEEDS)}", "accuracy", runs, 0.78 if page == "lstm" else None)
        best = line if best is None or line.value > best.value else best
        yield line
    if best is not None:
        yield Line(f"SST-2, best page ({best.what.split(', ')[1]})", "accuracy", best.value, best.low, best.high, 0.80)


ROW = Row("sentences", "sentence classification", "sst", 6.0, measure, ("sst/stsa.binary.train.gz",))

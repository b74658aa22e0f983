"""Masked pre-training on the sentences of SST, then fine-tuning on its labels, beside the same page from scratch."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow.parquet as pq

from bench.each.row import DATA, Bench, Fitted, Line, Row, over_seeds

SOURCE = str(DATA / "sst/stsa.binary")
PAGE = ("--model", "bert", "--set", "model.width=128", "--set", "model.depth=2")


def right(run: Fitted) -> list[int]:
    """1 for each test row that is right, in order."""
    rows = pq.read_table(run.run / "predictions.parquet", columns=["correct"])["correct"]
    return [int(row) for row in rows.to_pylist()]


def gain(before: list[int], after: list[int]) -> tuple[float, float, float]:
    """The mean of the paired differences and its 95 % interval (normal, n in the thousands)."""
    differences = [b - a for a, b in zip(before, after, strict=True)]
    n = len(differences)
    mean = sum(differences) / n
    spread = (sum((d - mean) ** 2 for d in differences) / (n - 1) / n) ** 0.5
    return mean, mean - 1.96 * spread, mean + 1.96 * spread


def measure(bench: Bench) -> Iterator[Line]:
    """The pre-training's own score, both classifiers, and the gain."""
    taught = bench.fit(SOURCE, "--target", "none", "--objective", "masked", *PAGE)
    yield over_seeds("SST sentences, hidden words", "nats", [taught], higher=False)
    plain = bench.fit(SOURCE, *PAGE)
    yield over_seeds("SST-2, from scratch", "accuracy", [plain])
    tuned = bench.fit(SOURCE, *PAGE, "--from", str(taught.run))
    yield over_seeds("SST-2, after pre-training", "accuracy", [tuned])
    mean, low, high = gain(right(plain), right(tuned))
    yield Line("gain of pre-training", "accuracy", mean, low, high)


ROW = Row("masked", "masked pre-training, then fine-tuning", "sst", 6.0, measure, ("sst/stsa.binary.train.gz",))

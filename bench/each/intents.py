"""Sentence classification with 150 classes and rows of none of them: CLINC150."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyarrow.parquet as pq

from bench.each.row import DATA, Bench, Fitted, Line, Row, over_seeds

OUT = "oos"


def shares(run: Fitted) -> tuple[float, float]:
    """The share of in-scope test rows answered right, and of out-of-scope ones known as such."""
    rows = pq.read_table(run.run / "predictions.parquet", columns=["truth", "correct"]).to_pylist()
    out = [row["correct"] for row in rows if row["truth"] == OUT]
    within = [row["correct"] for row in rows if row["truth"] != OUT]
    return sum(within) / len(within), sum(out) / max(1, len(out))


def measure(bench: Bench) -> Iterator[Line]:
    """The LSTM and the Transformer encoder."""
    for page in ("lstm", "transformer"):
        run = bench.fit(str(DATA / "clinc150/data_small.json"), "--model", page)
        within, known = shares(run)
        line = over_seeds(f"CLINC150, {page}, all rows", "accuracy", [run])
        yield line
        yield replace(line, what=f"CLINC150, {page}, in scope", value=within, low=None, high=None, wanted=0.88)
        yield replace(line, what=f"{page}, out of scope known", score="recall", value=known, low=None, high=None)


ROW = Row("intents", "sentence classification", "clinc150", 6.0, measure, ("clinc150/data_small.json",))

"""Classes of nodes: Cora by its public split, 140 papers to learn from."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds

SEEDS = range(10)
FEW = range(3)


def measure(bench: Bench) -> Iterator[Line]:
    """GCN over ten seeds, GAT over three."""
    runs = [bench.fit(str(DATA / "cora"), seed=seed) for seed in SEEDS]
    yield over_seeds(f"Cora, gcn, mean of {len(SEEDS)}", "accuracy", runs, 0.81)
    runs = [bench.fit(str(DATA / "cora"), "--model", "gat", seed=seed) for seed in FEW]
    yield over_seeds(f"Cora, gat, mean of {len(FEW)}", "accuracy", runs)


ROW = Row("nodes", "classes of nodes", "cora", 10.0, measure, ("cora/raw/edge.csv.gz",))

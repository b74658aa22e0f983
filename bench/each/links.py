"""Edges that are not there yet: Zachary's karate club, and the triples of UMLS in the filtered setting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.each.row import DATA, Bench, Fitted, Line, Row, over_seeds

SEEDS = range(10)


def rival(runs: Sequence[Fitted], score: str) -> float:
    """The mean of the baseline that is best over the runs together."""
    names = runs[0].scores["baseline"]
    return float(max(sum(r.scores["baseline"][name][score]["value"] for r in runs) / len(runs) for name in names))


def measure(bench: Bench) -> Iterator[Line]:
    """Each above the best heuristic: shared neighbours, or how often a node is an answer to a relation."""
    runs = [bench.fit(str(DATA / "karate"), "--target", "target", seed=seed) for seed in SEEDS]
    yield over_seeds(f"karate, gcn, mean of {len(SEEDS)}", "auc", runs, rival(runs, "auc"))
    runs = [bench.fit(str(DATA / "umls-kg"))]
    yield over_seeds("UMLS, complex", "mrr", runs, rival(runs, "mrr"))
    yield over_seeds("UMLS, complex", "hits_at_10", runs, rival(runs, "hits_at_10"))


ROW = Row("links", "links of a graph", "karate, umls-kg", 4.0, measure, ("karate/edges.csv", "umls-kg/train.txt"))

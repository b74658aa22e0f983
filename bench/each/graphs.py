"""Classes of whole graphs: PROTEINS by its ten published folds; epochs are chosen inside the training part of each."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds

FOLDS = range(1, 11)


def measure(bench: Bench) -> Iterator[Line]:
    """GIN over the folds, and the forest that only counts nodes beside it."""
    runs = [bench.fit(str(DATA / "tu-proteins"), "--fold", str(fold)) for fold in FOLDS]
    yield over_seeds("PROTEINS, gin, mean of 10 folds", "accuracy", runs, 0.71)
    rivals = [run.scores["baseline"]["forest"]["accuracy"]["value"] for run in runs]
    mean = sum(rivals) / len(rivals)
    yield Line("PROTEINS, forest on counts, 10 folds", "accuracy", mean, min(rivals), max(rivals))


ROW = Row("graphs", "classes of graphs", "tu-proteins", 10.0, measure, ("tu-proteins/PROTEINS.txt",))

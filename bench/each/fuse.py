"""Several inputs at once: numbers, categories and names on Titanic; a picture and a sentence on NLVR."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Fitted, Line, Row, over_seeds

SEEDS = (0, 1, 2)


def beside(what: str, run: Fitted) -> Line:
    """The best baseline by accuracy as a line of its own, with its interval."""
    name, scores = max(run.scores["baseline"].items(), key=lambda pair: float(pair[1]["accuracy"]["value"]))
    found = scores["accuracy"]
    return Line(f"{what}, {name}", "accuracy", found["value"], found["low"], found["high"])


def measure(bench: Bench) -> Iterator[Line]:
    """Titanic by three splits, NLVR by its published parts; the dev part trains, since the large one is not here."""
    source = (str(DATA / "titanic/titanic.csv"), "--target", "survived")
    runs = [bench.fit(*source, seed=seed) for seed in SEEDS]
    yield over_seeds(f"titanic, mean of {len(SEEDS)}", "accuracy", runs)
    yield over_seeds("titanic, seed 0", "accuracy", runs[:1])
    yield beside("titanic, seed 0", runs[0])
    pictures = [bench.fit(str(DATA / "nlvr"))]
    yield over_seeds("nlvr", "accuracy", pictures)
    yield beside("nlvr", pictures[0])
    yield over_seeds("nlvr", "auc", pictures)


ROW = Row("fuse", "several inputs → Category", "titanic; nlvr, 989 and 990 rows", 8, measure, ("titanic", "nlvr"))

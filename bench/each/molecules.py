"""A property of molecules: the solubility of ESOL from SMILES alone, random parts of 80, 10 and 10 percent."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds

SEEDS = range(3)
TARGET = "measured log solubility in mols per litre"
PARTS = ("--set", "data.test=0.1", "--set", "data.valid=0.1")


def measure(bench: Bench) -> Iterator[Line]:
    """The message passing net over three seeds, each with parts of its own."""
    source = str(DATA / "esol/delaney-processed.csv")
    runs = [bench.fit(source, "--target", TARGET, "--input", "smiles", *PARTS, seed=seed) for seed in SEEDS]
    yield over_seeds(f"ESOL, mpnn, mean of {len(SEEDS)}", "rmse", runs, 0.70, higher=False)


ROW = Row("molecules", "a property of molecules", "esol", 8.0, measure, ("esol/delaney-processed.csv",))

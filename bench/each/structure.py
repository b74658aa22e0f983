"""Proteins folded from letters: lDDT on held-out chains beside the nearest training chain, and one learned by heart."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds

CHAIN = "proteins/globins/d1ecaa_.pdb.gz"  # 136 residues


def measure(bench: Bench) -> Iterator[Line]:
    """The folder as it is, nothing asked for but minutes; then one chain that trains, chooses and tests, whole."""
    run = bench.fit(str(DATA / "proteins"), "--minutes", bench.minutes(4))
    yield over_seeds("held-out chains, most of them globins", "lddt", [run])
    yield over_seeds("held-out chains, most of them globins", "rmsd", [run], higher=False)
    one = str(DATA / CHAIN)
    same = ("--valid", one, "--test", one, "--set", "augment.stretch=0")
    once = bench.fit(one, *same, "--minutes", bench.minutes(2))
    yield over_seeds("one chain, learned by heart", "lddt", [once], 0.9)


ROW = Row("structure", "protein sequence → coordinates", "32 chains, 26 of them globins", 6.0, measure, ("proteins",))

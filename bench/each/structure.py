"""Proteins folded from letters: lDDT on held-out chains beside the nearest training chain, and one learned by heart."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from bench.each.row import DATA, Bench, Fitted, Line, Row, over_seeds

CHAIN = "proteins/globins/d1ecaa_.pdb.gz"  # 136 residues


def measure(bench: Bench) -> Iterator[Line]:
    """The folder as it is, nothing asked for but minutes; then one chain that trains, chooses and tests, whole."""
    run = bench.fit(str(DATA / "proteins"), "--minutes", bench.minutes(4))
    yield over_seeds("held-out chains, most of them globins", "lddt", [run])
    yield over_seeds("held-out chains, most of them globins", "rmsd", [run], higher=False)
    yield over_seeds("one chain, learned by heart", "lddt", [by_heart(bench)], 0.9)


def by_heart(bench: Bench) -> Fitted:
    """One chain alone, as many times as the least table has rows, that trains, chooses and tests, whole."""
    folder = bench.folder / "one"
    for part, copies in (("train", 4), ("valid", 1), ("test", 1)):
        (folder / part).mkdir(parents=True)
        for number in range(copies):
            shutil.copy(DATA / CHAIN, folder / part / f"{number}.pdb.gz")
    return bench.fit(str(folder), "--minutes", bench.minutes(2))


ROW = Row("structure", "protein sequence → coordinates", "32 chains, 26 of them globins", 6.0, measure, ("proteins",))

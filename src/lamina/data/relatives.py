"""Proteins laid beside each other letter by letter, and which chains of test or validation have kin in training.

Needleman & Wunsch 1970, https://doi.org/10.1016/0022-2836(70)90057-4, with the substitution scores of Henikoff &
Henikoff 1992, https://doi.org/10.1073/pnas.89.22.10915; by gemmi.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kinds import Schema
from ..kinds.base import values_of
from ..kinds.protein import Protein, plain
from .split import Split
from .table import Table

MOST = 40_000  # pairs of chains that are laid beside each other
STEP = re.compile(r"(\d+)([MID])")
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Beside:
    """A chain laid beside another: which of its residues (n,) lies beside which of the other's (n,), the score of that,
    and the share of those whose letters are the same."""

    mine: Ints
    theirs: Ints
    score: int
    alike: float

    @property
    def kin(self) -> bool:
        """Whether chains so alike hardly ever fold differently: the curve of Rost 1999, Protein Engineering 12, 85,
        https://doi.org/10.1093/protein/12.2.85; 24 % of 150 letters, 42 % of 50."""
        n = max(1, len(self.mine))
        least: float = 4.8 * n ** (-0.32 * (1 + math.exp(-n / 1000)))
        return self.alike >= min(1.0, least)


def beside(one: str, other: str) -> Beside:
    """Two chains, whole, as they lie beside each other best. Raises ImportError where gemmi is not installed."""
    import gemmi

    names = [gemmi.expand_one_letter_sequence(letters, gemmi.ResidueKind.AA) for letters in (one, other)]
    made = gemmi.align_string_sequences(names[0], names[1], [], gemmi.AlignmentScoring("b"))
    i = j = 0
    mine, theirs = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for count, step in STEP.findall(made.cigar_str()):
        n = int(count)
        if step == "M":
            mine.append(np.arange(i, i + n))
            theirs.append(np.arange(j, j + n))
        i, j = i + n * (step != "D"), j + n * (step != "I")
    a, b = np.concatenate(mine), np.concatenate(theirs)
    same = sum(one[x] == other[y] for x, y in zip(a.tolist(), b.tolist(), strict=True))
    return Beside(a, b, int(made.score), same / max(1, len(a)))


def nearest(chain: str, others: Sequence[str]) -> tuple[int, Beside]:
    """Which of some chains lies beside a chain best, and how. Raises as `beside`, and ValueError of no others."""
    laid = [beside(chain, other) for other in others]
    best = max(range(len(laid)), key=lambda i: laid[i].score)
    return best, laid[best]


def relatives(table: Table, schema: Schema, split: Split) -> list[dict[str, Any]]:
    """What there is to be said of chains of test and validation that have kin in training, a record a part.

    Related chains fold alike, so that the scores say how well such are answered, not how a new fold would be. Nothing
    is looked for where that would be over 40,000 pairs of chains, or gemmi is not installed.
    """
    columns = [f.name for f in schema.inputs if isinstance(f.kind, Protein)]
    found: list[dict[str, Any]] = []
    for name in columns:
        chains = {part: _letters(table, name, rows) for part, rows in split.parts().items()}
        for part in ("test", "valid"):
            if not chains[part] or not 0 < len(chains[part]) * len(chains["train"]) <= MOST:
                continue
            try:
                best = [nearest(chain, chains["train"])[1] for chain in chains[part]]
            except ImportError:
                return []
            close = sum(laid.kin for laid in best)
            if close:
                middle = float(np.median([laid.alike for laid in best]))
                text = (
                    f"{close:,} of {len(best):,} {part} chains are related to a training chain (the middle one shares "
                    f"{middle:.0%} of its letters): related chains fold alike, so scores say little of new folds"
                )
                found.append({"code": f"relatives {part}", "text": text, "columns": [name], "count": close})
    return found


def _letters(table: Table, name: str, rows: Ints) -> list[str]:
    chains = (plain(value) for value in values_of(table.column(name).take(rows)))
    return [chain for chain in chains if chain.isalpha()]

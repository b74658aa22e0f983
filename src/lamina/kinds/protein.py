"""Protein: a chain of amino acids, one letter each (IUPAC-IUB 1984, https://doi.org/10.1111/j.1432-1033.1984.tb07877.x)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field as Range
from torch import Tensor

from ..errors import KindError
from ..ragged import Ragged
from .base import ROWS, Column, Encoded, Ints, Kind, values_of

COMMON = "ACDEFGHIKLMNPQRSTVWY"
UNKNOWN = "X"
LETTERS = COMMON + UNKNOWN  # numbered from 1; 0 stands after the end of a row
OTHERS = "BJOUZ"  # two that cannot be told apart, or amino acids that few proteins have: read as unknown
PADDING = 0
NUCLEIC = set("ACGTUN")
LONG = 20  # letters from which on a chain of nothing but A, C, G and T is no protein
SAMPLE = 200
PAIRS = 1 << 22  # of residues, in all rows that are answered together
NAMED = re.compile(r"(?i)(^|[^a-z])(sequence|seq|protein|peptide|chain)s?([^a-z]|$)")
NUMBERS = {letter: i + 1 for i, letter in enumerate(LETTERS)} | dict.fromkeys(OTHERS, len(LETTERS))


@dataclass(frozen=True)
class Protein(Kind):
    """A chain of amino acids as text, one letter each. Encoded as numbers (T,) from 1, X for what is not known.

    `length`: residues of the longest chain that is read; a pair of residues costs memory, so a longer one is set aside.
    `mean` and `longest` are of training.
    """

    slot: ClassVar[str | None] = None
    says: ClassVar[str] = "a protein: a chain of amino acids, one letter each"

    length: Annotated[int, Range(ge=1, le=100_000)] = 512
    mean: float = 0.0
    longest: int = 0

    def fit(self, column: Column, rows: Ints) -> Self:
        lengths = self.encode(column.take(rows)).array.lengths  # type: ignore[union-attr]
        known = lengths[lengths > 0]
        if not len(known):
            raise KindError(
                f'column "{column.name}" holds no protein in {len(rows):,} training rows',
                expected=f"letters of amino acids, {COMMON} or X, at most {self.length:,} a row",
            )
        return replace(self, mean=round(float(known.mean()), 3), longest=int(known.max()))

    def encode(self, values: Any) -> Encoded:
        """Texts to numbers (T,) int32; what is no chain of amino acids is bad, with no residue."""
        rows, bad = [], {}
        told = {}
        for i, value in enumerate(values_of(values)):
            letters = plain(value)
            if why := self._fault(letters):
                bad[i], letters = why, ""
            if strange := sorted({letter for letter in letters if letter in OTHERS}):
                told[i] = f"holds {', '.join(strange)}, read as X"
            rows.append(np.array([NUMBERS[letter] for letter in letters], np.int32))
        rare = {f"letters of rare amino acids ({', '.join(OTHERS)}) read as X": len(told)} if told else {}
        return Encoded(Ragged.of(rows, np.int32), bad, rare, told=told)

    def _fault(self, letters: str) -> str:
        """Why some letters are no chain that can be read, or ""."""
        if not letters:
            return "no sequence"
        wrong = next((sign for sign in letters if sign not in NUMBERS), "")
        if wrong in ("-", "."):
            return "gaps of an alignment stand in it; the sequence alone is read"
        if wrong:
            return f'"{wrong}" is no letter of an amino acid'
        if len(letters) >= LONG and set(letters) <= NUCLEIC:
            return f"it holds only {', '.join(sorted(set(letters)))}: DNA or RNA, no protein"
        if len(letters) > self.length:
            return (
                f"{len(letters):,} residues, more than the {self.length:,} that are read; "
                f"--kind COLUMN=Protein(length={len(letters)}) reads it"
            )
        return ""

    def collate(self, array: Ragged) -> Tensor:
        """(B, T) numbers, 0 after the end of a row."""
        return torch.from_numpy(array.padded(PADDING).astype(np.int64))

    def absent(self, array: Ragged) -> NDArray[np.bool_]:
        return array.empty

    def decode(self, output: Any) -> list[str]:
        """Numbers, a Ragged or (B, T), to letters."""
        return ["".join(LETTERS[int(i) - 1] for i in row if i) for row in output]

    def at_once(self) -> int:
        return max(1, min(ROWS, PAIRS // self.length**2))

    def show(self, value: Any) -> str:
        return "" if value is None else str(value)

    def summary(self) -> str:
        return f"{self.mean:.0f} residues a chain, at most {self.longest:,}"


def plain(value: Any) -> str:
    """The letters of a value, large, without blanks and without the star that ends a translated gene."""
    return "" if value is None else "".join(str(value).split()).upper().removesuffix("*")


def is_protein(name: str, texts: Sequence[str]) -> str:
    """Why a column of texts is taken for proteins, or "" if it is not: long runs of capitals that are amino acids."""
    head = [text.strip().removesuffix("*") for text in texts[:SAMPLE] if text]
    letters = set("".join(head))
    if not head or not letters <= set(NUMBERS) or letters <= NUCLEIC or len(letters) < 10:
        return ""
    long = sum(map(len, head)) >= LONG * len(head)
    return "letters of amino acids" if long or (NAMED.search(name) and len(letters) >= 15) else ""

"""Structure: where the backbone of a protein lies in space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import KindError
from ..ragged import Ragged, Rows
from .base import Column, Encoded, Ints, Kind
from .protein import plain

ATOMS = ("N", "CA", "C")
CA = 1
FEWEST = 8  # residues whose Cα is known, under which there is no fold to learn
NAMES = {
    "A": "ALA",
    "C": "CYS",
    "D": "ASP",
    "E": "GLU",
    "F": "PHE",
    "G": "GLY",
    "H": "HIS",
    "I": "ILE",
    "K": "LYS",
    "L": "LEU",
    "M": "MET",
    "N": "ASN",
    "P": "PRO",
    "Q": "GLN",
    "R": "ARG",
    "S": "SER",
    "T": "THR",
    "V": "VAL",
    "W": "TRP",
    "Y": "TYR",
}
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Chain:
    """A backbone that was answered: its letters, and N, Cα and C of each residue (T, 3, 3), in Å."""

    sequence: str
    atoms: Floats

    def __str__(self) -> str:
        return f"{len(self.atoms)} residues"

    def as_json(self) -> dict[str, Any]:
        """The letters, and a place (x, y, z) for each residue by the name of the atom."""
        return {"sequence": self.sequence} | {
            name: [[round(float(x), 3) for x in place] for place in self.atoms[:, i]] for i, name in enumerate(ATOMS)
        }

    def as_file(self) -> tuple[str, bytes]:
        """The ending and the bytes of a file of its own: the Protein Data Bank's format 3.3, section 9, which viewers
        read. It has no B factors, since how sure an answer is is not told."""
        lines = []
        for n, (letter, residue) in enumerate(zip(self.sequence, self.atoms, strict=True), 1):
            for i, (name, (x, y, z)) in enumerate(zip(ATOMS, residue.tolist(), strict=True)):
                place = f"{len(ATOMS) * (n - 1) + i + 1:5d}  {name:<3} {NAMES.get(letter, 'UNK')} A{n:4d}    "
                lines.append(f"ATOM  {place}{x:8.3f}{y:8.3f}{z:8.3f}  1.00  0.00          {name[0]:>2}  ")
        return ".pdb", "\n".join([*lines, "TER", "END", ""]).encode()


@dataclass(frozen=True)
class Structure(Kind):
    """The backbone of a chain, one residue for each letter of the protein beside it. Encoded as N, Cα and C in Å,
    float32 (T, 3, 3), NaN where an atom is not known. `residues` and `known` are of training: residues of a chain, and
    the share of them whose Cα is known."""

    slot: ClassVar[str | None] = None
    says: ClassVar[str] = "where the backbone of a protein lies in space, in Å"
    raw: ClassVar[tuple[str, ...]] = ("ragged",)
    placed: ClassVar[bool] = True

    residues: float = 0.0
    known: float = 0.0

    def fit(self, column: Column, rows: Ints) -> Self:
        encoded = self.encode(column.take(rows))
        assert isinstance(encoded.array, Ragged)
        good = encoded.array[[i for i in range(len(rows)) if i not in encoded.bad]]
        if not len(good):
            raise KindError(
                f'column "{column.name}" holds no structure in {len(rows):,} training rows',
                expected=f"chains of {FEWEST} residues or more whose Cα is known",
            )
        here = np.isfinite(good.values[:, CA]).all(-1)
        return replace(self, residues=round(float(good.lengths.mean()), 3), known=round(float(here.mean()), 4))

    def encode(self, values: Any) -> Encoded:
        """Rows (T, 3, 3) as they are; one with hardly a known Cα is bad."""
        rows: Ragged = values
        array = Ragged(rows.values.astype(np.float32), rows.starts, rows.lengths)
        bad = {}
        for i, row in enumerate(array):
            here = int(np.isfinite(row[:, CA]).all(-1).sum()) if row.shape[1:] == (len(ATOMS), 3) else -1
            if here < 0:
                bad[i] = f"places of {' × '.join(map(str, row.shape[1:]))}; three atoms in three dimensions are read"
            elif here < FEWEST:
                bad[i] = f"the Cα of {here} residues is known; {FEWEST} are the least"
        return Encoded(array, bad)

    def collate(self, array: Ragged) -> Tensor:
        """(B, T, 3, 3), NaN after the end of a row and where an atom is not known."""
        return torch.from_numpy(array.padded(np.nan).astype(np.float32))

    def absent(self, array: Ragged) -> NDArray[np.bool_]:
        return array.empty

    def decode(self, output: Any) -> list[Floats]:
        """Places (T, 3, 3) row by row; `onto` makes them chains."""
        return [np.asarray(row, np.float32) for row in output]

    def onto(self, value: Any, inputs: Sequence[Any]) -> Chain:
        """The answer with the letters of its chain."""
        return Chain(plain(inputs[0]), value)

    def misfits(self, encoded: Rows, inputs: Mapping[str, Rows]) -> dict[int, str]:
        """Rows with more or fewer residues than their protein has letters."""
        out: dict[int, str] = {}
        for array in inputs.values():
            if isinstance(array, Ragged) and isinstance(encoded, Ragged):
                for i in np.flatnonzero(array.lengths != encoded.lengths).tolist():
                    out[i] = f"{encoded.lengths[i]} residues lie beside {array.lengths[i]} letters"
        return out

    def show(self, value: Any) -> str:
        return "nothing" if value is None else f"{len(getattr(value, 'atoms', value))} residues"

    def summary(self) -> str:
        return f"{self.residues:.0f} residues a chain, the Cα of {self.known:.1%} known"

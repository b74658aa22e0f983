"""Molecule: a SMILES text, read as a graph of atoms and bonds.

Weininger 1988, https://doi.org/10.1021/ci00057a005. What is known of an atom and of a bond is what Gilmer et al. 2017,
https://arxiv.org/abs/1704.01212, table 1, and Yang et al. 2019, https://arxiv.org/abs/1904.01561, list, as far as it
follows from the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from PIL import Image as Pictures

from ..errors import ExtraError, KindError
from ..extras import extra
from ..ragged import Ragged
from .base import Column, Encoded, Ints, Kind, values_of
from .features import NOTHING, Features
from .graph import collated, encoded, faults, fitted
from .records import GraphBatch, Records

ATOM = 8  # numbers known of an atom
BOND = 4
LONGEST = 10_000  # signs of a SMILES
SIDE = 240  # pixels of a picture
SIGNS = re.compile(r"^[A-Za-z0-9@+\-\[\]()=#$%/\\.:*]+$")
BUILT = re.compile(r"[=#()\[\]]|[a-zA-Z]\d")  # a branch, a ring or a double bond
SAMPLE = 200


@dataclass(frozen=True)
class Molecule(Kind):
    """A molecule as a SMILES text. Encoded as `Graph` has it: atoms are nodes, bonds are edges both ways."""

    slot: ClassVar[str | None] = None
    says: ClassVar[str] = "a molecule as a SMILES text, read as a graph of atoms and bonds"

    nodes: Features = NOTHING
    edges: Features = NOTHING
    counted: bool = False
    middle: tuple[float, float] = (0.0, 0.0)  # atoms and bond ends of the median molecule

    def fit(self, column: Column, rows: Ints) -> Self:
        raw, bad = _read(values_of(column.take(rows)))
        made: Self = fitted(self, raw, column.name, list(bad))
        if not made.edges.values:
            made = replace(made, edges=Features(((),) * BOND, (0.0,) * BOND, (1.0,) * BOND))
        return made

    def encode(self, values: Any) -> Encoded:
        raw, bad = _read(values_of(values))
        made = encoded(self, raw, bad)
        return Encoded(made.array, bad)

    def collate(self, array: Ragged) -> GraphBatch:
        """The molecules of a batch, side by side."""
        return collated(self, array)

    def decode(self, output: Any) -> list[Any]:
        del output
        raise KindError(
            "molecules are read, not written", expected="another column as the target", fix="--target COLUMN"
        )

    def show(self, value: Any) -> Pictures.Image | str:
        made = _parsed(value)
        if isinstance(made, str):
            return str(value)
        from rdkit.Chem import Draw

        draw: Any = Draw
        picture: Pictures.Image = draw.MolToImage(made, size=(SIDE, SIDE))
        return picture.convert("RGB")

    def summary(self) -> str:
        elements = len(self.nodes.values[0]) if self.nodes.values else 0
        return f"{self.middle[0]:.0f} atoms in the middle one, {elements} elements"


def is_smiles(name: str, texts: Sequence[str]) -> str:
    """Why a column of texts is taken for SMILES, or "" if it is not: by its name, or since nearly all parse."""
    head = [text for text in texts[:SAMPLE] if text]
    shaped = sum(bool(SIGNS.match(text.strip())) for text in head)
    if not head or shaped < 0.9 * len(head):
        return ""
    if re.search(r"(^|[^a-z])smiles([^a-z]|$)", name.lower()):
        return "texts named SMILES"
    if sum(bool(BUILT.search(text)) for text in head) < 0.5 * len(head):
        return ""
    try:
        read = sum(not isinstance(_parsed(text), str) for text in head)
    except ExtraError:  # without rdkit nothing is said of a column that is not named SMILES
        return ""
    return f"{read} of {len(head)} texts looked at are SMILES" if read >= 0.9 * len(head) else ""


def _read(texts: Sequence[Any]) -> tuple[Records, dict[int, str]]:
    """SMILES as graphs, and the reason for each that is none; it is an empty graph."""
    graphs, bad = [], {}
    for i, text in enumerate(texts):
        made = _parsed(text)
        if isinstance(made, str):
            bad[i] = made
            graphs.append((np.zeros((0, ATOM)), np.zeros((2, 0)), np.zeros((0, BOND))))
        else:
            graphs.append(_graph(made))
    raw = Records.of(graphs, ATOM, BOND)
    return raw, bad | {i: why for i, why in faults(raw).items() if i not in bad}


def _graph(mol: Any) -> tuple[Any, Any, Any]:
    """Atoms (V, 8), ends (2, E) with each bond both ways, bonds (E, 4)."""
    atoms = [
        (
            atom.GetAtomicNum(),
            atom.GetTotalDegree(),
            atom.GetFormalCharge(),
            atom.GetTotalNumHs(),
            int(atom.GetHybridization()),
            atom.GetIsAromatic(),
            atom.IsInRing(),
            int(atom.GetChiralTag()),
        )
        for atom in mol.GetAtoms()
    ]
    ends, bonds = [], []
    for bond in mol.GetBonds():
        a, b = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        known = (round(2 * bond.GetBondTypeAsDouble()), bond.GetIsConjugated(), bond.IsInRing(), int(bond.GetStereo()))
        ends += [(a, b), (b, a)]
        bonds += [known, known]
    return (
        np.array(atoms, np.float32).reshape(-1, ATOM),
        np.array(ends, np.int64).reshape(-1, 2).T,
        np.array(bonds, np.float32).reshape(-1, BOND),
    )


def _parsed(text: Any) -> Any:
    """A molecule of rdkit, or the reason why a text is none."""
    with extra("rdkit", "molecules are read"):
        from rdkit import Chem, rdBase
    if not isinstance(text, str) or not text.strip():
        return "no SMILES"
    if len(text) > LONGEST:
        return f"a SMILES of {len(text):,} signs"
    with rdBase.BlockLogs():
        made: Any = Chem.MolFromSmiles(text.strip())
    if made is None:
        return f'"{text[:60]}" is no SMILES that can be read'
    return made if made.GetNumAtoms() else "a molecule without atoms"

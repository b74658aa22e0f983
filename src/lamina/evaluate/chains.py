"""Plates of folded proteins: how far residues lie from each other, in truth and as answered."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures

from ..kinds.structure import CA
from ..metrics.structure import distances, lddt, rmsd
from .shown import Item, Plate, Shown

ROWS = 6
FAR = 40.0  # Å from which on a place on the map is as dark as it gets
NEAR, MIDDLE, LAST = np.array([255, 247, 188]), np.array([65, 182, 196]), np.array([12, 44, 132])  # of colours
UNKNOWN = np.array([224, 224, 224])
SIDE, GAP = 360, 8  # pixels of a map, and between two


def maps(shown: Shown) -> list[Plate]:
    """The distances between all Cα of some test chains, true and answered side by side."""
    items = []
    for at in shown.some(ROWS):
        true, said = (rows.row(int(at))[:, CA] for rows in (shown.truth.values, shown.answer))
        name = shown.table.id_of(int(shown.truth.rows[at]))
        if len(said):
            told = f"{name}: {len(true)} residues, lDDT {lddt(true, said):.2f}, RMSD {rmsd(true, said):.1f} Å"
            items.append(Item(told, beside([drawn(distances(true)), drawn(distances(said))])))
    says = "Left as it is, right as answered: light where two residues lie near each other, dark from 40 Å on."
    return [Plate("Distance maps", tuple(items), f"{says} Grey is not known.")]


def drawn(apart: NDArray[Any]) -> Pictures.Image:
    """Distances (T, T) as a picture of one side."""
    share = np.clip(apart / FAR, 0, 1)[..., None]
    colour = np.where(share < 0.5, NEAR + (MIDDLE - NEAR) * 2 * share, MIDDLE + (LAST - MIDDLE) * (2 * share - 1))
    pixels = np.where(np.isfinite(share), colour, UNKNOWN).astype(np.uint8)
    return Pictures.fromarray(pixels).resize((SIDE, SIDE), Pictures.Resampling.NEAREST)


def beside(parts: list[Pictures.Image]) -> Pictures.Image:
    """Pictures of one side in a row."""
    made = Pictures.new("RGB", (len(parts) * (SIDE + GAP) - GAP, SIDE), "white")
    for place, part in enumerate(parts):
        made.paste(part, (place * (SIDE + GAP), 0))
    return made

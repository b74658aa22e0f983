"""What a report shows of music: pieces as they are, and one that the net made."""

from __future__ import annotations

import numpy as np

from ..predict.play import play_notes
from .shown import Item, Plate, Shown

PIECES = 4


def rolls(shown: Shown) -> list[Plate]:
    """Piano rolls of some test pieces with their nats, and of one that was made."""
    kind, name = shown.schema.target.kind, shown.schema.target.name
    items = []
    for place in shown.some(PIECES):
        row = int(shown.truth.rows[place])
        piece = shown.table.column(name).take(np.array([row])).to_pylist()[0]
        drawn = kind.show(piece)
        nats = shown.values[place]
        told = "" if nats is None else f": {nats:.2f} nats a frame"
        items.append(Item(f"{shown.table.id_of(row)}{told}", None if isinstance(drawn, str) else drawn))
    plates = [Plate("Pieces of the test part", tuple(items), "Frames run to the right, high notes stand above.")]
    if hasattr(shown.predictor.net.body, "step"):
        made = kind.show(play_notes(shown.predictor, seed=shown.seed))
        item = Item("64 frames", None if isinstance(made, str) else made)
        plates.append(Plate("Made by the net", (item,), "Each key drawn by its chance, frame after frame."))
    return plates

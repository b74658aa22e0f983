"""Plates of text learned from itself: what the net writes after a few words, what it finds plain and what strange."""

from __future__ import annotations

import numpy as np

from ..kinds import Text
from ..predict.write import write_text
from .shown import Item, Plate, Shown

PROMPTS, GIVEN, WRITTEN = 4, 40, 200  # texts written on, tokens given of each, tokens written
ENDS = 4  # of the plainest and of the strangest


def _texts(shown: Shown) -> list[str]:
    """The scored rows as texts."""
    name = shown.schema.target.name
    kind = shown.schema.target.kind
    assert isinstance(kind, Text)
    return list(kind.reference(shown.table.column(name).take(shown.truth.rows), None))


def surprising(shown: Shown) -> list[Plate]:
    """The rows that were hardest and easiest to foresee, in nats a token."""
    texts = _texts(shown)
    known = [i for i, value in enumerate(shown.values) if value is not None]
    order = sorted(known, key=lambda i: shown.values[i])
    picked = list(dict.fromkeys([*order[::-1][:ENDS], *order[:ENDS][::-1]]))
    items = tuple(
        Item(shown.table.id_of(int(shown.truth.rows[i])), texts=((f"{shown.values[i]:.2f} nats a token", texts[i]),))
        for i in picked
    )
    return [Plate("Strangest and plainest", items, "The test rows that were hardest to foresee, then the easiest.")]


def written(shown: Shown) -> list[Plate]:
    """What the net writes after the first words of some rows, beside how they go on, and what is hard to foresee."""
    texts, kind = _texts(shown), shown.schema.target.kind
    assert isinstance(kind, Text)
    items = []
    for i in shown.some(PROMPTS):
        tokens = next(iter(kind.split([texts[int(i)]])))
        given = kind.text(np.array([*kind.ids(tokens[:GIVEN])]))
        if not given.strip():
            continue
        made = "".join(write_text(shown.predictor, given, WRITTEN, seed=shown.seed))
        caption = shown.table.id_of(int(shown.truth.rows[int(i)]))
        items.append(Item(caption, texts=(("given", given), ("written", made[len(given) :]), ("truth", texts[int(i)]))))
    return [
        Plate("Written on", tuple(items), "The first words of test rows, and how the net goes on."),
        *surprising(shown),
    ]

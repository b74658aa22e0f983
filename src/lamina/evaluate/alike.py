"""Classes told by examples: what the rows of a test part say of each other, and what a report shows of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kinds import Image
from ..kinds.alike import EPISODE, EXAMPLE, NAME, raw_parts
from ..metrics.alike import chances
from .beside import beside
from .shown import Item, Plate, Shown

MOST = 24  # rows shown


def answered(truth: NDArray[np.int64], values: Any, vectors: NDArray[Any]) -> tuple[list[str], list[str]]:
    """The names that rows are answered with and those they have, from the truth (n, 3), raw values and vectors (n, D).

    An example, and a row that is asked where no example stands, is answered with its own name or with none.
    """
    names = [name for name, _, _ in raw_parts(values)]
    known = dict(zip(truth[:, NAME].tolist(), names, strict=True))
    said = [name if example else "" for name, example in zip(names, truth[:, EXAMPLE], strict=True)]
    for places, classes, shares in chances(truth, vectors):
        for place, best in zip(places.tolist(), shares.argmax(1), strict=True):
            said[place] = known[int(classes[best])]
    return said, names


def episodes(shown: Shown) -> list[Plate]:
    """Rows that were asked, each beside the example of its class and, where it is wrong, the one it was taken for."""
    pictures = [f for f in shown.schema.inputs if isinstance(f.kind, Image)]
    if not pictures:
        return []
    truth = np.asarray(shown.truth.values)
    items = []
    for place, own, taken in _asked(truth, np.asarray(shown.answer))[:MOST]:
        rows = shown.truth.rows[[place, own, *([taken] if taken != own else [])]]
        values = shown.table.column(pictures[0].name).take(rows)
        drawn = [one for value in values if not isinstance(one := pictures[0].kind.show(value), str)]
        said = f"taken for {shown.values[place]}" if taken != own else "right"
        items.append(Item(f"{shown.table.id_of(int(rows[0]))}: {said}", picture=beside(drawn) if drawn else None))
    says = "Left what is asked, then the example of its class; last, where there is a third, what it was taken for."
    return [Plate("Asked beside examples", tuple(items), says)]


def _asked(truth: NDArray[np.int64], vectors: NDArray[Any]) -> list[tuple[int, int, int]]:
    """Places of rows that are asked, of the example of their class and of that which they are taken for; those that are
    wrong first."""
    found = []
    for places, classes, shares in chances(truth, vectors):
        same = truth[:, EPISODE] == truth[places[0], EPISODE]
        for place, best in zip(places.tolist(), shares.argmax(1), strict=True):
            own, taken = (
                np.flatnonzero(same & (truth[:, EXAMPLE] == 1) & (truth[:, NAME] == name))
                for name in (truth[place, NAME], classes[best])
            )
            if len(own):
                found.append((place, int(own[0]), int(taken[0])))
    return sorted(found, key=lambda one: one[1] == one[2])

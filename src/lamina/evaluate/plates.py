"""What a report shows of rows beside the figures: pictures, pairs of texts, charts; one function a problem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from ..kinds import Audio, Category, Each, Graph, Kind, Molecule, Node, Series
from ..kinds.each import OUTSIDE
from ..metrics import key_of
from .alike import episodes
from .chains import maps
from .dense import boxed, masked, restored
from .drawn import graphs, links, nodes
from .exhibits import as_png
from .futures import futures, read_series
from .gallery import bounded, given_back, made, neighbours
from .heard import classed, transcribed
from .notes import rolls
from .pairs import told
from .played import episodes as lived
from .played import matches
from .read import surprising, written
from .shown import Item, Plate, Shown
from .written import found, translated

LARGEST = 800  # pixels of the longer side of a picture on a plate


def labelled(shown: Shown) -> list[Plate]:
    """Texts with what was said of each token, where that is not the truth."""
    kind, source = shown.schema.target.kind, shown.schema.inputs[0]
    assert isinstance(kind, Each)
    items, marks = [], kind.marks
    for at in shown.some():
        row = int(shown.truth.rows[at])
        words = shown.table.column(source.name).take(np.array([row])).to_pylist()[0]
        true, said = list(shown.truth.codes.row(int(at))), shown.values[at]
        names = [kind.of.labels[c] if c >= 0 else "?" for c in true]
        told = [_beside(*one, marks) for one in zip(words, said, names, strict=False)]
        items.append(Item(shown.table.id_of(row), texts=(("labels", " ".join(told)),)))
    which = "Each word of an entity" if marks else "Each word"
    return [Plate("Labelled texts", tuple(items), f"{which} with its label; what is wrong has the truth behind it.")]


def _beside(word: str, said: str, true: str, marks: bool) -> str:
    """A word with its label; of entities those inside alone."""
    shown = word if marks and said == OUTSIDE else f"{word}/{said}"
    return shown if said == true else f"{shown} (is {true})"


# An input that stands alone -> what is shown of classes and numbers found from it; of others, the mistakes are.
ALONE: tuple[tuple[type[Kind], Callable[[Shown], list[Plate]]], ...] = (
    (Series, read_series),
    (Audio, classed),
    (Graph, graphs),
    (Molecule, graphs),
    (Node, nodes),
)


def by_input(shown: Shown) -> list[Plate]:
    """What is shown of classes and numbers, by what they are found from."""
    inputs, kind = shown.schema.inputs, shown.schema.target.kind
    for given, make in ALONE:
        if (
            len(inputs) == 1
            and isinstance(inputs[0].kind, given)
            and (isinstance(kind, Category) or given is not Series)
        ):
            return make(shown)
    return []


# What is learned, as the table of scores knows it -> what is shown of it.
PLATES: dict[str, Callable[[Shown], list[Plate]]] = {
    "Text:ctc": transcribed,
    "Span": found,
    "Text:written": translated,
    "Alike:alike": episodes,
    "Text:paired": told,
    "Each": labelled,
    "Entities": labelled,
    "Text:causal": written,
    "Text:masked": surprising,
    "Text:spans": surprising,
    "Mask": masked,
    "Boxes": boxed,
    "Photo": restored,
    "Series": futures,
    "Category": by_input,
    "Number": by_input,
    "Node": links,
    "Image:same": given_back,
    "Notes:causal": rolls,
    "Image:bound": bounded,
    "Image:made": made,
    "Episode:acted": lived,
    "Match:played": matches,
    "Structure": maps,
    "Image:views": neighbours,
}


def write_plates(shown: Shown, write: Callable[[str, bytes], None]) -> list[dict[str, Any]]:
    """The plates of a problem as records for the report, their pictures written beside them."""
    make = PLATES.get(key_of(shown.schema.target.kind, shown.schema.target.link))
    records = []
    for number, plate in enumerate(make(shown) if make and len(shown.truth.rows) else []):
        items = []
        for place, item in enumerate(plate.items):
            name = f"plate{number}-{place:03d}.png" if item.picture else ""
            if item.picture:
                write(name, as_png(item.picture, LARGEST))
            items.append(
                {
                    "caption": item.caption,
                    "picture": f"exhibits/{name}" if name else None,
                    "texts": [list(pair) for pair in item.texts],
                    "lines": [asdict(line) for line in item.lines],
                    "axes": list(item.axes),
                }
            )
        records.append({"title": plate.title, "says": plate.says, "items": items})
    return records

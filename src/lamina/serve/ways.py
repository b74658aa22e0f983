"""How a value of each kind comes in JSON, and how a column of such values becomes raw values again.

Columns are made in memory, and no reader of paths is called.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from ..data.table import Files, RaggedArrays, Values
from ..errors import PlanError
from ..findings import printable
from ..kinds import Column, Kind
from ..kinds.records import Records
from ..kinds.text import MARKS
from ..ragged import Ragged
from . import values
from .samples import picture, sound
from .values import LARGEST, Unfit

ORIGIN = "the request"


@dataclass(frozen=True)
class Way:
    """One kind's way in: what a value looks like, one value checked (raises Unfit), the column of many, and one for an
    example. `sent` says whether the bytes of a file may be a whole request: "image", "audio" or ""."""

    says: str
    read: Callable[[Any, Any], Any]
    column: Callable[[str, list[Any]], Column]
    example: Callable[[Any], Any]
    sent: str = ""


# --- a column of them -------------------------------------------------------------------------------------------------


def plain_values(name: str, array: Any) -> Values:
    """A column of plain values."""
    return Values(name, pa.chunked_array([array]), ORIGIN)


def _plain(name: str, rows: list[Any]) -> Column:
    return plain_values(name, pa.array(rows, pa.string()))


def _floats(name: str, rows: list[Any]) -> Column:
    texts = any(isinstance(value, str) for value in rows)
    return plain_values(name, pa.array(rows, pa.string() if texts else pa.float64()))


def _labels(name: str, rows: list[Any]) -> Column:
    given = [value for value in rows if value is not None]
    if given and not isinstance(given[0], str | bool):
        whole = all(isinstance(value, int) and abs(value) < LARGEST for value in given)
        rows = rows if whole else [None if value is None else float(value) for value in rows]
        return plain_values(name, pa.array(rows, pa.int64() if whole else pa.float64()))
    return plain_values(name, pa.array(rows, pa.bool_() if given and isinstance(given[0], bool) else pa.string()))


def _texts(name: str, rows: list[Any]) -> Column:
    if not any(isinstance(row, list) for row in rows):
        return _plain(name, rows)
    for at, row in enumerate(rows):
        if isinstance(row, str):
            raise Unfit("a list of words, as another row has it: one form in a request", (at,))
    return plain_values(name, pa.array(rows, pa.list_(pa.string())))


def _lists(name: str, rows: list[Any]) -> Column:
    return plain_values(name, pa.array(rows, pa.list_(pa.string())))


def _files(name: str, rows: list[Any]) -> Column:
    return Files(name, [str(row) for row in range(len(rows))], lambda row: rows[int(row)])


def _series(name: str, rows: list[Any]) -> Column:
    return RaggedArrays(name, Ragged.of(rows, np.float64), ORIGIN)


def _graphs(name: str, rows: list[Any]) -> Column:
    return RaggedArrays(name, Records.of(rows).packed(), ORIGIN)


def _moments(name: str, rows: list[Any]) -> Column:
    return plain_values(name, pa.array(rows, pa.timestamp("us")))


def _pieces(name: str, rows: list[Any]) -> Column:
    return plain_values(name, pa.array(rows, pa.list_(pa.list_(pa.int64()))))


# --- all of them ------------------------------------------------------------------------------------------------------


def _usual(kind: Any) -> Any:
    """The commonest label."""
    return kind.labels[int(np.argmax(kind.counts))] if kind.counts else kind.labels[0]


def _middle(kind: Any) -> Any:
    """A number as training had many."""
    found = float(f"{kind.mean:.3g}")
    return int(found) if found.is_integer() else found


def _nodes(kind: Any) -> Any:
    width = 0 if kind.counted else len(kind.nodes.values)
    known = {"edge_values": [[0] * len(kind.edges.values)] * 2} if kind.edges.values else {}
    return {"nodes": [[0] * width, [0] * width], "edges": [[0, 1], [1, 0]], **known}


def _some_words(kind: Any) -> str:
    return str(kind.text(range(len(MARKS), min(len(MARKS) + 6, len(kind.vocab)))))


def _picture(kind: Any) -> str:
    return base64.b64encode(picture(getattr(kind, "channels", 1))).decode()


FILE = "the bytes of a {} file in base64"
PICTURE = Way(FILE.format("picture"), values.file, _files, _picture, "image")
NUMBERS = "a list of numbers, or a text of them: "
# The kinds that rows are asked of, by name; what is only ever answered is in none.
WAYS: dict[str, Way] = {
    "Number": Way("a number, or null", values.number, _floats, _middle),
    "Category": Way("a label, or null", values.label, _labels, _usual),
    "Tags": Way("a list of labels", values.tags, _lists, lambda kind: list(kind.labels[:2])),
    "Text": Way("a text, or a list of its words", values.words, _texts, _some_words),
    "Image": PICTURE,
    "Photo": PICTURE,
    "Mask": replace(PICTURE, sent=""),
    "Audio": Way(FILE.format("sound"), values.file, _files, lambda _: base64.b64encode(sound()).decode(), "audio"),
    "Series": Way("a list of steps", values.steps, _series, lambda kind: [[0.0] * len(kind.channels)] * kind.shortest),
    "Graph": Way(values.GRAPH, values.graph, _graphs, _nodes),
    "Molecule": Way("a SMILES", values.text, _plain, lambda _: "CCO"),
    "Protein": Way("letters of amino acids", values.text, _plain, lambda _: "MKTAYIAKQRQISFVKSHFSRQ"),
    "Node": Way("the name or number of a node", values.name, _plain, lambda kind: kind.names[0] if kind.names else 0),
    "Relation": Way("the name of a relation", values.name, _plain, lambda kind: kind.names[0]),
    "Notes": Way("a list of frames, each a list of MIDI numbers", values.frames, _pieces, lambda _: [[60], [64], [67]]),
    "Episode": Way(NUMBERS + "what is seen", values.numbers, _plain, lambda kind: [0.0] * kind.width),
    "Match": Way(NUMBERS + "the moves so far", values.numbers, _plain, lambda _: []),
    "Alike": Way("a class, null where it is asked", values.name, _plain, lambda _: "one"),
}

# Of a forecast a row is a step, and the column that says when it was is of no kind.
MOMENT = Way("a moment, 2024-05-31 13:00:00", values.moment, _moments, lambda _: "2024-05-31 13:00:00")


def way_of(name: str, kind: Kind) -> Way:
    """The way of a column. Raises PlanError where its values have none."""
    called = type(kind).__name__
    if called not in WAYS:
        raise PlanError(
            f'the input "{printable(name)}" is of the kind {called}, which no request can carry',
            expected=f"inputs of the kinds {', '.join(WAYS)}",
            fix="lamina predict RUN ROWS",
        )
    return WAYS[called]


def checked(way: Way, kind: Kind, name: str, rows: Sequence[Any]) -> Column:
    """A column from values of JSON. Raises Unfit with the row, and the place in its value, where one is none."""
    made = []
    for row, value in enumerate(rows):
        try:
            made.append(way.read(kind, value))
        except Unfit as unfit:
            raise Unfit(str(unfit), (row, *unfit.at)) from None
    return way.column(name, made)

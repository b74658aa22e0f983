"""How a value of each kind comes in JSON, and how a column of such values becomes raw values again.

A picture or a sound is the base64 of a file's bytes. No text is ever the name of a file here: columns are made in
memory, and no reader of paths is called.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from ..data.table import Files, RaggedArrays, Values
from ..errors import PlanError
from ..findings import printable
from ..kinds import Column, Kind, Unreadable
from ..kinds.records import Records
from ..kinds.text import MARKS
from ..ragged import Ragged
from .samples import picture, sound

ORIGIN = "the request"
LARGEST = 2**53  # whole numbers up to here are floats to the last digit


class Unfit(ValueError):
    """A value of JSON that is none of its kind; the text says what would be, `at` where within the value it is not."""

    def __init__(self, expected: str, at: tuple[str | int, ...] = ()):
        super().__init__(expected)
        self.at = at


@dataclass(frozen=True)
class Way:
    """One kind's way in: what a value looks like, one value checked (raises Unfit), the column of many, and one for an
    example. `sent` says whether the bytes of a file may be a whole request: "image", "audio" or ""."""

    says: str
    read: Callable[[Any, Any], Any]
    column: Callable[[Any, str, list[Any]], Column]
    example: Callable[[Any], Any]
    sent: str = ""


# --- one value --------------------------------------------------------------------------------------------------------


def _number(kind: Any, value: Any) -> Any:
    cast = getattr(kind, "cast", "")
    if value is None or (cast and isinstance(value, str)):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit(f"a number, or a text of one with its {cast}" if cast else "a number")
    return repr(value) if cast else float(value)


def _label(kind: Any, value: Any) -> Any:
    """A label in the type that the labels of training have."""
    if value is None:
        return None
    known = {type(label) for label in kind.labels}
    if known == {bool}:
        fits = isinstance(value, bool)
    elif str in known:
        fits = isinstance(value, str | int | float)
        value = str(value).lower() if isinstance(value, bool) else str(value)  # as tables write truths
    else:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    if not fits:
        raise Unfit("true or false" if known == {bool} else "a text" if str in known else "a number")
    return value


def _text(kind: Any, value: Any) -> Any:
    del kind
    if value is None or isinstance(value, str):
        return value
    raise Unfit("a text")


def _words(kind: Any, value: Any) -> Any:
    del kind
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return value
    raise Unfit("a text, or a list of its words")


def _tags(kind: Any, value: Any) -> Any:
    return None if value is None else kind.split(_words(kind, value))


def _file(kind: Any, value: Any) -> bytes:
    del kind
    if value is None or isinstance(value, bytes):  # bytes are a body that is the file itself; JSON has none
        return Unreadable("no value") if value is None else value
    try:
        if isinstance(value, str):
            return base64.b64decode(value.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        pass
    raise Unfit("the bytes of a file in base64, as `base64 -w0 FILE` prints them; no path and no address")


def _steps(kind: Any, value: Any) -> Any:
    """(T, C), NaN where a number is not there."""
    width = len(kind.channels)
    expected = f"a list of steps, each {'a number' if width == 1 else f'a list of {width} numbers'}"
    if not isinstance(value, list | None):
        raise Unfit(expected)
    rows = [step if isinstance(step, list) else [step] for step in value or []]
    for at, step in enumerate(rows):
        if len(step) != width or not all(x is None or _is_number(x) for x in step):
            raise Unfit(expected, (at,))
    return np.array([[np.nan if x is None else float(x) for x in step] for step in rows]).reshape(-1, width)


def _graph(kind: Any, value: Any) -> Any:
    """What is known of the nodes (V, F), and where edges begin and end (2, E)."""
    width = 0 if kind.counted else len(kind.nodes.values)
    if not isinstance(value, dict) or not {"nodes", "edges"} >= set(value) or "nodes" not in value:
        raise Unfit('{"nodes": [[…], …], "edges": [[0, 1], …]}, nodes counted from 0')
    for name, length, said in (("nodes", width, f"a list of {width} numbers"), ("edges", 2, "two numbers of nodes")):
        rows = value.get(name, [])
        if not isinstance(rows, list):
            raise Unfit("a list", (name,))
        for at, row in enumerate(rows):
            if not isinstance(row, list) or len(row) != length or not all(map(_is_number, row)):
                raise Unfit(said, (name, at))
    edges = np.array(value.get("edges", []), np.float64).reshape(-1, 2).T
    if not np.array_equal(edges, np.rint(edges)) or (np.abs(edges) > LARGEST).any():
        raise Unfit("whole numbers of nodes", ("edges",))
    return np.array(value["nodes"], np.float64).reshape(-1, width) if value["nodes"] else np.zeros((0, width)), edges


def _name(kind: Any, value: Any) -> Any:
    del kind
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit("a name, or a whole number")
    return str(value)


def _frames(kind: Any, value: Any) -> Any:
    del kind
    for at, frame in enumerate(value if isinstance(value, list) else [None]):
        if not isinstance(frame, list) or not all(_is_number(n) and isinstance(n, int) and n < 128 for n in frame):
            raise Unfit("a list of frames, each a list of MIDI numbers", (at,) if isinstance(value, list) else ())
    return value


def _numbers(kind: Any, value: Any) -> Any:
    """What is seen, or the moves so far, as a text of numbers."""
    del kind
    if isinstance(value, list) and all(map(_is_number, value)):
        return " ".join(map(repr, value))
    if not isinstance(value, str):
        raise Unfit("a list of numbers, or a text of them")
    return value


def _moment(kind: Any, value: Any) -> Any:
    """A moment of a clock without a zone: one with an offset is told in UTC, as a run keeps it."""
    del kind
    for zone in (None, "UTC"):
        try:
            if isinstance(value, str):
                return pa.array([value.strip()]).cast(pa.timestamp("us", zone))[0].as_py().replace(tzinfo=None)
        except (pa.ArrowInvalid, ValueError):
            continue
    raise Unfit('a moment, such as "2024-05-31 13:00:00"')


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


# --- a column of them -------------------------------------------------------------------------------------------------


def values(name: str, array: Any) -> Values:
    """A column of plain values."""
    return Values(name, pa.chunked_array([array]), ORIGIN)


def _plain(kind: Any, name: str, rows: list[Any]) -> Column:
    return values(name, pa.array(rows, pa.string()))


def _floats(kind: Any, name: str, rows: list[Any]) -> Column:
    return values(name, pa.array(rows, pa.string() if getattr(kind, "cast", "") else pa.float64()))


def _labels(kind: Any, name: str, rows: list[Any]) -> Column:
    given = [value for value in rows if value is not None]
    if given and not isinstance(given[0], str | bool):
        whole = all(isinstance(value, int) and abs(value) < LARGEST for value in given)
        rows = rows if whole else [None if value is None else float(value) for value in rows]
        return values(name, pa.array(rows, pa.int64() if whole else pa.float64()))
    return values(name, pa.array(rows, pa.bool_() if given and isinstance(given[0], bool) else pa.string()))


def _texts(kind: Any, name: str, rows: list[Any]) -> Column:
    if not any(isinstance(row, list) for row in rows):
        return _plain(kind, name, rows)
    for at, row in enumerate(rows):
        if isinstance(row, str):
            raise Unfit("a list of words, as another row has it: one form in a request", (at,))
    return values(name, pa.array(rows, pa.list_(pa.string())))


def _lists(kind: Any, name: str, rows: list[Any]) -> Column:
    return values(name, pa.array(rows, pa.list_(pa.string())))


def _files(kind: Any, name: str, rows: list[Any]) -> Column:
    return Files(name, [str(row) for row in range(len(rows))], lambda row: rows[int(row)])


def _series(kind: Any, name: str, rows: list[Any]) -> Column:
    return RaggedArrays(name, Ragged.of(rows, np.float64), ORIGIN)


def _graphs(kind: Any, name: str, rows: list[Any]) -> Column:
    made = [(x, ends, np.zeros((ends.shape[1], 0))) for x, ends in rows]
    return RaggedArrays(name, Records.of(made).packed(), ORIGIN)


def _moments(kind: Any, name: str, rows: list[Any]) -> Column:
    return values(name, pa.array(rows, pa.timestamp("us")))


def _pieces(kind: Any, name: str, rows: list[Any]) -> Column:
    return values(name, pa.array(rows, pa.list_(pa.list_(pa.int64()))))


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
    return {"nodes": [[0] * width, [0] * width], "edges": [[0, 1], [1, 0]]}


def _picture(kind: Any) -> str:
    return base64.b64encode(picture(getattr(kind, "channels", 1))).decode()


FILE = "the bytes of a {} file in base64"
PICTURE = Way(FILE.format("picture"), _file, _files, _picture, "image")
NUMBERS = "a list of numbers, or a text of them: "
# The kinds that rows are asked of, by name; what is only ever answered is in none.
WAYS: dict[str, Way] = {
    "Number": Way("a number, or null", _number, _floats, _middle),
    "Category": Way("a label, or null", _label, _labels, _usual),
    "Tags": Way("a list of labels", _tags, _lists, lambda kind: list(kind.labels[:2])),
    "Text": Way("a text, or a list of its words", _words, _texts, lambda kind: kind.text(range(len(MARKS), min(len(MARKS) + 6, len(kind.vocab))))),
    "Image": PICTURE,
    "Photo": PICTURE,
    "Mask": replace(PICTURE, sent=""),
    "Audio": Way(FILE.format("sound"), _file, _files, lambda kind: base64.b64encode(sound()).decode(), "audio"),
    "Series": Way("a list of steps", _steps, _series, lambda kind: [[0.0] * len(kind.channels)] * kind.shortest),
    "Graph": Way('{"nodes": [[…], …], "edges": [[0, 1], …]}, nodes counted from 0', _graph, _graphs, _nodes),
    "Molecule": Way("a SMILES", _text, _plain, lambda kind: "CCO"),
    "Protein": Way("letters of amino acids", _text, _plain, lambda kind: "MKTAYIAKQRQISFVKSHFSRQ"),
    "Node": Way("the name or number of a node", _name, _plain, lambda kind: kind.names[0] if kind.names else 0),
    "Relation": Way("the name of a relation", _name, _plain, lambda kind: kind.names[0]),
    "Notes": Way("a list of frames, each a list of MIDI numbers", _frames, _pieces, lambda kind: [[60], [64], [67]]),
    "Episode": Way(NUMBERS + "what is seen", _numbers, _plain, lambda kind: [0.0] * kind.width),
    "Match": Way(NUMBERS + "the moves so far", _numbers, _plain, lambda kind: []),
    "Alike": Way("a class, null where it is asked", _name, _plain, lambda kind: "one"),
}

# Of a forecast a row is a step, and the column that says when it was is of no kind.
MOMENT = Way("a moment, 2024-05-31 13:00:00", _moment, _moments, lambda kind: "2024-05-31 13:00:00")


def way_of(name: str, kind: Kind) -> Way:
    """The way of a column. Raises PlanError where its values have none."""
    called = type(kind).__name__
    edges = called == "Graph" and len(getattr(kind, "edges").values)  # noqa: B009 - the kind is known by its name
    if called not in WAYS or edges:
        told = "graphs with numbers for each edge" if edges else f"values of the kind {called}"
        raise PlanError(
            f'the input "{printable(name)}" holds {told}, which no request can carry',
            expected="inputs that JSON can say",
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
    return way.column(kind, name, made)

"""One value of JSON as a raw value of a kind, or refused with what would be one.

A picture or a sound is the base64 of a file's bytes. No text is ever the name of a file here.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np
import pyarrow as pa

from ..kinds import Unreadable
from ..kinds.category import called

LARGEST = 2**53  # whole numbers up to here are floats to the last digit
MOST = 1e30  # of numbers in lists, which float32 is to hold
GRAPH = '{"nodes": [[…], …], "edges": [[0, 1], …]}, nodes counted from 0, with "edge_values" where training had some'


class Unfit(ValueError):
    """A value of JSON that is none of its kind; the text says what would be, `at` where within the value it is not."""

    def __init__(self, expected: str, at: tuple[str | int, ...] = ()):
        super().__init__(expected)
        self.at = at


def number(kind: Any, value: Any) -> Any:
    """A number, or nothing; with a cast also a text of one."""
    cast = getattr(kind, "cast", "")
    if value is None or (cast and isinstance(value, str)):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit(f"a number, or a text of one with its {cast}" if cast else "a number")
    return repr(value) if cast else float(value)


def label(kind: Any, value: Any) -> Any:
    """A label in the type that the labels of training have."""
    if value is None:
        return None
    known = {type(label) for label in kind.labels}
    if known == {bool}:
        fits = isinstance(value, bool)
    elif str in known:
        fits = isinstance(value, str | int | float)
        if fits and not isinstance(value, str):
            value = called(pa.array([value]), kind.labels)[0].as_py()
    else:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    if not fits:
        raise Unfit("true or false" if known == {bool} else "a text" if str in known else "a number")
    return value


def text(kind: Any, value: Any) -> Any:
    """A text, or nothing."""
    del kind
    if value is None or isinstance(value, str):
        return value
    raise Unfit("a text")


def words(kind: Any, value: Any) -> Any:
    """A text, or a list of its words."""
    del kind
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return value
    raise Unfit("a text, or a list of its words")


def tags(kind: Any, value: Any) -> Any:
    """Labels, as a list or a text of them."""
    return None if value is None else kind.split(words(kind, value))


def file(kind: Any, value: Any) -> bytes:
    """The bytes of a file, from base64."""
    del kind
    if value is None or isinstance(value, bytes):  # bytes are a body that is the file itself; JSON has none
        return Unreadable("no value") if value is None else value
    try:
        if isinstance(value, str):
            return base64.b64decode(value.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        pass
    raise Unfit("the bytes of a file in base64, as `base64 -w0 FILE` prints them; no path and no address")


def steps(kind: Any, value: Any) -> Any:
    """Steps of a series (T, C), NaN where a number is not there."""
    width = len(kind.channels)
    expected = f"a list of steps, each {'a number' if width == 1 else f'a list of {width} numbers'}"
    if not isinstance(value, list | None):
        raise Unfit(expected)
    rows = [step if isinstance(step, list) else [step] for step in value or []]
    for at, step in enumerate(rows):
        if len(step) != width or not all(x is None or _is_number(x) for x in step):
            raise Unfit(expected, (at,))
    return np.array([[np.nan if x is None else float(x) for x in step] for step in rows]).reshape(-1, width)


def graph(kind: Any, value: Any) -> Any:
    """What is known of the nodes (V, F), where edges begin and end (2, E), and what is known of them (E, G)."""
    if not isinstance(value, dict) or not {"nodes", "edges", "edge_values"} >= set(value) or "nodes" not in value:
        raise Unfit(GRAPH)
    width, edge_width = 0 if kind.counted else len(kind.nodes.values), len(kind.edges.values)
    nodes = _table(value, "nodes", width)
    edges = _table(value, "edges", 2)
    known = _table(value, "edge_values", edge_width) if edge_width else np.zeros((len(edges), 0))
    if not np.array_equal(edges, np.rint(edges)) or (np.abs(edges) > LARGEST).any():
        raise Unfit("whole numbers of nodes", ("edges",))
    if len(known) != len(edges):
        raise Unfit(f"{edge_width} numbers for each edge" if edge_width else GRAPH)
    return nodes, edges.T, known


def _table(value: Any, name: str, width: int) -> Any:
    """A list of lists of so many numbers, (n, width)."""
    rows = value.get(name, [])
    if not isinstance(rows, list):
        raise Unfit("a list", (name,) if name in value else ())
    for at, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != width or not all(map(_is_number, row)):
            raise Unfit(f"a list of {width} {'number' if width == 1 else 'numbers'}", (name, at))
    return np.array(rows, np.float64).reshape(len(rows), width)


def name(kind: Any, value: Any) -> Any:
    """A name, a whole number being one too."""
    del kind
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit("a name, or a whole number")
    return str(value)


def frames(kind: Any, value: Any) -> Any:
    """Frames of notes."""
    del kind
    for at, frame in enumerate(value if isinstance(value, list) else [None]):
        if not isinstance(frame, list) or not all(_is_number(n) and isinstance(n, int) and n < 128 for n in frame):
            raise Unfit("a list of frames, each a list of MIDI numbers", (at,) if isinstance(value, list) else ())
    return value


def numbers(kind: Any, value: Any) -> Any:
    """What is seen, or the moves so far, as a text of numbers."""
    del kind
    if isinstance(value, list) and all(map(_is_number, value)):
        return " ".join(map(repr, value))
    if not isinstance(value, str):
        raise Unfit("a list of numbers, or a text of them")
    return value


def moment(kind: Any, value: Any) -> Any:
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
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST

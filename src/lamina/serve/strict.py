"""JSON by strict rules (RFC 8259): UTF-8, each key once, no NaN, numbers that are finite, texts of whole characters.

How deep lists and objects stand in each other is looked at before anything is parsed. What else is wrong is found while
parsing and its place afterwards, so that a request in which nothing is wrong is walked through once.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .refused import Refused, placed, shown

DEEPEST = 32  # lists and objects in each other
DIGITS = 300  # of a whole number: more of them are no float
TEXTS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)  # one that never ends goes to the end
HALVES = re.compile(rb"\\u[dD][89a-fA-F]")  # halves of surrogate pairs, written as escapes
OPENING, CLOSING = np.frombuffer(b"[{", np.uint8), np.frombuffer(b"]}", np.uint8)

Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Wrong:
    """Stands where a value should."""

    why: str
    expected: str


def parse(data: bytes) -> Any:
    """The value that JSON says. Raises Refused with status 400, and where it can be told the place."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(400, f"byte {error.start + 1:,} of the body is not UTF-8", expected="JSON in UTF-8") from None
    if depth(data) > DEEPEST:
        raise Refused(400, f"lists and objects stand more than {DEEPEST} deep in each other", expected="rows of values")
    reader = _Reader()
    try:
        value = json.loads(
            text,
            object_pairs_hook=reader.object,
            parse_constant=reader.constant,
            parse_int=reader.whole,
            parse_float=reader.float,
        )
    except json.JSONDecodeError as error:
        what = f"the body is not JSON: {error.msg} at character {error.pos + 1:,}"
        raise Refused(400, what, expected='an object such as {"rows": [{…}]}') from None
    except RecursionError:
        raise Refused(400, "lists and objects stand too deep in each other", expected="rows of values") from None
    halves = HALVES.search(data) is not None
    if reader.wrong or halves:
        _refuse(value, halves)
    return value


def depth(data: bytes) -> int:
    """How deep lists and objects stand in each other; brackets in texts do not count."""
    signs = np.frombuffer(TEXTS.sub(b"", data), np.uint8)
    steps = np.isin(signs, OPENING).astype(np.int32) - np.isin(signs, CLOSING)
    return int(np.cumsum(steps, dtype=np.int32).max(initial=0))


class _Reader:
    """Takes numbers and objects as the parser finds them, and leaves `Wrong` where one cannot be."""

    def __init__(self) -> None:
        self.wrong = False

    def object(self, pairs: list[tuple[str, Any]]) -> Any:
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        self.wrong = True
        return {**made, twice: Wrong(f'the key "{shown(twice)}" stands twice', "each key once")}

    def constant(self, word: str) -> Wrong:
        self.wrong = True
        return Wrong(f"{word} is no number of JSON", "a finite number, or null")

    def whole(self, digits: str) -> Any:
        return int(digits) if len(digits) <= DIGITS else self.constant(f"a number of {len(digits):,} digits")

    def float(self, digits: str) -> Any:
        value = float(digits)
        return value if math.isfinite(value) else self.constant(shown(digits))


def _refuse(value: Any, halves: bool) -> None:
    """Raises Refused for the first thing that is wrong in a value."""
    for steps, found in _walked((), value):
        if isinstance(found, Wrong):
            raise Refused(400, found.why, field=placed(steps), expected=found.expected)
        if halves and isinstance(found, str) and not _whole(found):
            what = "half of a surrogate pair stands in a text"
            raise Refused(400, what, field=placed(steps), expected="whole characters")


def _walked(steps: Steps, value: Any) -> Iterator[tuple[Steps, Any]]:
    """Every value in a value, and every key, with the way to it."""
    yield steps, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield steps, name
            yield from _walked((*steps, name), inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _walked((*steps, number), inner)


def _whole(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True

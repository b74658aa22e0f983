"""The shape line of a docstring, read: `(B, T, D) -> (B, T, D)` is checked by a test for every layer and page."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_LINE = re.compile(
    r"^\s*(?:[\w ]+ )?(\([A-Z][^()]*(?:\([^()]*\)[^()]*)*\))\s*->\s*(?:[\w ]+ )?(\([A-Z][^()]*(?:\([^()]*\)[^()]*)*\))",
    re.M,
)


@dataclass(frozen=True)
class ShapeLine:
    """Axes in and axes out, each a letter or a small expression of letters."""

    given: tuple[str, ...]
    gives: tuple[str, ...]


def shape_line(doc: str) -> ShapeLine | None:
    """The first shape line of a docstring, or None when it has none.

    >>> shape_line("Mix. (B, T, D) -> (B, D)")
    >>> shape_line("(B, C, S, S) -> Map (B, D, S / 2, S / 2)").gives
    ('B', 'D', 'S / 2', 'S / 2')
    """
    found = _LINE.search(doc)
    if found is None:
        return None
    given, gives = (tuple(a.strip() for a in side[1:-1].split(",")) for side in found.groups())
    return ShapeLine(given, gives)


def solve(axes: tuple[str, ...], sizes: dict[str, int]) -> tuple[int, ...]:
    """Sizes for axes such as `S / 2`: letters, whole numbers, + - * / and ** between two terms."""
    return tuple(_term(axis, sizes) for axis in axes)


def _term(axis: str, sizes: dict[str, int]) -> int:
    for sign, act in (("+", int.__add__), ("-", int.__sub__), ("**", int.__pow__), ("*", int.__mul__), ("/", _up)):
        left, found, right = axis.rpartition(f" {sign} ")
        if found:
            return act(_term(left, sizes), _term(right, sizes))
    return int(axis) if axis.isdigit() else sizes[axis]


def _up(a: int, b: int) -> int:
    return math.ceil(a / b)

"""Plates as a run keeps them: pictures, named texts and charts that are looked at together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Line:
    """One curve of a chart on a plate."""

    name: str = ""
    points: list[tuple[float, float]] = field(default_factory=list)
    look: Literal["line", "said", "faint", "ideal", "dots", "band"] = "line"


@dataclass(frozen=True)
class Item:
    """One thing on a plate: a picture, named texts, or a chart."""

    caption: str = ""
    picture: str | None = None
    texts: list[tuple[str, str]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    axes: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Plate:
    """Things that are looked at together, under a title."""

    title: str
    says: str = ""
    items: list[Item] = field(default_factory=list)

"""Plates made ready for the page: their pictures read into it, their charts drawn."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from .charts import Chart, Series, draw, thinned
from .files import Reader
from .plates import Plate
from .views import picture_of
from .words import short

WIDE, LONG, LARGE = 1.8, 5.0, 480  # width over height from which a picture is wide, and very; pixels of a large one
MOST_PLATES, MOST_ITEMS, MOST_BYTES = 8, 24, 1 << 21


@dataclass(frozen=True)
class Hung:
    """One thing of a plate as it is shown."""

    caption: str
    picture: str
    small: bool
    wide: str  # "wide" over the whole page, "broad" over a part of it, or ""
    texts: list[tuple[str, str]]
    chart: Chart | None


def plates(run: Reader, found: Sequence[Plate]) -> list[tuple[str, str, list[Hung]]]:
    """Plates with their pictures read into the page and their charts drawn: title, what it says, the things."""
    made = []
    for plate in found[:MOST_PLATES]:
        items = []
        for item in plate.items[:MOST_ITEMS]:
            picture, small = picture_of(run, item.picture, MOST_BYTES)
            curves = [Series(line.name, thinned(line.points), line.look) for line in item.lines if line.points]
            chart = draw(item.caption or plate.title, curves, *item.axes) if curves else None
            texts = [(short(name, 40), short(text, 600)) for name, text in item.texts]
            items.append(Hung(short(item.caption, 80), picture, small, _wide(picture), texts, chart))
        made.append((plate.title, plate.says, items))
    return made


def _wide(picture: str) -> str:
    """How much room a PNG, as a data URI, is to have: pictures side by side are wide, and need the more the larger."""
    if not picture.startswith("data:image/png"):
        return ""
    width, height = struct.unpack(">II", base64.b64decode(picture.partition(",")[2][:32])[16:24])
    if width <= WIDE * height:
        return ""
    return "wide" if width >= LARGE or width > LONG * height else "broad"

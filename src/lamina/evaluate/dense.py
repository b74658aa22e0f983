"""Plates of answers that lie in a picture: masks and boxes over it, restored pictures beside what they were made of."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw

from ..kinds import Image
from ..kinds.boxes import Boxes
from ..kinds.mask import INK, VOID, Mask, painted, squeezed
from ..kinds.photo import Photo, shares_of
from .beside import beside
from .shown import Item, Plate, Shown

ROWS = 6
FULL, LEAST = 160, 0.3  # how strongly a mask lies over its picture, of 255; the least score of a box that is drawn


def masked(shown: Shown) -> list[Plate]:
    """Each picture, its mask, and the mask that was answered, both laid over it."""
    kind = shown.schema.target.kind
    assert isinstance(kind, Mask)
    items = []
    for at in shown.some(ROWS):
        picture = _fitted(_picture(shown, int(at)), kind.width, kind.height)
        true, said = shown.truth.codes[at], np.asarray(shown.answer[at]).astype(np.uint8)
        caption = f"{shown.table.id_of(int(shown.truth.rows[at]))}: {_agreed(true, said):.0%} of the pixels"
        parts = [picture, *(_over(picture, codes) for codes in (true, said))]
        items.append(Item(caption, beside(parts)))
    return [Plate("Masks", tuple(items), "The picture, what is in it, and what was answered.")]


def boxed(shown: Shown) -> list[Plate]:
    """Each picture with its boxes, and with those that were answered."""
    kind = shown.schema.target.kind
    assert isinstance(kind, Boxes)
    items = []
    for at in shown.some(ROWS):
        picture = _fitted(_picture(shown, int(at)), kind.width, kind.height)
        true, said = shown.truth.codes.row(int(at)), shown.answer.row(int(at))
        said = said[said[:, 5] >= LEAST]
        row = shown.table.id_of(int(shown.truth.rows[at]))
        items.append(
            Item(f"{row}: {len(true)} there, {len(said)} found", beside([_drawn(picture, b) for b in (true, said)]))
        )
    named = ", ".join(f"{label} {_colour(code)}" for code, label in enumerate(kind.labels))
    told = f"Left what is there, right what was found with a score of {LEAST:g} or more. {named}."
    return [Plate("Boxes", tuple(items), told)]


def restored(shown: Shown) -> list[Plate]:
    """The picture that was given, what was made of it, and what it should be."""
    kind, source = shown.schema.target.kind, shown.schema.inputs[0]
    assert isinstance(kind, Photo)
    items = []
    for at in shown.some(ROWS):
        true = _as_picture(shares_of(shown.truth.values.row(int(at)), kind.channels))
        made = _as_picture(shares_of(shown.answer.row(int(at)), kind.channels))
        raw = shown.table.column(source.name).take(np.array([shown.truth.rows[at]]))[0]
        given = source.kind.show(raw)
        assert isinstance(given, Pictures.Image)
        given = given.resize(true.size, Pictures.Resampling.NEAREST)
        items.append(Item(shown.table.id_of(int(shown.truth.rows[at])), beside([given, made, true])))
    return [Plate("Restored pictures", tuple(items), "What was given, what was made of it, and the picture as it is.")]


def _picture(shown: Shown, at: int) -> Pictures.Image:
    field = next(f for f in shown.schema.inputs if isinstance(f.kind, Image))
    raw = shown.table.column(field.name).take(np.array([shown.truth.rows[at]]))[0]
    picture = field.kind.show(raw)
    assert isinstance(picture, Pictures.Image)
    return picture.convert("RGB")


def _fitted(picture: Pictures.Image, wide: int, high: int) -> Pictures.Image:
    return picture.resize((wide, high), Pictures.Resampling.BICUBIC)


def _over(picture: Pictures.Image, codes: Any) -> Pictures.Image:
    """The classes but the first in colour over a picture."""
    codes = squeezed(codes, picture.height, picture.width)
    strength = Pictures.fromarray(np.where(codes > 0, FULL, 0).astype(np.uint8))
    return Pictures.composite(painted(codes), picture, strength)


def _drawn(picture: Pictures.Image, boxes: Any) -> Pictures.Image:
    made = picture.copy()
    pen = ImageDraw.Draw(made)
    for code, *edges in boxes[:, :5].tolist():
        pen.rectangle([round(x) for x in edges], outline=INK[int(code) % len(INK)], width=2)
    return made


def _as_picture(shares: Any) -> Pictures.Image:
    pixels = np.clip(np.rint(shares * 255), 0, 255).astype(np.uint8)
    return Pictures.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _agreed(true: Any, said: Any) -> float:
    known = true != VOID
    return float((true == said)[known].mean()) if known.any() else 0.0


def _colour(code: int) -> str:
    names = ("orange", "light blue", "green", "yellow", "blue", "red", "pink")
    return names[code % len(names)]

"""What one value is: the kinds, as JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..config import build
from ..errors import KindError, SettingError, nearest
from .alike import Alike
from .audio import Audio
from .base import ITSELF, Column, Encoded, Kind, Link, Unreadable
from .boxes import Boxes
from .category import Category
from .each import Each
from .episode import Episode
from .graph import Graph
from .image import Image
from .mask import Mask
from .match import Match
from .molecule import Molecule
from .node import Node, Relation
from .notes import Notes
from .number import Number
from .photo import Photo
from .protein import Protein
from .schema import Field, Schema, Slot
from .series import Series
from .span import Span
from .structure import Structure
from .tags import Tags
from .text import Text

KINDS: dict[str, type[Kind]] = {
    kind.__name__: kind
    for kind in (
        Image,
        Category,
        Tags,
        Number,
        Audio,
        Text,
        Each,
        Series,
        Graph,
        Molecule,
        Node,
        Relation,
        Mask,
        Boxes,
        Photo,
        Alike,
        Notes,
        Span,
        Episode,
        Match,
        Protein,
        Structure,
    )
}


def kind_from_json(values: Mapping[str, Any]) -> Kind:
    """A kind from its JSON. Raises KindError for a name that is none, SettingError for a field that is none."""
    rest = dict(values)
    name = rest.pop("kind", "")
    if name not in KINDS:
        raise KindError(f'no kind is called "{name}"', expected=nearest(str(name), KINDS))
    return build(KINDS[name], rest)


def kind_from_words(text: str) -> Kind:
    """A kind as typed: "Category", "Number(cast=percent)", "Image(side=72)".

    Raises KindError or SettingError naming what is unknown.
    """
    name, _, rest = text.strip().partition("(")
    pairs = [pair.partition("=") for pair in rest.rstrip(")").split(",") if pair.strip()]
    for word, equals, _value in pairs:
        if not equals:
            raise KindError(f'"{word.strip()}" in {text} has no value', expected=f"{name}({word.strip()}=VALUE)")
    return kind_from_json({"kind": name.strip(), **{word.strip(): value.strip() for word, _, value in pairs}})


def schema_from_json(values: Mapping[str, Any]) -> Schema:
    """A schema from its JSON. Raises as `kind_from_json` does, and SettingError for what is no schema."""
    frame = ("name", "role", "reason", "link")
    try:
        fields = tuple(
            Field(
                item["name"],
                kind_from_json({k: v for k, v in item.items() if k not in frame}),
                item["role"],
                item["reason"],
                item.get("link", "aligned"),
            )
            for item in values["fields"]
        )
        return Schema(fields, dict(values["left_out"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SettingError(f"this is no schema: {type(error).__name__} {error}", expected="fields, left_out") from None


__all__ = [
    "ITSELF",
    "KINDS",
    "Alike",
    "Audio",
    "Category",
    "Column",
    "Each",
    "Encoded",
    "Field",
    "Graph",
    "Image",
    "Kind",
    "Link",
    "Molecule",
    "Node",
    "Number",
    "Relation",
    "Schema",
    "Series",
    "Slot",
    "Tags",
    "Text",
    "Unreadable",
    "kind_from_json",
    "kind_from_words",
    "schema_from_json",
]

"""What one value is: the kinds, as JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..config import build
from ..errors import KindError, nearest
from .base import Column, Encoded, Kind, Unreadable
from .category import Category
from .image import Image
from .number import Number
from .schema import Field, Schema, Slot
from .tags import Tags

KINDS: dict[str, type[Kind]] = {kind.__name__: kind for kind in (Image, Category, Tags, Number)}


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
    """A schema from its JSON. Raises as `kind_from_json` does."""
    frame = ("name", "role", "reason")
    fields = tuple(
        Field(
            item["name"],
            kind_from_json({k: v for k, v in item.items() if k not in frame}),
            item["role"],
            item["reason"],
        )
        for item in values["fields"]
    )
    return Schema(fields, dict(values["left_out"]))


__all__ = [
    "KINDS",
    "Category",
    "Column",
    "Encoded",
    "Field",
    "Image",
    "Kind",
    "Number",
    "Schema",
    "Slot",
    "Tags",
    "Unreadable",
    "kind_from_json",
    "kind_from_words",
    "schema_from_json",
]

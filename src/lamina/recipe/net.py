"""Entry, body and head put together: what a recipe and a fitted schema come to as one module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from .. import models
from ..errors import PlanError
from ..forms import Form
from ..heads import Asked, Head, head_for
from ..kinds import Category, Image, Number, Schema
from ..layers import Columns, Pixels
from .recipe import Recipe


class Net(nn.Module):
    """Inputs by slot -> entry -> tensor -> body -> form, with the head that answers from the form."""

    head: Head

    def __init__(self, entry: nn.Module, body: nn.Module, head: nn.Module):
        super().__init__()
        self.entry, self.body = entry, body
        self.head = head  # type: ignore[assignment]

    def forward(self, inputs: dict[str, Tensor], given: Any = None) -> Form:
        """The form a batch of inputs comes to. `given` is what a game hands in beside the inputs; here nothing."""
        del given
        form: Form = self.body(self.entry(inputs))
        return form


class PixelsEntry(nn.Module):
    """The picture slot of a batch -> standardised pixels (B, C, H, W)."""

    def __init__(self, slot: str, kind: Image):
        super().__init__()
        self.slot, self.pixels = slot, Pixels(kind.mean, kind.std, kind.channels)
        self.shape: tuple[int, ...] = (kind.channels, kind.height, kind.width)

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        made: Tensor = self.pixels(inputs[self.slot])
        return made


class ColumnsEntry(nn.Module):
    """The numbers and codes of a batch -> one vector a row (B, D)."""

    def __init__(self, numbers: list[Number], categories: list[Category]):
        super().__init__()
        cards = [len(c.labels) for c in categories]
        self.columns = Columns([n.edges for n in numbers], cards, [n.missing > 0 for n in numbers])
        self.shape: tuple[int, ...] = (self.columns.width,)

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        made: Tensor = self.columns(inputs.get(":numbers"), inputs.get(":codes"))
        return made


def build_net(recipe: Recipe, schema: Schema, seed: int | None = None) -> Net:
    """The module of a recipe, freshly initialised from its seed.

    Raises PlanError when the inputs, the page and the target do not go together.
    """
    torch.manual_seed(recipe.seed if seed is None else seed)
    entry = entry_for(schema)
    settings: Mapping[str, Any] = {name: value for name, value in recipe.model.items() if name != "name"}
    body = models.build(str(recipe.model["name"]), settings, entry.shape)
    asked = Asked(schema.target.kind, body.width, **vars(recipe.head))
    return Net(entry, body, head_for(asked, models.form_of(body)))


def entry_for(schema: Schema) -> PixelsEntry | ColumnsEntry:
    """The way in for the inputs of a schema. Raises PlanError for inputs that no page here takes together."""
    pictures = [f for f in schema.inputs if isinstance(f.kind, Image)]
    numbers = [f.kind for f in schema.inputs if isinstance(f.kind, Number)]
    categories = [f.kind for f in schema.inputs if isinstance(f.kind, Category)]
    if len(pictures) == 1 and len(schema.inputs) == 1:
        kind = pictures[0].kind
        assert isinstance(kind, Image)
        return PixelsEntry(pictures[0].name, kind)
    if len(numbers) + len(categories) == len(schema.inputs) and schema.inputs:
        return ColumnsEntry(numbers, categories)
    shown = ", ".join(f"{f.name} ({type(f.kind).__name__})" for f in schema.inputs)
    raise PlanError(
        f"no model here takes these inputs together: {shown}",
        expected="one picture column, or columns of numbers and categories",
        fix=" ".join(f"--input {f.name}" for f in (pictures[:1] or schema.inputs)),
    )

"""The way in of what is made from nothing, or from a class: a vector of the class, or none."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..errors import PlanError
from ..kinds import Category, Image, Schema

WIDTH = 32  # of a class's vector


class Condition(nn.Module):
    """Codes (B, 1) of a class column -> vectors (B, N); None where the schema has no input.

    Pages that take "noise" have it beside the noise. A class that is hidden, or that training never saw, has a vector
    of its own: that of no class.
    """

    def __init__(self, slot: str, classes: int, picture: tuple[int, int, int]):
        super().__init__()
        self.slot, self.classes = slot, classes
        self.table = nn.Embedding(classes + 1, WIDTH) if classes else None
        self.shape = (WIDTH if classes else 0, *picture)

    def codes(self, inputs: dict[str, Tensor]) -> Tensor | None:
        """The class of each row, (B,), the first for one that is not known; None where there are no classes."""
        return inputs[self.slot][:, 0].long().clamp(min=0) if self.classes else None

    def forward(self, inputs: dict[str, Tensor], hidden: Tensor | None = None) -> Tensor | None:
        """`hidden` (B,) is true for rows whose class is not to be told."""
        if self.table is None:
            return None
        place = inputs[self.slot][:, 0].long() + 1  # 0 is no class
        made: Tensor = self.table(place if hidden is None else torch.where(hidden, 0, place))
        return made


def condition_for(schema: Schema) -> Condition:
    """The way in for what pictures are made from. Raises PlanError for inputs other than one class column, or none."""
    kind = schema.target.kind
    assert isinstance(kind, Image)
    picture = (kind.channels, kind.height, kind.width)
    if not schema.inputs:
        return Condition("", 0, picture)
    given = schema.inputs[0].kind
    if len(schema.inputs) > 1 or not isinstance(given, Category):
        shown = ", ".join(f"{f.name} ({type(f.kind).__name__})" for f in schema.inputs)
        classes = [f.name for f in schema.inputs if isinstance(f.kind, Category)]
        raise PlanError(
            f"pictures are made from nothing or from one class, and these are the inputs: {shown}",
            expected="at most one column of classes",
            fix=f"--target {classes[0]}" if classes else "--target none",
        )
    return Condition(str(given.slot), len(given.labels), picture)

"""Which head answers which kind from which form: one visible table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from torch import Tensor, nn

from ..errors import PlanError
from ..forms import Form, Map, Tokens, Vector
from ..kinds import Category, Kind, Number, Tags
from .category import CategoryHead, balanced
from .number import NumberHead
from .tags import TagsHead

Link = Literal["aligned", "causal", "masked", "same"]


class Head(Protocol):
    """Form to one target kind."""

    def loss(self, form: Form, target: Tensor) -> tuple[Tensor, int]: ...
    def decode(self, form: Form, temperature: float = 1.0) -> Tensor: ...


@dataclass(frozen=True)
class Asked:
    """What a head is built from: the fitted kind, the width of the form, and the settings that heads share."""

    kind: Kind
    width: int
    drop: float = 0.0
    smoothing: float = 0.0
    balance: bool = False


def _category(asked: Asked) -> CategoryHead:
    assert isinstance(asked.kind, Category)
    weights = balanced(asked.kind.counts) if asked.balance else ()
    return CategoryHead(
        asked.width, len(asked.kind.labels), drop=asked.drop, smoothing=asked.smoothing, weights=weights
    )


def _tags(asked: Asked) -> TagsHead:
    assert isinstance(asked.kind, Tags)
    return TagsHead(asked.width, len(asked.kind.labels), drop=asked.drop, smoothing=asked.smoothing)


def _number(asked: Asked) -> NumberHead:
    return NumberHead(asked.width, drop=asked.drop)


ANY = (Vector, Map, Tokens)

# kind        forms  link       head
HEADS: tuple[tuple[type[Kind], tuple[type[Form], ...], Link, Callable[[Asked], nn.Module]], ...] = (
    (Category, ANY, "aligned", _category),
    (Tags, ANY, "aligned", _tags),
    (Number, ANY, "aligned", _number),
)


def head_for(asked: Asked, form: type[Form], link: Link = "aligned") -> nn.Module:
    """The head for a kind, a form and a link. Raises PlanError when the table has no such row."""
    for kind, forms, row_link, make in HEADS:
        if isinstance(asked.kind, kind) and form in forms and link == row_link:
            return make(asked)
    rows = ", ".join(f"{kind.__name__} ({row_link})" for kind, _, row_link, _ in HEADS)
    name = type(asked.kind).__name__
    raise PlanError(f"no head answers {name} from {form.__name__} with the link {link}", expected=f"one of: {rows}")

"""Entry, body and head put together: what a recipe and a fitted schema come to as one module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .. import models
from ..errors import PlanError
from ..forms import Form, Tokens
from ..heads import Asked, Head, LanguageHead, WriterHead, head_for
from ..kinds import Schema, Text
from .entries import entry_for
from .recipe import Recipe

WRITTEN = ("written", "spans")  # links of targets that are written from a text


class Net(nn.Module):
    """Inputs by slot -> entry -> body -> form, with the head that answers from the form."""

    head: Head

    def __init__(self, entry: nn.Module, body: nn.Module, head: nn.Module):
        super().__init__()
        self.entry, self.body = entry, body
        self.head = head  # type: ignore[assignment]
        self.frozen = False

    def freeze(self) -> None:
        """Let only the head learn: the rest keeps its weights, and the statistics that its norms have."""
        self.frozen = True
        self.entry.requires_grad_(False)
        self.body.requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> Net:
        """Learn, or answer. What is frozen always answers."""
        super().train(mode)
        if self.frozen:
            self.entry.eval()
            self.body.eval()
        return self

    def forward(self, inputs: dict[str, Any], given: Any = None) -> Form:
        """The form a batch of inputs comes to. `given` is what a game hands in beside the inputs: the tokens written
        so far, a time, a condition."""
        entered = self.entry(inputs)
        form: Form = self.body(entered) if given is None else self.body(entered, given)
        return form

    def answer(self, inputs: dict[str, Any], temperature: float = 1.0) -> Tensor | Tokens:
        """What the head decodes for a batch; one that writes its answer step by step is handed the net."""
        write = getattr(self.head, "answer", None)
        made: Tensor | Tokens = write(self, inputs) if write else self.head.decode(self(inputs), temperature)
        return made


def build_net(
    recipe: Recipe, schema: Schema, seed: int | None = None, context: Mapping[str, NDArray[Any]] | None = None
) -> Net:
    """The module of a recipe, freshly initialised from its seed. `context`: arrays that all rows point into.

    Raises PlanError when the inputs, the page and the target do not go together.
    """
    torch.manual_seed(recipe.seed if seed is None else seed)
    name = str(recipe.model["name"])
    settings: Mapping[str, Any] = {key: value for key, value in recipe.model.items() if key != "name"}
    plan, takes = models.plan_of(name, settings), models.PAGES[name].takes
    entry = entry_for(schema, takes, plan, context or {})
    shape = _room(entry.shape, schema)
    body = models.build(name, settings, shape, takes if takes in ("graph", "noise", "slots") else None)
    target = schema.target
    asked = Asked(target.kind, body.width, link=target.link, **vars(recipe.head))
    if target.link == "causal" and body.ahead:
        raise PlanError(
            f"{name} reads a text from both ends, so what comes next is no question to it",
            expected="a model that reads onward only",
            fix="--set model.both=false" if hasattr(plan, "both") else "--model gpt, or --objective masked",
        )
    if target.link in WRITTEN and not (hasattr(body, "encode") and hasattr(body, "begin")):
        raise PlanError(
            f"{name} reads a text and writes none",
            expected="a model that reads one text and writes another",
            fix="--model seq2seq",
        )
    head = head_for(asked, models.form_of(body), target.link)
    if isinstance(head, WriterHead) and any(f.kind == target.kind for f in schema.inputs):
        head.tie(entry)
    if isinstance(head, LanguageHead):
        head.tie(entry, body.token_std)
    net = Net(entry, body, head)
    if recipe.train.freeze:
        net.freeze()
    return net


def _room(shape: tuple[int, ...], schema: Schema) -> tuple[int, ...]:
    """The shape of a row of the inputs, with as many places as what is written may need, its start mark included."""
    target = schema.target
    if target.link not in WRITTEN or not isinstance(target.kind, Text):
        return shape
    return (max(shape[0], target.kind.length + 1), *shape[1:])

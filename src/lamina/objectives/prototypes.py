"""Learning to learn from few examples: each batch is an episode, whose rows answer for each other.

Snell, Swersky and Zemel 2017, https://arxiv.org/abs/1703.05175, algorithm 1: of each class some rows are examples, the
others are asked for their class. Differs: an episode has all classes of a batch that have enough rows; a class may be
shown turned by a quarter or two or three, which makes it another (Vinyals et al. 2016, section 4.1.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import torch
from pydantic import Field as Range
from torch import Tensor, nn

from ..forms import Batch
from ..heads import AlikeHead
from ..rng import Rng
from .base import OneNet, Turn, row_by_row


@dataclass(frozen=True)
class PrototypesPlan:
    """`shots`: examples of a class. `turned`: classes are shown turned by quarters, as if each were four."""

    shots: Annotated[int, Range(ge=1, le=100)] = 1
    turned: bool = True


class Prototypes(OneNet):
    """One player, the net that makes vectors. Which rows of a batch are examples is drawn anew in every turn."""

    apart = False
    additive = False  # a slice of a batch is another episode

    def __init__(self, net: nn.Module, target: str, plan: PrototypesPlan):
        self.net, self.target, self.plan = net, target, plan
        self.head: AlikeHead = net.head  # type: ignore[assignment]
        self.head.shots = plan.shots
        self.by_row = row_by_row(net)

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """One turn: rows in an order drawn by the key, so that other ones are examples each time."""
        drawn = shuffled(batch, rng.uniform(len(batch)).argsort())
        if self.plan.turned:
            drawn = turned(drawn, drawn.targets[self.target], rng)
        loss, count = self.head.loss(self.net(drawn.inputs), drawn.targets[self.target])
        yield Turn("model", loss, count)

    def figures(self, batch: Batch, rng: Rng) -> Tensor | None:
        """(B, 3) by row: wrong, asked, nats; the rows of a batch are one episode."""
        del rng
        return self.head.figures(self.net(batch.inputs), batch.targets[self.target])


def shuffled(batch: Batch, order: Tensor) -> Batch:
    """The rows of a batch of tensors in another order."""
    inputs, targets = ({name: x[order] for name, x in part.items()} for part in (batch.inputs, batch.targets))
    return replace(batch, inputs=inputs, targets=targets, rows=batch.rows[order.cpu()])


def turned(batch: Batch, classes: Tensor, rng: Rng) -> Batch:
    """Square pictures (B, C, S, S) turned by quarters, all of a class alike and each class by a draw of its own."""
    names, of = torch.unique(classes, return_inverse=True)
    quarters = rng.integers(4, len(names))[of]  # (B,)
    inputs = dict(batch.inputs)
    for name, x in batch.inputs.items():
        if x.dim() == 4 and x.shape[2] == x.shape[3]:
            for k in (1, 2, 3):
                x = torch.where((quarters == k)[:, None, None, None], x.rot90(k, (2, 3)), x)
            inputs[name] = x
    return replace(batch, inputs=inputs)

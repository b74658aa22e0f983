"""Learning what stays the same: a picture is to be known again, among others, in another view of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field as Range
from torch import Tensor, nn

from ..forms import Batch
from ..heads.views import HEAT, ViewsHead, by_views
from ..rng import Rng
from .base import OneNet, Turn
from .views import viewed

AMONG = 128  # pictures of a group in which one is looked for where it is judged, whatever the batch


@dataclass(frozen=True)
class SimClrPlan:
    """`heat`: similarities are divided by it."""

    heat: Annotated[float, Range(gt=0, le=10)] = HEAT


class SimClr(OneNet):
    """Chen et al. 2020, https://arxiv.org/abs/2002.05709, algorithm 1: two views of each picture of a batch, which are
    to find each other among all the others. What is of use afterwards is the body; the head is thrown away.
    """

    apart = False
    additive = False  # all other rows of a batch are what a view must not be taken for

    def __init__(self, net: nn.Module, target: str, plan: SimClrPlan | None = None):
        self.net, self.target, self.plan = net, target, plan or SimClrPlan()
        self.head: ViewsHead = net.head  # type: ignore[assignment]
        self.head.heat = self.plan.heat

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """One turn: the views of a batch among each other."""
        pixels = batch.inputs[self.target]
        both = torch.cat([viewed(pixels, rng), viewed(pixels, rng)])  # (2 B, C, H, W)
        loss, count = self.head.loss(self.net({self.target: both}), torch.arange(len(pixels)).repeat(2).to(both.device))
        yield Turn("model", loss, count)

    def figures(self, batch: Batch, rng: Rng) -> Tensor:
        """(B, 3): nats of a picture's first view, 1, and whether the nearest is another picture's view; in groups."""
        pixels = batch.inputs[self.target]
        both = [self.head.decode(self.net({self.target: viewed(pixels, rng)})) for _ in range(2)]
        return in_groups(both[0], both[1], self.plan.heat)


def in_groups(one: Tensor, other: Tensor, heat: float) -> Tensor:
    """What the first views (B, P) say, each among the views of about 128 pictures: (B, 3)."""
    groups = max(1, round(len(one) / AMONG))
    made = []
    for a, b in zip(one.tensor_split(groups), other.tensor_split(groups), strict=True):
        made.append(by_views(torch.cat([a, b]), torch.arange(len(a), device=a.device).repeat(2), heat)[: len(a)])
    return torch.cat(made)

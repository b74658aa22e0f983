"""Give back what came in, by way of less than came in: autoencoders, and those that are given it damaged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field
from torch import Tensor

from ..forms import Batch
from ..rng import Rng
from .base import OneNet, Turn, row_by_row


@dataclass(frozen=True)
class ReconstructPlan:
    """Settings of giving back."""

    noise: Annotated[float, Field(ge=0, le=100)] = 0.0  # standard deviations of the pixels, added before encoding


@dataclass(frozen=True)
class DenoisePlan(ReconstructPlan):
    """Settings of giving back what was spoilt."""

    noise: Annotated[float, Field(ge=0, le=100)] = 0.5


class Reconstruct(OneNet):
    """Make the error between a row and what the net draws of it smaller: Hinton and Salakhutdinov 2006.

    With `noise` the net is given the row with normal noise on it and has to give it back without: Vincent et al. 2008,
    https://doi.org/10.1145/1390156.1390294, so that a code is learned even where it would be wide enough to copy.
    """

    def __init__(self, net: Any, target: str, plan: ReconstructPlan | None = None):
        self.net, self.target, self.plan = net, target, plan or ReconstructPlan()
        self.additive = row_by_row(net)

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """One turn: the head's loss between the row as it was and what is drawn of the row as it was given."""
        given: Tensor = self.net.entry(batch.inputs)  # (B, C, H, W), standardised
        if self.plan.noise:
            given = given + self.plan.noise * rng.normal(*given.shape)
        loss, count = self.net.head.loss(self.net.body(given), batch.targets[self.target])
        yield Turn("model", loss, count)

    def figures(self, batch: Batch, rng: Rng) -> Tensor:
        """(B, 2): the mean squared error of a row's pixels, and 1; nothing is damaged here."""
        del rng
        found: Tensor = self.net.head.figures(self.net(batch.inputs), batch.targets[self.target])
        return found

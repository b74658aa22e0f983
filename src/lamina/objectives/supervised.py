"""Learning from answers: one player, the loss its head gives for the target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from torch import Tensor, nn

from ..forms import Batch
from ..heads import Head
from ..rng import Rng
from .base import OneNet, Turn


class Supervised(OneNet):
    """Make the loss of `net.head` on the target column smaller; classification and regression are the head's affair.

    `net` turns inputs by slot into a form and carries the head that answers from it.
    """

    def __init__(self, net: nn.Module, target: str):
        self.net, self.target = net, target
        self.additive = not any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in net.modules())

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """One turn: the net's loss on the batch."""
        del rng
        target = batch.targets[self.target]
        loss, count = cast(Head, self.net.head).loss(self.form(batch), target)
        yield Turn("model", loss, count)

    def form(self, batch: Batch) -> Any:
        """What the net makes of a batch; a head that writes hands it the answer so far."""
        given = getattr(self.net.head, "given", None)
        if given is None:
            return self.net(batch.inputs)
        return self.net(batch.inputs, given(batch.targets[self.target]))

    def figures(self, batch: Batch, rng: Rng) -> Tensor | None:
        """(B, k) sums by row that quick scores are ratios of, where the head has them, else None."""
        del rng
        found = getattr(self.net.head, "figures", None)
        return None if found is None else cast(Tensor, found(self.form(batch), batch.targets[self.target]))

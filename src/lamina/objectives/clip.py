"""Learning pictures from what is said of them: each picture is to find its text, and each text its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from ..forms import Batch
from ..heads.pairs import PairsHead
from ..rng import Rng
from .base import Turn


class Clip:
    """Radford et al. 2021, https://arxiv.org/abs/2103.00020: two towers, one player. The tower of pictures is the
    body, that of texts stands in the head, so that classes are named after training by any text.
    """

    apart = False
    additive = False  # every other text of a batch is what a picture must not be taken for

    def __init__(self, net: nn.Module, target: str):
        self.net, self.target = net, target
        self.head: PairsHead = net.head  # type: ignore[assignment]

    def players(self) -> dict[str, nn.Module]:
        """Both towers, called "model"."""
        return {"model": self.net}

    def modules(self) -> dict[str, nn.Module]:
        """None beside the player."""
        return {}

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """One turn: pictures and texts of a batch among each other."""
        del rng
        loss, count = self.head.loss(self.net(batch.inputs), batch.targets[self.target])
        yield Turn("model", loss, count)

    def figures(self, batch: Batch, rng: Rng) -> Tensor:
        """(B, 3): nats of the right text among those of the batch, 1, and whether another is nearer."""
        del rng
        return self.head.figures(self.net(batch.inputs), batch.targets[self.target])

    def product(self) -> nn.Module:
        """The net."""
        return self.net

    def state(self) -> dict[str, Any]:
        """Nothing is remembered."""
        return {}

    def load(self, state: dict[str, Any]) -> None:
        """Nothing to take back."""
        assert not state

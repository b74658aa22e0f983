"""Two players: a critic tells real pictures from made ones, a generator tries to pass. Goodfellow et al. 2014."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ..forms import Batch
from ..heads.picture import shares
from ..models.dcgan import Critic, CriticPlan
from ..rng import Rng
from .base import Turn


@dataclass(frozen=True)
class GanPlan:
    """Settings of the game of two."""

    critic: Annotated[int, Field(ge=1, le=1024)] = 24  # channels of the critic's first layer
    turns: Annotated[int, Field(ge=1, le=20)] = 1  # of the critic before each of the generator


class Judgement(nn.Module):
    """How real a picture looks, and how much like its class: body, one unit, and a product with the class's vector.

    pixels (B, C, H, W), codes (B,) or None -> (B,)      the projection of Miyato and Koyama 2018, equation 3
    """

    def __init__(self, shape: tuple[int, ...], width: int, classes: int):
        super().__init__()
        self.body = Critic(CriticPlan(width=width), *shape)
        self.real = spectral_norm(nn.Linear(self.body.width, 1))
        self.like = spectral_norm(nn.Embedding(classes, self.body.width)) if classes else None

    def forward(self, pixels: Tensor, codes: Tensor | None) -> Tensor:
        x = self.body(pixels).x  # (B, D)
        judged: Tensor = self.real(x).squeeze(1)
        return judged if self.like is None or codes is None else judged + (self.like(codes) * x).sum(1)


class Gan:
    """The hinge form of the game (Lim and Ye 2017) with spectral norm in the critic (Miyato et al. 2018).

    The critic raises real pictures above 1 and presses made ones below -1, no further; the generator raises what it
    makes. Spectral norm bounds how fast the critic may change along a picture, so its slope always points somewhere. It
    comes of one power iteration a pass, and the generator's batch norm reads means over rows: slices do not add up.
    """

    additive = False
    apart = True

    def __init__(self, net: Any, target: str, shape: tuple[int, ...], classes: int, plan: GanPlan | None = None):
        self.net, self.target, self.plan = net, target, plan or GanPlan()
        self.critic = Judgement(shape, self.plan.critic, classes)

    def players(self) -> dict[str, nn.Module]:
        """The critic and the net that makes pictures, called "generator"."""
        return {"critic": self.critic, "generator": self.net}

    def modules(self) -> dict[str, nn.Module]:
        """None beside the players."""
        return {}

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """`turns` of the critic on as many parts of the batch, then one of the generator, on the classes of all."""
        real, condition = (
            2 * shares(batch.targets[self.target]) - 1,
            self.net.entry(batch.inputs),
        )  # (B, C, H, W), (B, N)
        codes = self.net.entry.codes(batch.inputs)  # (B,) or None
        for part in torch.arange(len(real), device=real.device).tensor_split(min(self.plan.turns, len(real))):
            with torch.no_grad():
                made = make(self.net, None if condition is None else condition[part], len(part), rng)
            named = None if codes is None else codes[part]
            missed = (1 - self.critic(real[part], named)).relu().mean() + (1 + self.critic(made, named)).relu().mean()
            yield Turn("critic", missed, len(part))
        condition = self.net.entry(batch.inputs)  # anew: the graph of the first went with the critic's turn
        yield Turn("generator", -self.critic(make(self.net, condition, len(real), rng), codes).mean(), len(real))

    def figures(self, batch: Batch, rng: Rng) -> None:
        """None: what the two lose says nothing of how good the pictures are."""
        del batch, rng

    def sample(self, inputs: dict[str, Tensor], count: int, rng: Rng) -> Tensor:
        """Shares of white (B, C, H, W), one for each row of the inputs."""
        return (make(self.net, self.net.entry(inputs), count, rng) + 1) / 2

    def product(self) -> nn.Module:
        """The net that makes pictures."""
        net: nn.Module = self.net
        return net

    def state(self) -> dict[str, Any]:
        """Nothing is remembered beside the modules."""
        return {}

    def load(self, state: dict[str, Any]) -> None:
        """Nothing to take back."""
        assert not state


def make(net: Any, condition: Tensor | None, count: int, rng: Rng) -> Tensor:
    """Pictures (B, C, H, W) from -1, black, to 1, white, grown from noise under a condition (B, N)."""
    made: Tensor = net.head.decode(net.body(rng.normal(count, net.body.noise), condition))
    return 2 * made - 1

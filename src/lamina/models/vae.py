"""Variational autoencoder: a picture becomes a cloud of codes, and any code of a standard normal can be drawn.

Kingma and Welling 2014, https://arxiv.org/abs/1312.6114, appendix C: both ways are fully connected, and the encoder
gives the mean and the log-variance of a normal with independent parts. Differs: two hidden layers, as in Burda et al.
2016, with SiLU for tanh, and layer norm between.

Axes: B batch, C channels, H height, W width, D numbers of the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from ..forms import Map
from .body import Body

NARROWEST, WIDEST = -12.0, 8.0  # log-variances past these would overflow, and no posterior needs them


@dataclass(frozen=True)
class VaePlan:
    width: Annotated[int, Field(ge=1, le=16384)] = 512  # units of a hidden layer
    depth: Annotated[int, Field(ge=1, le=16)] = 2  # hidden layers, each way
    code: Annotated[int, Field(ge=1, le=65536)] = 32  # numbers of a code


class Vae(Body):
    """pixels (B, C, H, W) -> Map (B, C, H, W)      drawn from the mean code, without noise"""

    def __init__(self, plan: VaePlan, channels: int, height: int, width: int):
        super().__init__()
        pixels = channels * height * width
        self.squeeze = nn.Sequential(nn.Flatten(), *layers(pixels, plan), nn.Linear(plan.width, 2 * plan.code))
        unflatten = nn.Unflatten(1, (channels, height, width))
        self.draw = nn.Sequential(*layers(plan.code, plan), nn.Linear(plan.width, pixels), unflatten)
        self.width, self.code = channels, plan.code

    def cloud(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """The mean and the log-variance of the codes of pictures, (B, code) each."""
        mean, spread = self.squeeze(pixels).float().chunk(2, dim=1)
        return mean, spread.clamp(NARROWEST, WIDEST)

    def decode(self, code: Tensor) -> Map:
        """What is drawn from codes, (B, C, H, W)."""
        return Map(self.draw(code))

    def forward(self, pixels: Tensor) -> Map:
        return self.decode(self.cloud(pixels)[0])


def layers(given: int, plan: VaePlan) -> list[nn.Module]:
    """`depth` hidden layers: (B, given) -> (B, width)."""
    made: list[nn.Module] = []
    for number in range(plan.depth):
        made += [nn.Linear(plan.width if number else given, plan.width), nn.LayerNorm(plan.width), nn.SiLU()]
    return made

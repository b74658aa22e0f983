"""Autoencoder: a picture squeezed to a short code by strided convolutions, and drawn again from the code alone.

Hinton and Salakhutdinov 2006, https://doi.org/10.1126/science.1127647, figure 1; convolutions as in Masci et al. 2011,
https://doi.org/10.1007/978-3-642-21735-7_7. Differs: trained at once, without layers taught one by one; the way back is
nearest-neighbour growth and a convolution (Odena et al. 2016), which leaves no chequered pattern; group norm.

Axes: B batch, C channels, H height, W width, D numbers of the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Map, Vector
from .body import Body

GROUPS = 8  # of channels that are normalised together, where they divide the channels


@dataclass(frozen=True)
class AutoencoderPlan:
    width: Annotated[int, Field(ge=1, le=1024)] = 32  # channels at full size; twice as many from the first halving on
    code: Annotated[int, Field(ge=1, le=65536)] = 32  # numbers a picture is squeezed to
    stages: Annotated[int, Field(ge=1, le=8)] = 2  # halvings


class Squeeze(nn.Module):
    """pixels (B, C, H, W) -> codes (B, D)      `stages` halvings, sides rounded up"""

    def __init__(self, plan: AutoencoderPlan, channels: int, height: int, width: int, code: int):
        super().__init__()
        widths = [plan.width, *[2 * plan.width] * plan.stages]
        parts: list[nn.Module] = [nn.Conv2d(channels, plan.width, 3, padding=1), nn.SiLU()]
        for before, after in pairwise(widths):
            parts += [nn.Conv2d(before, after, 3, stride=2, padding=1), norm(after), nn.SiLU()]
        self.convs = nn.Sequential(*parts)
        high, wide = sides(height, width, plan.stages)[-1]
        self.out = nn.Linear(widths[-1] * high * wide, code)

    def forward(self, pixels: Tensor) -> Tensor:
        code: Tensor = self.out(self.convs(pixels).flatten(1))
        return code


class Draw(nn.Module):
    """codes (B, D) -> maps (B, width, H, W)"""

    def __init__(self, plan: AutoencoderPlan, height: int, width: int):
        super().__init__()
        self.sides = sides(height, width, plan.stages)[::-1]  # the smallest first
        deep = 2 * plan.width
        self.first = nn.Unflatten(1, (deep, *self.sides[0]))
        self.spread = nn.Linear(plan.code, deep * self.sides[0][0] * self.sides[0][1])
        widths = [deep] * plan.stages + [plan.width]
        self.convs = nn.ModuleList(
            nn.Sequential(nn.Conv2d(before, after, 3, padding=1), norm(after), nn.SiLU())
            for before, after in pairwise(widths)
        )

    def forward(self, code: Tensor) -> Tensor:
        x: Tensor = F.silu(self.first(self.spread(code)))  # (B, 2 × width, h, w)
        for side, conv in zip(self.sides[1:], self.convs, strict=True):
            x = conv(F.interpolate(x, size=side, mode="nearest"))
        return x


class Autoencoder(Body):
    """pixels (B, C, H, W) -> Map (B, D, H, W)      by way of `code` numbers"""

    def __init__(self, plan: AutoencoderPlan, channels: int, height: int, width: int):
        super().__init__()
        self.squeeze = Squeeze(plan, channels, height, width, plan.code)
        self.draw = Draw(plan, height, width)
        self.width, self.code = plan.width, plan.code

    def encode(self, pixels: Tensor) -> Vector:
        """The codes of pictures, (B, code)."""
        return Vector(self.squeeze(pixels))

    def decode(self, code: Tensor) -> Map:
        """What is drawn from codes, (B, D, H, W)."""
        return Map(self.draw(code))

    def forward(self, pixels: Tensor) -> Map:
        return self.decode(self.encode(pixels).x)


def norm(channels: int) -> nn.GroupNorm:
    """Group norm over groups of the channels (Wu and He 2018), which asks nothing of the other rows of a batch."""
    return nn.GroupNorm(GROUPS if channels % GROUPS == 0 else 1, channels)


def sides(height: int, width: int, stages: int) -> list[tuple[int, int]]:
    """Height and width after 0, 1, … `stages` halvings, rounded up.

    >>> sides(28, 17, 2)
    [(28, 17), (14, 9), (7, 5)]
    """
    found = [(height, width)]
    for _ in range(stages):
        high, wide = found[-1]
        found.append(((high + 1) // 2, (wide + 1) // 2))
    return found

"""DCGAN: a generator that grows a picture from noise, and a critic that shrinks one to a vector; both know the class.

Radford, Metz and Chintala 2015, https://arxiv.org/abs/1511.06434, figure 1. Differs, after Miyato et al. 2018,
https://arxiv.org/abs/1802.05957, table 3: the critic has spectral norm and no batch norm; its strides fall on even
kernels; and the generator's batch norm has gains and shifts that the condition decides (Dumoulin et al. 2017).

Axes: B batch, C channels, H height, W width, N numbers of a condition, D width of what is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from ..forms import Map, Vector
from .autoencoder import sides
from .body import Body

LEAK = 0.1  # of the critic's units below zero


@dataclass(frozen=True)
class DcganPlan:
    width: Annotated[int, Field(ge=1, le=1024)] = 24  # channels at full size; twice as many a halving down
    noise: Annotated[int, Field(ge=1, le=4096)] = 64  # numbers a picture is grown from
    stages: Annotated[int, Field(ge=1, le=6)] = 2  # doublings


@dataclass(frozen=True)
class CriticPlan:
    width: Annotated[int, Field(ge=1, le=1024)] = 32  # channels at full size; twice as many a halving down
    stages: Annotated[int, Field(ge=1, le=6)] = 2  # halvings


class Grow(nn.Module):
    """Twice the side, then a convolution, normalised by channel, scaled and shifted as the condition says.

    (B, C, h, w), (B, N) -> (B, D, H, W)
    """

    def __init__(self, given: int, channels: int, width: int, side: tuple[int, int]):
        super().__init__()
        self.side = side
        self.conv = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width, affine=False)
        self.scale = nn.Linear(given, 2 * width)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        x = self.norm(self.conv(F.interpolate(x, size=self.side, mode="nearest")))
        gain, shift = self.scale(condition)[..., None, None].chunk(2, dim=1)  # (B, D, 1, 1) each
        return torch.relu(x * (1 + gain) + shift)


class Dcgan(Body):
    """noise (B, noise), condition (B, N) -> Map (B, D, H, W)      N may be 0: no condition"""

    def __init__(self, plan: DcganPlan, given: int, channels: int, height: int, width: int):
        super().__init__()
        del channels  # the head's affair
        steps = sides(height, width, plan.stages)[::-1]  # the smallest first
        widths = [plan.width * 2**i for i in range(plan.stages, -1, -1)]
        self.noise, self.given, self.width = plan.noise, given, plan.width
        self.spread = nn.Linear(plan.noise + given, widths[0] * steps[0][0] * steps[0][1])
        self.first = nn.Unflatten(1, (widths[0], *steps[0]))
        self.norm = nn.BatchNorm2d(widths[0])
        self.grow = nn.ModuleList(
            Grow(plan.noise + given, before, after, side)
            for before, after, side in zip(widths[:-1], widths[1:], steps[1:], strict=True)
        )

    def forward(self, noise: Tensor, given: Tensor | None = None) -> Map:
        condition = noise if given is None else torch.cat([noise, given], dim=1)  # (B, noise + N)
        x = torch.relu(self.norm(self.first(self.spread(condition))))  # (B, widest, h, w)
        for grow in self.grow:
            x = grow(x, condition)
        return Map(x)


class Critic(Body):
    """pixels (B, C, H, W) -> Vector (B, D)      every layer has a largest singular value of one"""

    def __init__(self, plan: CriticPlan, channels: int, height: int, width: int):
        super().__init__()
        del height, width  # the last map is summed over its places, whatever its sides
        widths = [plan.width * 2**i for i in range(plan.stages + 1)]
        parts: list[nn.Module] = [spectral_norm(nn.Conv2d(channels, widths[0], 3, padding=1)), nn.LeakyReLU(LEAK)]
        for before, after in pairwise(widths):
            shrink = spectral_norm(nn.Conv2d(before, after, 4, stride=2, padding=1))
            parts += [shrink, nn.LeakyReLU(LEAK), spectral_norm(nn.Conv2d(after, after, 3, padding=1))]
            parts += [nn.LeakyReLU(LEAK)]
        self.convs = nn.Sequential(*parts)
        self.width = widths[-1]

    def forward(self, pixels: Tensor) -> Vector:
        return Vector(self.convs(pixels).sum((2, 3)))

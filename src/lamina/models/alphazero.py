"""The tower of AlphaZero: convolutions that add to what they are given, the board kept at its full size.

Silver et al. 2017, https://doi.org/10.1038/nature24270, methods ("neural network architecture"), the dual residual
form. Differs: few channels and blocks, for boards of some tens of places; the paper has 256 and 19 or 39.

Axes: B batch, C channels, H height, W width, D channels of the tower.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from ..forms import Map
from ..layers import ConvNorm, he
from .body import Body


@dataclass(frozen=True)
class AlphaZeroPlan:
    width: Annotated[int, Field(ge=1, le=1024)] = 32  # channels
    depth: Annotated[int, Field(ge=0, le=80)] = 3  # blocks of two convolutions


class Block(nn.Module):
    """(B, D, H, W) -> (B, D, H, W)"""

    def __init__(self, width: int):
        super().__init__()
        self.first = ConvNorm(width, width)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.norm(self.second(self.first(x))))


class AlphaZero(Body):
    """planes (B, C, H, W) -> Map (B, D, H, W)"""

    def __init__(self, plan: AlphaZeroPlan, channels: int, height: int, width: int):
        super().__init__()
        del height, width  # any board
        self.stem = ConvNorm(channels, plan.width)
        self.blocks = nn.Sequential(*[Block(plan.width) for _ in range(plan.depth)])
        self.width = plan.width
        he(self)

    def forward(self, planes: Tensor) -> Map:
        return Map(self.blocks(self.stem(planes)))

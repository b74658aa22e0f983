"""U-Net: down to see what is there, up again to say where, with a bridge at every height.

Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597, figure 1. Differs: convolutions are padded, so that the map
has the picture's side (the paper's loses 92 pixels at each edge); batch norm (Ioffe and Szegedy 2015); any side, not
only multiples of 2 ** depth, since what comes up is cut to the side of its bridge; a large picture is halved at first.

Axes: B batch, C channels, H height, W width, D channels of a stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from ..forms import Map
from ..layers import ConvNorm, he, require_side
from .body import Body

PHOTO = 128  # from this side on, the first convolution has stride 2


@dataclass(frozen=True)
class UNetPlan:
    width: Annotated[int, Field(ge=1, le=1024)] = 16  # channels of the first stage; each below has twice as many
    depth: Annotated[int, Field(ge=1, le=6)] = 4  # times the side is halved
    stride: Annotated[int, Field(ge=0, le=4)] = 0  # of the first convolution; 0 lets the side decide
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.0  # share of the lowest channels silenced while training


class Pair(nn.Module):
    """(B, C, H, W) -> (B, D, H / S, W / S)      two 3 × 3 convolutions, the first with the stride"""

    def __init__(self, channels: int, width: int, stride: int = 1):
        super().__init__()
        self.convs = nn.Sequential(ConvNorm(channels, width, stride=stride), ConvNorm(width, width))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.convs(x)
        return out


class Down(nn.Module):
    """(B, C, H, W) -> (B, D, H / 2, W / 2)      an odd side is rounded up"""

    def __init__(self, channels: int, width: int):
        super().__init__()
        self.pool, self.pair = nn.MaxPool2d(2, ceil_mode=True), Pair(channels, width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.pair(self.pool(x))
        return out


class Up(nn.Module):
    """(B, 2 * D, H / 2, W / 2) from below and (B, D, H, W) over the bridge -> (B, D, H, W)"""

    def __init__(self, width: int):
        super().__init__()
        self.rise, self.pair = nn.ConvTranspose2d(2 * width, width, 2, stride=2), Pair(2 * width, width)

    def forward(self, below: Tensor, bridge: Tensor) -> Tensor:
        risen = self.rise(below)[..., : bridge.shape[2], : bridge.shape[3]]
        out: Tensor = self.pair(torch.cat([bridge, risen], dim=1))
        return out


class UNet(Body):
    """pixels (B, C, H, W) -> Map (B, D, H / S, W / S)      D = plan.width; S = 1, or 2 for a large picture"""

    def __init__(self, plan: UNetPlan, channels: int, height: int, width: int):
        super().__init__()
        # Edges are smooth at the scale of a pixel of a large picture, and the first stage is the dearest: a stride of 2
        # leaves a quarter of the work.
        stride = plan.stride or (2 if min(height, width) >= PHOTO else 1)
        require_side(f"unet of depth {plan.depth}", height, width, stride * 2**plan.depth, fix="--set model.depth=2")
        widths = [plan.width * 2**i for i in range(plan.depth + 1)]
        self.first = Pair(channels, plan.width, stride)
        self.downs = nn.ModuleList([Down(above, below) for above, below in pairwise(widths)])
        self.drop = nn.Dropout2d(plan.drop)
        self.ups = nn.ModuleList([Up(wide) for wide in reversed(widths[:-1])])
        self.width = plan.width
        he(self)

    def forward(self, pixels: Tensor) -> Map:
        bridges = [self.first(pixels)]
        for down in self.downs:
            bridges.append(down(bridges[-1]))
        x = self.drop(bridges.pop())
        for up in self.ups:
            x = up(x, bridges.pop())
        return Map(x)

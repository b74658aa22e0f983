"""EDSR: a picture made finer by adding what is missing to what interpolation gives.

Lim et al. 2017, https://arxiv.org/abs/1707.02921, figure 3: residual blocks without norms, all of it at the small
side, and one step up at the end by shuffling channels into pixels (Shi et al. 2016, https://arxiv.org/abs/1609.05158,
section 3.2). Differs: small; what comes out is added to the enlarged picture (VDSR, Kim et al. 2016,
https://arxiv.org/abs/1511.04587, section 3), so that it begins as interpolation and learns only what that lacks;
the convolution after the shuffle is left out, which is most of the work at three times the side.

Axes: B batch, C channels, H height, W width, D plan.width, r plan.times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from ..forms import Map
from ..layers import he, require_side
from ..layers.resample import resized
from .body import Body


@dataclass(frozen=True)
class EdsrPlan:
    width: Annotated[int, Field(ge=1, le=1024)] = 32
    depth: Annotated[int, Field(ge=1, le=64)] = 6  # residual blocks
    times: Annotated[int, Field(ge=1, le=8)] = 1  # the side of what is made over the side of what is given
    scale: Annotated[float, Field(gt=0, le=1)] = 1.0  # of what a block adds; the paper's widest nets need 0.1


class Residual(nn.Module):
    """(B, D, H, W) -> (B, D, H, W)      figure 2c"""

    def __init__(self, width: int, scale: float):
        super().__init__()
        self.scale = scale
        self.one, self.two = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        missing: Tensor = self.two(torch.relu_(self.one(x)))
        return x + self.scale * missing


class Edsr(Body):
    """pixels (B, C, H, W) -> Map (B, C, r * H, r * W), in the units of the pixels"""

    def __init__(self, plan: EdsrPlan, channels: int, height: int, width: int):
        super().__init__()
        require_side("edsr", height, width, 2, fix="--model unet")
        self.times, self.width = plan.times, channels
        self.first = nn.Conv2d(channels, plan.width, 3, padding=1)
        blocks = [Residual(plan.width, plan.scale) for _ in range(plan.depth)]
        self.blocks = nn.Sequential(*blocks)
        self.join = nn.Conv2d(plan.width, plan.width, 3, padding=1)
        self.finer = nn.Conv2d(plan.width, channels * plan.times**2, 3, padding=1)
        self.shuffle = nn.PixelShuffle(plan.times)
        he(self)
        for part in (self.finer, *(block.two for block in blocks)):
            nn.init.normal_(part.weight, std=1e-3)  # each begins as next to nothing

    def forward(self, pixels: Tensor) -> Map:
        x = self.first(pixels)
        x = x + self.join(self.blocks(x))
        _, _, height, width = pixels.shape
        coarse = resized(pixels, self.times * height, self.times * width) if self.times > 1 else pixels
        return Map(coarse + self.shuffle(self.finer(x)))

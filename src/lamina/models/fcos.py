"""The body of FCOS: a ResNet whose upper levels lend the lower ones what they know, so that small things are seen in
company.

Tian et al. 2019, https://arxiv.org/abs/1904.01355, figure 2 left; the pyramid is that of Lin et al. 2017,
https://arxiv.org/abs/1612.03144, figure 3. Differs: three levels, of strides 8, 16 and 32, where the paper has five: a
picture here is rarely so large that a thing fills more; norms in the pyramid. What is asked of the pyramid is
the head's affair: `heads/boxes.py`.

Axes: B batch, C channels, H height, W width, D plan.width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Pyramid
from ..layers import he, require_side
from .body import Body
from .resnet import Blocks, ResNet, ResNetPlan

LEVELS = (8, 16, 32)  # the side of the picture over the side of each level


@dataclass(frozen=True)
class FcosPlan:
    blocks: tuple[Blocks, Blocks, Blocks, Blocks] = (2, 2, 2, 2)  # of each stage of the ResNet
    stem: Annotated[int, Field(ge=1, le=1024)] = 32  # channels of its first stage; 64 is the paper's
    width: Annotated[int, Field(ge=1, le=1024)] = 64  # channels of the pyramid; 256 is the paper's


class Lateral(nn.Module):
    """(B, C, H, W) -> (B, D, H, W)      to the pyramid's width, without a nonlinearity"""

    def __init__(self, channels: int, width: int, kernel: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(channels, width, kernel, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.norm(self.conv(x))
        return out


class Fcos(Body):
    """pixels (B, C, H, W) -> Pyramid of (B, D, H / 8, W / 8), (B, D, H / 16, W / 16), (B, D, H / 32, W / 32)"""

    def __init__(self, plan: FcosPlan, channels: int, height: int, width: int):
        super().__init__()
        require_side("fcos", height, width, 32, fix="--set data.side=64")
        self.resnet = ResNet(ResNetPlan(blocks=plan.blocks, width=plan.stem, small=False), channels, height, width)
        self.laterals = nn.ModuleList([Lateral(plan.stem * times, plan.width) for times in (2, 4, 8)])
        self.smooths = nn.ModuleList([Lateral(plan.width, plan.width, kernel=3) for _ in LEVELS])
        self.width = plan.width
        he(self.laterals, "linear")
        he(self.smooths, "linear")

    def forward(self, pixels: Tensor) -> Pyramid:
        _, *found = self.resnet.stages(pixels)
        known = [lateral(x) for lateral, x in zip(self.laterals, found, strict=True)]
        levels = [known.pop()]
        for x in reversed(known):
            levels.insert(0, x + F.interpolate(levels[0], size=x.shape[-2:], mode="nearest"))
        return Pyramid(tuple(torch.relu(smooth(x)) for smooth, x in zip(self.smooths, levels, strict=True)))

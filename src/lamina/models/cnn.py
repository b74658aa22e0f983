"""A plain convolution net: stages of 3 × 3 convolutions, each stage at half the side and twice the channels.

The plan of Simonyan and Zisserman 2014, https://arxiv.org/abs/1409.1556 (VGG), table 1, with the batch norm of Ioffe
and Szegedy 2015, https://arxiv.org/abs/1502.03167. Differs: two convolutions a stage, few channels, as many stages as
the picture asks for, no fully connected layers: the head takes the mean over the map (Lin et al. 2013).

Axes: B batch, C channels, H height, W width, D channels of the last stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from ..forms import Map
from ..layers import ConvNorm, he, require_side
from .body import Body

LAST = 8  # stages are added until the last map's side is at most this, as far as the shorter side goes
PHOTO = 64  # from this side on, the first convolution has stride 2
MOST_TIMES = 16  # the channels grow to at most so many times the first stage's


@dataclass(frozen=True)
class CnnPlan:
    width: Annotated[int, Field(ge=1, le=1024)] = 32  # channels of the first stage
    depth: Annotated[int, Field(ge=1, le=16)] = 2  # convolutions of a stage
    stages: Annotated[int, Field(ge=0, le=10)] = 0  # 0 lets the side decide
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.0  # share of the last channels silenced while training


class Stage(nn.Module):
    """(B, C, H, W) -> (B, D, H / S, W / S)"""

    def __init__(self, channels: int, width: int, depth: int, stride: int = 1):
        super().__init__()
        rest = [ConvNorm(width, width) for _ in range(depth - 1)]
        self.convs = nn.Sequential(ConvNorm(channels, width, stride=stride), *rest)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.convs(x)
        return out


class Cnn(Body):
    """pixels (B, C, H, W) -> Map (B, D, H / S, W / S)      S = stride of the first convolution × 2 ** (stages - 1)"""

    def __init__(self, plan: CnnPlan, channels: int, height: int, width: int):
        super().__init__()
        side = min(height, width)
        # Neighbouring pixels of a photo say much the same, and the first stage is the dearest: a stride of 2 there
        # leaves a quarter of its work. Small pictures, where each pixel counts, keep them all.
        stride = 2 if side >= PHOTO else 1
        stages = plan.stages or count_stages(side // stride)
        require_side(f"cnn with {stages} stages", height, width, stride * 2 ** (stages - 1), fix="--set model.stages=0")
        widths = [plan.width * min(2**i, MOST_TIMES) for i in range(stages)]
        parts: list[nn.Module] = [Stage(channels, widths[0], plan.depth, stride)]
        for before, after in pairwise(widths):
            parts += [nn.MaxPool2d(2, ceil_mode=True), Stage(before, after, plan.depth)]  # an odd last row counts too
        self.stages = nn.Sequential(*parts)
        self.drop = nn.Dropout2d(plan.drop)
        self.width = widths[-1]
        he(self)

    def forward(self, pixels: Tensor) -> Map:
        return Map(self.drop(self.stages(pixels)))


def count_stages(side: int) -> int:
    """Stages until the side is at most 8; at least two, where there are two pixels to halve.

    >>> [count_stages(side) for side in (1, 8, 28, 32, 64, 112)]
    [1, 2, 3, 3, 4, 5]
    """
    stages = 1 if side < 2 else 2
    while side > LAST * 2 ** (stages - 1):
        stages += 1
    return stages

"""ResNet: each block adds to what it was given, so that a hundred layers learn as readily as ten.

He et al. 2015, https://arxiv.org/abs/1512.03385, table 1. Differs: a bottleneck strides in its 3 × 3 convolution
("v1.5"); the last norm of a block begins at zero, so that a block begins as the identity (Goyal et al. 2017,
https://arxiv.org/abs/1706.02677, section 5.1); pictures under 64 pixels keep their side at first, as the paper's
section 4.2 has it for CIFAR. Parameters are named as torchvision and timm name them; the last, `fc`, is the head's.

Axes: B batch, C channels, H height, W width, D channels of the last stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from ..forms import Map
from ..layers import he, require_side
from .body import Body

SMALL = 64  # under this side a picture is not shrunk before the first block

Blocks = Annotated[int, Field(ge=1, le=64)]


@dataclass(frozen=True)
class ResNetPlan:
    block: Literal["basic", "bottleneck"] = "basic"
    blocks: tuple[Blocks, Blocks, Blocks, Blocks] = (2, 2, 2, 2)  # of each stage
    width: Annotated[int, Field(ge=1, le=1024)] = 64  # channels of the first stage
    small: bool | None = None  # 3 × 3 stem without stride or pool; None lets the side decide


RESNET18 = ResNetPlan()
RESNET34 = ResNetPlan(blocks=(3, 4, 6, 3))
RESNET50 = ResNetPlan(block="bottleneck", blocks=(3, 4, 6, 3))


class Basic(nn.Module):
    """(B, C, H, W) -> (B, D, H / S, W / S)      figure 5, left"""

    times: ClassVar[int] = 1

    def __init__(self, channels: int, width: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = shortcut(channels, width, stride)
        nn.init.zeros_(self.bn2.weight)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu_(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return torch.relu_(y + self.downsample(x))


class Bottleneck(nn.Module):
    """(B, C, H, W) -> (B, 4 * D, H / S, W / S)      figure 5, right"""

    times: ClassVar[int] = 4

    def __init__(self, channels: int, width: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = shortcut(channels, 4 * width, stride)
        nn.init.zeros_(self.bn3.weight)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu_(self.bn1(self.conv1(x)))
        y = torch.relu_(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return torch.relu_(y + self.downsample(x))


class ResNet(Body):
    """pixels (B, C, H, W) -> Map (B, D, H / S, W / S)      S = 32, or 8 in the small form"""

    def __init__(self, plan: ResNetPlan, channels: int, height: int, width: int):
        super().__init__()
        small = min(height, width) < SMALL if plan.small is None else plan.small
        if small:
            require_side("resnet", height, width, 8, fix="--model cnn")
            self.conv1 = nn.Conv2d(channels, plan.width, 3, padding=1, bias=False)
            self.maxpool: nn.Module = nn.Identity()
        else:
            require_side("resnet with its wide stem", height, width, 32, fix="--set model.small=true")
            self.conv1 = nn.Conv2d(channels, plan.width, 7, stride=2, padding=3, bias=False)
            self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.bn1 = nn.BatchNorm2d(plan.width)
        block = Basic if plan.block == "basic" else Bottleneck
        stem, (n1, n2, n3, n4) = plan.width, plan.blocks
        self.layer1 = stage(block, stem, stem, n1, stride=1)
        self.layer2 = stage(block, stem * block.times, 2 * stem, n2, stride=2)
        self.layer3 = stage(block, 2 * stem * block.times, 4 * stem, n3, stride=2)
        self.layer4 = stage(block, 4 * stem * block.times, 8 * stem, n4, stride=2)
        self.width = 8 * stem * block.times
        he(self, fan="out")

    def forward(self, pixels: Tensor) -> Map:
        return Map(self.stages(pixels)[-1])

    def stages(self, pixels: Tensor) -> list[Tensor]:
        """What each of the four stages gives, the finest first: sides of H / 4, / 8, / 16, / 32, or whole if small."""
        x = self.maxpool(torch.relu_(self.bn1(self.conv1(pixels))))  # (B, width, H / 4, W / 4), or whole if small
        found = []
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
            found.append(x)
        return found


def stage(block: type[Basic | Bottleneck], channels: int, width: int, count: int, stride: int) -> nn.Sequential:
    """`count` blocks one after another; the first changes side and channels."""
    rest = [block(width * block.times, width, stride=1) for _ in range(count - 1)]
    return nn.Sequential(block(channels, width, stride), *rest)


def shortcut(channels: int, width: int, stride: int) -> nn.Sequential:
    """The way around a block: nothing at all, or a projection where the shape changes (option B of section 3.3)."""
    if stride == 1 and channels == width:
        return nn.Sequential()
    return nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))

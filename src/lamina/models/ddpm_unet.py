"""The U-Net of denoising diffusion: from a noisy picture, how noisy it is and its class, to what is noise in it.

Ho, Jain and Abbeel 2020, https://arxiv.org/abs/2006.11239, appendix B: residual blocks with group norm that are told
the time, self-attention where the map is small, and every map of the way down handed across to the way up. Differs: the
picture is first folded, patches of pixels becoming channels (as Hoogeboom et al. 2023, section 3.3), which leaves a
quarter of the work; few channels; the time scales as well as shifts (Dhariwal and Nichol 2021, section 3.1).

Axes: B batch, C channels, H height, W width, N numbers of a condition, D width of what is given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Map
from ..layers import Dropout
from .autoencoder import norm
from .body import Body

FOLD_FROM = 24  # pictures with both sides from this on are folded by 2


@dataclass(frozen=True)
class DdpmUnetPlan:
    width: Annotated[int, Field(ge=8, le=1024)] = 48  # channels of the first level
    depth: Annotated[int, Field(ge=1, le=8)] = 1  # residual blocks of a level
    levels: Annotated[int, Field(ge=1, le=6)] = 2  # each at half the side, from the second on with twice the channels
    fold: Annotated[int, Field(ge=0, le=8)] = 0  # side of a patch that becomes channels; 0 lets the side decide
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.0


class Residual(nn.Module):
    """Two convolutions around what is known of time and class, added to what came in.

    (B, C, H, W), (B, N) -> (B, D, H, W)
    """

    def __init__(self, given: int, channels: int, width: int, drop: float):
        super().__init__()
        self.norm, self.conv = norm(channels), nn.Conv2d(channels, width, 3, padding=1)
        self.told = nn.Linear(given, 2 * width)
        self.norm_told, self.drop = norm(width), Dropout(drop)
        self.out = nn.Conv2d(width, width, 3, padding=1)
        self.past = nn.Conv2d(channels, width, 1) if channels != width else nn.Identity()

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        y = self.conv(F.silu(self.norm(x)))
        gain, shift = self.told(condition)[..., None, None].chunk(2, dim=1)  # (B, D, 1, 1) each
        y = F.silu(self.norm_told(y) * (1 + gain) + shift)
        out: Tensor = self.past(x) + self.out(self.drop(y))
        return out


class Look(nn.Module):
    """Every place of a map reads from every other, one head.

    (B, C, H, W) -> (B, C, H, W)
    """

    def __init__(self, channels: int):
        super().__init__()
        self.norm = norm(channels)
        self.qkv, self.out = nn.Conv2d(channels, 3 * channels, 1), nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(self.norm(x)).flatten(2).mT.chunk(3, dim=2)  # each (B, H × W, C)
        seen = F.scaled_dot_product_attention(q, k, v)  # (B, H × W, C)
        out: Tensor = x + self.out(seen.mT.reshape(x.shape))
        return out


class DdpmUnet(Body):
    """noisy (B, C, H, W), (noise level (B,), condition (B, N)) -> Map (B, D, H, W)

    The level of noise is a number from 0 to 1; N may be 0: no condition.
    """

    def __init__(self, plan: DdpmUnetPlan, given: int, channels: int, height: int, width: int):
        super().__init__()
        self.fold = plan.fold or (2 if min(height, width) >= FOLD_FROM else 1)
        self.shape, self.given, self.inner = (channels, height, width), given, plan.width
        told = 4 * plan.width
        self.tell = nn.Sequential(nn.Linear(plan.width + given, told), nn.SiLU(), nn.Linear(told, told), nn.SiLU())
        self.first = nn.Conv2d(channels * self.fold**2, plan.width, 3, padding=1)
        widths = [plan.width * min(2, 2**i) for i in range(plan.levels)]
        self.down, self.up, self.shrink, kept = nn.ModuleList(), nn.ModuleList(), nn.ModuleList(), [plan.width]
        at = plan.width
        for level, wide in enumerate(widths):
            if level:
                self.shrink.append(nn.Conv2d(at, at, 3, stride=2, padding=1))
                kept.append(at)
            for _ in range(plan.depth):
                self.down.append(Residual(told, at, wide, plan.drop))
                at = wide
                kept.append(at)
        self.middle, self.look = Residual(told, at, at, plan.drop), Look(at)
        for wide in reversed(widths):
            for _ in range(plan.depth + 1):
                self.up.append(Residual(told, at + kept.pop(), wide, plan.drop))
                at = wide
        self.depth, self.last = plan.depth, nn.Sequential(norm(at), nn.SiLU())
        self.unfold = nn.Conv2d(at, plan.width * self.fold**2 // 2, 3, padding=1) if self.fold > 1 else nn.Identity()
        self.width = plan.width // 2 if self.fold > 1 else plan.width

    def forward(self, noisy: Tensor, given: tuple[Tensor, Tensor | None]) -> Map:
        level, condition = given
        said = waves(level, self.inner).to(noisy.dtype)  # (B, inner)
        told = self.tell(said if condition is None else torch.cat([said, condition], dim=1))  # (B, 4 × inner)
        x = self.first(F.pixel_unshuffle(self._whole(noisy), self.fold))
        kept = [x]
        for place, block in enumerate(self.down):
            if place and place % self.depth == 0:
                x = self.shrink[place // self.depth - 1](x)
                kept.append(x)
            x = block(x, told)
            kept.append(x)
        x = self.look(self.middle(x, told))
        for block in self.up:
            across = kept.pop()
            if across.shape[2:] != x.shape[2:]:
                x = F.interpolate(x, size=across.shape[2:], mode="nearest")
            x = block(torch.cat([x, across], dim=1), told)
        x = F.pixel_shuffle(self.unfold(self.last(x)), self.fold)  # (B, D, H, W), with what was added at the edges
        return Map(x[:, :, : self.shape[1], : self.shape[2]])

    def _whole(self, x: Tensor) -> Tensor:
        """The picture with its last row and column repeated, so that its sides divide by the fold."""
        high, wide = (-side % self.fold for side in self.shape[1:])
        return F.pad(x, (0, wide, 0, high), mode="replicate") if high or wide else x


def waves(level: Tensor, width: int) -> Tensor:
    """A number from 0 to 1 as sines and cosines of many lengths, (B,) -> (B, width). Vaswani et al. 2017, 3.5."""
    half = width // 2
    lengths = torch.exp(-math.log(10_000) * torch.arange(half, device=level.device) / half)  # (half,)
    angles = 1000 * level.float()[:, None] * lengths  # (B, half)
    return torch.cat([angles.sin(), angles.cos(), angles.new_zeros(len(level), width % 2)], dim=1)

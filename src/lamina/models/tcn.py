"""Temporal convolution net: causal convolutions that look twice as far apart from block to block.

Bai, Kolter and Koltun 2018, https://arxiv.org/abs/1803.01271, section 3 and figure 1: two dilated causal convolutions
a block, each with weight norm (Salimans and Kingma 2016), ReLU and dropout of whole channels, and a sum with what came
in. Differs: weights begin as He et al. 2015 draw them.

Axes: B batch, T positions, D width.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

from ..forms import Tokens
from ..layers import he
from .body import Body


@dataclass(frozen=True)
class TcnPlan:
    width: Annotated[int, Field(ge=1, le=4096)] = 64  # channels of every block
    depth: Annotated[int, Field(ge=0, le=16)] = 0  # blocks; 0: until the last position reads from the first
    kernel: Annotated[int, Field(ge=2, le=64)] = 7  # positions that one convolution reads
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.2  # share of channels silenced while training


class CausalConv(nn.Module):
    """Convolve so that position t reads t, t - dilation, t - 2 dilation … and nothing after it.

    (B, D, T) -> (B, E, T)
    """

    def __init__(self, channels: int, width: int, kernel: int, dilation: int):
        super().__init__()
        self.before = (kernel - 1) * dilation
        conv = nn.Conv1d(channels, width, kernel, dilation=dilation)
        he(conv)
        self.conv = weight_norm(conv)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(F.pad(x, (self.before, 0)))
        return out


class TcnBlock(nn.Module):
    """(B, D, T) -> (B, E, T)"""

    def __init__(self, channels: int, width: int, kernel: int, dilation: int, drop: float):
        super().__init__()
        self.first = CausalConv(channels, width, kernel, dilation)
        self.second = CausalConv(width, width, kernel, dilation)
        self.drop = nn.Dropout1d(drop)
        self.across = nn.Conv1d(channels, width, 1) if channels != width else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        out = self.drop(self.first(x).relu())
        out = self.drop(self.second(out).relu())
        joined: Tensor = out + self.across(x)
        return joined.relu()


class Tcn(Body):
    """Tokens (B, T, N) -> Tokens (B, T, D)"""

    def __init__(self, plan: TcnPlan, width: int, length: int):
        super().__init__()
        depth = plan.depth or count_blocks(length, plan.kernel)
        widths = [width] + [plan.width] * depth
        blocks = [TcnBlock(*pair, plan.kernel, 2**i, plan.drop) for i, pair in enumerate(pairwise(widths))]
        self.blocks = nn.Sequential(*blocks)
        self.width = plan.width

    def forward(self, tokens: Tokens, given: object = None) -> Tokens:
        del given
        return Tokens(self.blocks(tokens.x.mT).mT, tokens.mask)


def count_blocks(length: int, kernel: int) -> int:
    """Blocks until a position reads from `length` positions: 1 + 2 (kernel - 1) (2 ** blocks - 1) of them.

    >>> [count_blocks(length, 5) for length in (1, 9, 10, 150)]
    [1, 1, 2, 5]
    """
    blocks = 1
    while 1 + 2 * (kernel - 1) * (2**blocks - 1) < length:
        blocks += 1
    return blocks

"""Convolution over time, then recurrence both ways: what a sound says, a vector every few frames.

Amodei et al. 2015, https://arxiv.org/abs/1512.02595 (Deep Speech 2), section 3. Differs: layer norm in the place of
batch norm, so that a row never depends on its neighbours; the convolutions run along time alone, over all bands at
once; LSTMs (Hochreiter and Schmidhuber 1997) in the place of GRUs, for they take two thirds of the time on a processor,
both directions joined rather than added. The backward one reads each row from its own end, so padding is never read.

Axes: B batch, T positions, D width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from ..forms import Tokens
from ..layers import Dropout
from .body import Body


@dataclass(frozen=True)
class ConvRnnPlan:
    width: Annotated[int, Field(ge=2, le=4096)] = 128  # of what a position comes to; half of it for each direction
    depth: Annotated[int, Field(ge=1, le=16)] = 2  # recurrent layers
    kernel: Annotated[int, Field(ge=1, le=99)] = 11  # positions that a convolution reads
    stride: Annotated[int, Field(ge=1, le=16)] = 2  # positions that become one
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share silenced between layers while training


class TimeConv(nn.Module):
    """Convolve along time, normalise each position, bend.

    (B, T, N) -> (B, T / S, D)      S is the stride
    """

    def __init__(self, given: int, width: int, kernel: int, stride: int = 1):
        super().__init__()
        self.conv = nn.Conv1d(given, width, kernel, stride, padding=(kernel - 1) // 2)
        self.pad = nn.ConstantPad1d((0, 1 - kernel % 2), 0.0)  # an even kernel reads one more on the right
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.norm(self.conv(self.pad(x.mT)).mT).relu()
        return out


class BothWays(nn.Module):
    """One LSTM from the beginning, one from the end of each row: (B, T, D) -> (B, T, D)"""

    def __init__(self, given: int, width: int):
        super().__init__()
        self.ahead = nn.LSTM(given, width // 2, batch_first=True)
        self.back = nn.LSTM(given, width - width // 2, batch_first=True)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        at = torch.arange(x.shape[1], device=x.device)  # (T,)
        turned = torch.where(at < lengths[:, None], lengths[:, None] - 1 - at, at).unsqueeze(2)  # (B, T, 1)
        back = self.back(x.gather(1, turned.expand_as(x)))[0]
        return torch.cat([self.ahead(x)[0], back.gather(1, turned.expand_as(back))], 2)


class ConvRnn(Body):
    """tokens (B, T, N) -> Tokens (B, T / S, D)      S is the stride"""

    def __init__(self, plan: ConvRnnPlan, width: int, length: int):
        super().__init__()
        del length  # any
        self.stride = plan.stride
        self.first = TimeConv(width, plan.width, plan.kernel, plan.stride)
        self.second = TimeConv(plan.width, plan.width, plan.kernel)
        self.layers = nn.ModuleList(BothWays(plan.width, plan.width) for _ in range(plan.depth))
        self.norms = nn.ModuleList(nn.LayerNorm(plan.width) for _ in range(plan.depth))
        self.drop = Dropout(plan.drop)
        self.width = plan.width

    def forward(self, tokens: Tokens) -> Tokens:
        x, mask = tokens.x, tokens.mask
        mask = x.new_ones(x.shape[:2], dtype=torch.bool) if mask is None else mask
        here = mask[:, :: self.stride]  # (B, T / S)
        lengths = here.sum(1)
        x = self.first(x * mask.unsqueeze(2))
        x = self.drop(self.second(x * here.unsqueeze(2)))
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = x + self.drop(layer(norm(x), lengths))
        return Tokens(x * here.unsqueeze(2), here)

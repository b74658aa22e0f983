"""Reversible instance norm: what a window's level and size are is taken out before a model, and put back after it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

EPS = 1e-5  # of the paper's code


class RevIn(nn.Module):
    """Each channel of each window to mean 0 and deviation 1, with the way back.

    (B, T, C) -> (B, T, C), shift (B, C), scale (B, C)      answer × scale + shift is in the units of the window

    Kim et al. 2022, https://openreview.net/forum?id=cGDAkQo1C0p, equations 1 to 3. With `affine`, each channel is then
    weighed and moved by two weights that are learned, and the way back undoes that too.
    """

    def __init__(self, channels: int, affine: bool = False):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if affine else None

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean = x.mean(1)  # (B, C)
        std = (x.var(1, unbiased=False) + EPS).sqrt()  # (B, C)
        x = (x - mean[:, None]) / std[:, None]  # (B, T, C)
        if self.weight is None or self.bias is None:
            return x, mean, std
        back = std / (self.weight + EPS**2)
        return x * self.weight + self.bias, mean - self.bias * back, back

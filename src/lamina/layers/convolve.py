"""What convolution nets share."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..errors import PlanError


class ConvNorm(nn.Module):
    """Convolve, normalise by channel, cut at zero. No bias: the norm's shift would undo it.

    (B, C, H, W) -> (B, D, H / S, W / S)      S is the stride; an odd kernel is padded so that no edge is lost
    """

    def __init__(self, channels: int, width: int, kernel: int = 3, stride: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(channels, width, kernel, stride, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu_(self.norm(self.conv(x)))  # in place: the norm keeps what its gradient needs


def require_side(page: str, height: int, width: int, least: int, fix: str) -> None:
    """Raise PlanError unless both sides of a picture have at least `least` pixels."""
    if min(height, width) < least:
        raise PlanError(
            f"pictures of {height} × {width} are too small for {page}",
            expected=f"at least {least} × {least} pixels",
            fix=fix,
        )

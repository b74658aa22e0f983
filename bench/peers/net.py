"""The small convolution net that every system trains on pictures: lamina's own `cnn` page, written plainly in torch."""

from __future__ import annotations

import torch
from torch import nn


def small_cnn(channels: int = 1) -> nn.Sequential:
    """(B, C, S, S) -> (B, 10)"""

    def conv(given: int, width: int) -> list[nn.Module]:
        return [nn.Conv2d(given, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]

    return nn.Sequential(
        *conv(channels, 32), *conv(32, 32), nn.MaxPool2d(2),
        *conv(32, 64), *conv(64, 64), nn.MaxPool2d(2, ceil_mode=True),
        *conv(64, 128), *conv(128, 128), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10),
    )  # fmt: skip


def scaled(pixels: torch.Tensor) -> torch.Tensor:
    """Bytes (B, S, S) or (B, S, S, C) as floats (B, C, S, S) of about unit spread."""
    x = pixels.unsqueeze(1) if pixels.dim() == 3 else pixels.permute(0, 3, 1, 2)
    return (x.float() / 255 - 0.286).div(0.353)


def weights(net: nn.Module) -> int:
    """How many numbers a net learns."""
    return sum(p.numel() for p in net.parameters())

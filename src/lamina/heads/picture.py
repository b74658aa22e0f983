"""Image from a map: one convolution, a share of white for each pixel of each channel."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Form, Map


class PictureHead(nn.Module):
    """Map -> shares of white (B, C, H, W), of the map's own height and width.

    `plain` is the convolution itself, (B, C, H, W): log-odds of white to most games, an estimate of noise to diffusion.
    """

    def __init__(self, width: int, channels: int):
        super().__init__()
        self.out = nn.Conv2d(width, channels, 3, padding=1)
        with torch.no_grad():
            self.out.weight *= 0.1  # pictures begin nearly grey, and noise estimates nearly at nothing

    def plain(self, form: Form) -> Tensor:
        """(B, C, H, W) in float32, before any squashing."""
        made: Tensor = self.out(cast(Map, form).x)
        return made.float()

    def loss(self, form: Form, target: Tensor) -> tuple[Tensor, int]:
        """Mean squared error of the shares over all pixels, and the rows behind it. Target: bytes (B, C, H, W)."""
        return F.mse_loss(self.decode(form), shares(target)), len(target)

    def figures(self, form: Form, target: Tensor) -> Tensor:
        """(B, 2): the mean squared error of a row's pixels, and 1."""
        missed = (self.decode(form) - shares(target)).square().flatten(1)  # (B, C × H × W)
        return torch.stack([missed.mean(1), torch.ones_like(missed[:, 0])], dim=1)

    def decode(self, form: Form, temperature: float = 1.0) -> Tensor:
        """(B, C, H, W) shares of white; a temperature means nothing here and is not used."""
        del temperature
        return self.plain(form).sigmoid()


def shares(pixels: Tensor) -> Tensor:
    """Bytes as shares of white; what is no byte is one already."""
    return pixels if pixels.is_floating_point() else pixels.float() / 255

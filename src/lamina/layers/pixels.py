"""The entry for pictures."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..errors import PlanError


class Pixels(nn.Module):
    """Standardise each channel: (share of white - mean) / std, as one multiply and add.

    (B, C, H, W) -> (B, C, H, W)      bytes (255 is white) or shares; the memory format stays
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float], channels: int):
        super().__init__()
        if len(mean) != channels or len(std) != channels or min(std) <= 0:
            raise PlanError(
                f"mean {tuple(mean)} and std {tuple(std)} do not fit {channels} channels",
                expected="one mean and one std above zero for each channel",
            )
        scale = 1 / torch.tensor(std, dtype=torch.float32).view(-1, 1, 1)  # (C, 1, 1)
        shift = -torch.tensor(mean, dtype=torch.float32).view(-1, 1, 1) * scale
        self.register_buffer("scale", scale, persistent=False)  # they follow from the constructor
        self.register_buffer("shift", shift, persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        scale = self.scale if pixels.is_floating_point() else self.scale / 255
        return torch.addcmul(self.shift, pixels.to(scale.dtype), scale)

"""Two views of each picture: cut, mirrored and coloured by draws of their own.

Chen et al. 2020, https://arxiv.org/abs/2002.05709, appendices A and B.9, as for CIFAR-10: no blur. Differs: cuts are
square and keep a fifth of the area at least, where the paper's may keep 8 %; colours change in one order; and hue is
turned in the plane of YIQ, by one matrix.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from ..rng import Rng

LEAST = 0.2  # of the area that a cut keeps
LIGHT, HUE = 0.4, 0.1  # shares by which brightness, contrast and colour vary, and turns of the hue
COLOURED, GREY = 0.8, 0.2  # chances
YIQ = ((0.299, 0.587, 0.114), (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112))


def viewed(pixels: Tensor, rng: Rng) -> Tensor:
    """Bytes (B, C, H, W) to bytes: one view of each picture."""
    x = pixels.float() / 255
    x = cut(x, rng.uniform(len(x), 4))
    x = coloured(x, rng.uniform(len(x), 6)) if x.shape[1] == 3 else lit(x, rng.uniform(len(x), 6))
    return (x * 255).round().clamp(0, 255).to(torch.uint8)


def cut(x: Tensor, draws: Tensor) -> Tensor:
    """A square of 20 % to all of the area, enlarged to the whole, half of them mirrored; by (B, 4) draws."""
    side = (LEAST + (1 - LEAST) * draws[:, 0]).sqrt()
    mirror = 1 - 2 * (draws[:, 1] < 0.5).float()
    down, along = ((2 * draws[:, i] - 1) * (1 - side) for i in (2, 3))
    none = torch.zeros_like(side)
    theta = torch.stack([torch.stack([side * mirror, none, along], 1), torch.stack([none, side, down], 1)], 1)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)


def lit(x: Tensor, draws: Tensor) -> Tensor:
    """Brightness and contrast varied in most pictures; by (B, 6) draws."""
    chosen = (draws[:, 0] < COLOURED).float()[:, None, None, None]
    bright, contrast = (1 + LIGHT * (2 * draws[:, i, None, None, None] - 1) * chosen for i in (1, 2))
    x = (x * bright).clamp(0, 1)
    middle = x.mean((1, 2, 3), keepdim=True)
    return (middle + (x - middle) * contrast).clamp(0, 1)


def coloured(x: Tensor, draws: Tensor) -> Tensor:
    """As `lit`, and how much colour there is and which, in most pictures; none at all in some."""
    x = lit(x, draws)
    chosen = draws[:, 0] < COLOURED
    much = torch.where(chosen, 1 + LIGHT * (2 * draws[:, 3] - 1), 1.0)
    much = torch.where(draws[:, 5] < GREY, 0.0, much)
    angle = torch.where(chosen, 2 * math.pi * HUE * (2 * draws[:, 4] - 1), 0.0)
    there = torch.tensor(YIQ, device=x.device)
    turn = torch.zeros(len(x), 3, 3, device=x.device)
    turn[:, 0, 0] = 1
    turn[:, 1, 1] = turn[:, 2, 2] = much * angle.cos()
    turn[:, 2, 1], turn[:, 1, 2] = much * angle.sin(), -much * angle.sin()
    return torch.einsum("bij,bjhw->bihw", torch.linalg.inv(there) @ turn @ there, x).clamp(0, 1)

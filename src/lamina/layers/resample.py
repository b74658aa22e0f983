"""Pictures made smaller and larger by cubic interpolation, as published figures of super-resolution have it.

Keys 1981, https://doi.org/10.1109/TASSP.1981.1163711, equation 15 with a = -1/2. Where a picture shrinks, the kernel is
as many times wider, so that nothing finer than the new grid is left to alias; beyond its edges a picture is mirrored.
That is what `imresize` does in MATLAB, by which such figures are made.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor


def cubic(x: Tensor) -> Tensor:
    """The kernel's weight at a distance, in samples: 1 at 0, nothing from 2 on.

    >>> cubic(torch.tensor([0.0, 0.5, 1.0, 1.5, 2.0])).tolist()
    [1.0, 0.5625, 0.0, -0.0625, 0.0]
    """
    x = x.abs()
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return torch.where(x <= 1, near, torch.where(x < 2, far, torch.zeros_like(x)))


@lru_cache(maxsize=256)
def weights(length: int, made: int) -> Tensor:
    """What each of `made` samples takes of `length` ones, as a matrix (made, length) whose rows sum to one."""
    scale = made / length
    narrow = min(scale, 1.0)  # the kernel is stretched by its inverse
    centre = (torch.arange(made, dtype=torch.float64) + 0.5) / scale - 0.5  # in samples of the source
    reach = math.ceil(2 / narrow) + 1
    places = centre.floor()[:, None] + torch.arange(-reach, reach + 1)  # (made, taps)
    taken = cubic((centre[:, None] - places) * narrow)
    taken = taken / taken.sum(1, keepdim=True)
    period = 2 * length
    folded = places.long().remainder(period)
    folded = torch.minimum(folded, period - 1 - folded)  # mirrored, the edge itself repeated
    matrix = torch.zeros(made, length, dtype=torch.float64)
    return matrix.scatter_add_(1, folded, taken).float()


def resized(pixels: Tensor, height: int, width: int) -> Tensor:
    """(B, C, H, W) -> (B, C, height, width)      floating point; may overshoot black and white

    Never in half precision, whatever the plan: an error of a level would be larger than what is to be learned.
    """
    down = weights(pixels.shape[-2], height).to(pixels)  # (height, H)
    along = weights(pixels.shape[-1], width).to(pixels)  # (width, W)
    with torch.autocast(pixels.device.type, enabled=False):
        return down @ pixels @ along.mT


def shrunk(pixels: Tensor, times: int) -> Tensor:
    """Bytes (C, H, W) -> bytes (C, H / times, W / times)      sides must be multiples of `times`"""
    _, height, width = pixels.shape
    small = resized(pixels[None].float(), height // times, width // times)[0]
    return small.round_().clamp_(0, 255).to(torch.uint8)

"""Points laid out by the distances between them: classical multidimensional scaling.

Torgerson 1952, https://doi.org/10.1007/BF02288916. Axes: B batch, T points.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from .frames import Frames, through


def laid_out(apart: Tensor, mask: Tensor) -> Tensor:
    """Points in three dimensions whose distances are nearest to those wanted, the middle of each row at the origin.

    apart (B, T, T) and mask (B, T) -> (B, T, 3)

    Distances do not tell an arrangement from its mirror image: of the two that one is given in which the chain turns to
    the right on the whole, as helices of amino acids do. The axes are those along which the points spread most, the
    farther tail of the first two on the positive side, so that a row lies alike whatever rows are beside it.
    """
    here = mask.to(apart.dtype)
    both = here[:, :, None] * here[:, None]
    count = here.sum(1).clamp(min=1)[:, None, None]
    squares = apart.square() * both
    along = squares.sum(2, keepdim=True) / count  # (B, T, 1): the mean of each row
    inner = -0.5 * (squares - along - along.mT + squares.sum((1, 2), keepdim=True) / count.square()) * both
    values, vectors = torch.linalg.eigh(inner.nan_to_num())  # what is not finite is for the loss to say
    points = vectors[:, :, -3:].flip(2) * values[:, None, -3:].flip(2).clamp(min=0).sqrt()  # (B, T, 3), widest first
    if points.shape[2] < 3:
        points = F.pad(points, (0, 3 - points.shape[2]))
    tail = points.pow(3).sum(1).sign()  # (B, 3)
    points = points * torch.where(tail == 0, torch.ones_like(tail), tail)[:, None]
    side = turning(points, mask).sign()
    flip = torch.stack([torch.ones_like(side), torch.ones_like(side), torch.where(side == 0, 1.0, side)], dim=1)
    made: Tensor = points * flip[:, None]
    return made


def turning(points: Tensor, mask: Tensor) -> Tensor:
    """How much a chain of points (B, T, 3) turns to the right, less to the left, over every four in a row: (B,)."""
    steps = points[:, 1:] - points[:, :-1]
    volume = (torch.linalg.cross(steps[:, :-2], steps[:, 1:-1]) * steps[:, 2:]).sum(-1)  # (B, T - 3)
    total: Tensor = (volume * mask[:, 3:]).sum(1)
    return total


def along(points: Tensor, mask: Tensor) -> Frames:
    """A frame at each point of a chain (B, T, 3): the next lies on its first axis, the one before in its first plane.
    Beyond its ends the chain is drawn on as it came from the third point."""
    before, after = points.roll(1, 1), points.roll(-1, 1)
    first, last = mask & ~mask.roll(1, 1), mask & ~mask.roll(-1, 1)
    first[:, 0], last[:, -1] = True, mask[:, -1]
    before = torch.where(first[..., None], points + after - after.roll(-1, 1), before)
    after = torch.where(last[..., None], points + before - before.roll(1, 1), after)
    return through(before, points, after)

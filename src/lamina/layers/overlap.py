"""Boxes: how much two of them overlap, and which of many to keep.

A box is x0, y0, x1, y1: its left, upper, right and lower edge, so that its width is x1 - x0.
"""

from __future__ import annotations

import torch
from torch import Tensor


def areas(boxes: Tensor) -> Tensor:
    """(…, 4) -> (…)      a box turned inside out has none"""
    sides = (boxes[..., 2:] - boxes[..., :2]).clamp(min=0)
    return sides[..., 0] * sides[..., 1]


def iou(one: Tensor, other: Tensor) -> Tensor:
    """Intersection over union of every pair: (…, N, 4), (…, M, 4) -> (…, N, M)."""
    upper = torch.maximum(one[..., :, None, :2], other[..., None, :, :2])  # (…, N, M, 2)
    lower = torch.minimum(one[..., :, None, 2:], other[..., None, :, 2:])
    sides = (lower - upper).clamp(min=0)
    both = sides[..., 0] * sides[..., 1]
    union = areas(one)[..., :, None] + areas(other)[..., None, :] - both
    return both / union.clamp(min=1e-9)


def giou(one: Tensor, other: Tensor) -> Tensor:
    """Generalised intersection over union of box with box: (…, 4), (…, 4) -> (…), from -1 to 1.

    Rezatofighi et al. 2019, https://arxiv.org/abs/1902.09630, algorithm 1: boxes that do not meet still get a gradient,
    by how much of the box around both is empty.
    """
    upper, lower = torch.maximum(one[..., :2], other[..., :2]), torch.minimum(one[..., 2:], other[..., 2:])
    sides = (lower - upper).clamp(min=0)
    both = sides[..., 0] * sides[..., 1]
    union = areas(one) + areas(other) - both
    around = torch.minimum(one[..., :2], other[..., :2]), torch.maximum(one[..., 2:], other[..., 2:])
    whole = areas(torch.cat(around, dim=-1)).clamp(min=1e-9)
    return both / union.clamp(min=1e-9) - (whole - union) / whole


def nms(boxes: Tensor, scores: Tensor, groups: Tensor, most: float = 0.6) -> Tensor:
    """Which boxes stay when each drops those of its group that score less and overlap it by more than `most`.

    boxes (N, 4), scores (N,), groups (N,) whole numbers -> places (K,), by falling score. Of equal scores the first
    wins. The greedy rule says: a box stays unless one before it stays and overlaps it. That is a fixed point, reached
    by asking again until nothing changes: at most as many times as boxes drop each other in a chain.
    """
    order = torch.sort(scores, descending=True, stable=True).indices
    boxes, groups = boxes[order], groups[order]
    over = (iou(boxes, boxes) > most) & (groups[:, None] == groups[None, :])
    over = over.triu(diagonal=1).to(torch.float32)  # [i, j]: i is before j, and would drop it
    stays = torch.ones(len(boxes), device=boxes.device)
    while True:
        again = (stays @ over == 0).to(torch.float32)
        if torch.equal(again, stays):
            return order[stays.bool()]
        stays = again

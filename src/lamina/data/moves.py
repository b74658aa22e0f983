"""Changes that move a mask or boxes together with their picture: whole batches, by tensor operations.

As everywhere in augmentation, what a row gets is a function of the numbers drawn for it, (B, DRAWS) in [0, 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..kinds.photo import Photos

DRAWS = 10
VISIBLE = 0.3  # of its area, under which a box that is cut by the edge is no longer a thing to be found
VOID = -1


@dataclass(frozen=True)
class Moves:
    """How much of each change; 0 is none. `turn` is the probability of a quarter turn, `most` what is shifted, in
    shares of the side; the others are as in `Augment`."""

    flip: float = 0.0
    upside: float = 0.0
    turn: float = 0.0
    rotate: float = 0.0
    zoom: float = 0.0
    most: float = 0.0


@dataclass(frozen=True)
class Paths:
    """Where each place of a new picture is taken from in the old one, both from the middle: matrix (B, 2, 2), shift
    (B, 2), x before y, in pixels."""

    matrix: Tensor
    shift: Tensor

    def theta(self, height: int, width: int) -> Tensor:
        """The same in halves of the sides, as `affine_grid` has it: (B, 2, 3)."""
        half = torch.tensor([width, height], device=self.matrix.device) / 2
        return torch.cat([self.matrix * half / half[:, None], (self.shift / half)[..., None]], dim=-1)

    def forth(self, points: Tensor) -> Tensor:
        """Places of the old pictures in the new ones: (B, N, 2) -> (B, N, 2)."""
        back: Tensor = torch.linalg.inv(self.matrix)
        return (points - self.shift[:, None]) @ back.mT


def paths(moves: Moves, draws: Tensor, height: int, width: int) -> Paths:
    """The way of each row, by (B, DRAWS) numbers."""
    signed = 2 * draws - 1
    angle, size = torch.deg2rad(signed[:, 3] * moves.rotate), 1 / (1 + signed[:, 4] * moves.zoom)
    turned = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1).view(-1, 2, 2) * size[:, None, None]
    mirror = torch.stack([draws[:, 0] < moves.flip, draws[:, 1] < moves.upside], 1)  # (B, 2)
    matrix = turned * torch.where(mirror, -1.0, 1.0)[:, None, :]
    matrix = torch.where((draws[:, 2] < moves.turn)[:, None, None], matrix.flip(-1), matrix)  # x and y change places
    return Paths(matrix, signed[:, 5:7] * moves.most * torch.tensor([width, height], device=draws.device))


def moved_pixels(pixels: Tensor, way: Paths, fill: Tensor | None = None) -> Tensor:
    """Bytes (B, C, H, W) to bytes; beyond its edges a picture is mirrored, or `fill` (C,) where that is given."""
    grid = F.affine_grid(way.theta(*pixels.shape[2:]), list(pixels.shape), align_corners=False)
    if fill is None:
        made = F.grid_sample(pixels.float(), grid, padding_mode="reflection", align_corners=False)
    else:
        ground = fill.view(-1, 1, 1)
        made = F.grid_sample(pixels - ground, grid, padding_mode="zeros", align_corners=False) + ground
    return made.round_().clamp_(0, 255).to(torch.uint8)


def moved_mask(mask: Tensor, way: Paths) -> Tensor:
    """Classes (B, H, W), moved as `moved_pixels` moves their picture; each place takes the nearest."""
    shape = [len(mask), 1, *mask.shape[1:]]
    grid = F.affine_grid(way.theta(*mask.shape[1:]), shape, align_corners=False)
    made = F.grid_sample(mask[:, None].float(), grid, mode="nearest", padding_mode="reflection", align_corners=False)
    return made[:, 0].to(mask.dtype)


def moved_boxes(boxes: Tensor, way: Paths, height: int, width: int) -> Tensor:
    """Boxes (B, M, 5), moved as their picture is and cut at its edges; one that is hardly left becomes no box."""
    half = torch.tensor([width, height], device=boxes.device) / 2
    x0, y0, x1, y1 = boxes[..., 1:].unbind(-1)  # each (B, M)
    corners = torch.stack([x0, y0, x1, y1, x0, y1, x1, y0], -1).view(*x0.shape, 4, 2)
    there = (way.forth((corners - half).flatten(1, 2)) + half).view_as(corners)
    low, high = there.amin(2), there.amax(2)  # (B, M, 2)
    whole = (high - low).prod(-1)
    low, high = low.clamp(min=0).minimum(2 * half), high.clamp(min=0).minimum(2 * half)
    left = (high - low).prod(-1)
    stays = (boxes[..., 0] >= 0) & (left >= VISIBLE * whole) & (left > 0)
    made = torch.cat([boxes[..., :1], low, high], dim=-1)
    return torch.where(stays[..., None], made, torch.full_like(made, VOID))


def cut(photos: dict[str, Photos], side: int, draws: Tensor) -> dict[str, Tensor]:
    """A square of each row's pictures, at one place of them all, turned one of eight ways: (B, C, side, side) each.

    `side` is of the smallest of a row's pictures; others are a whole number of times as large, and so are their
    squares. Beyond its edges a picture is mirrored.
    """
    made: dict[str, list[Tensor]] = {name: [] for name in photos}
    least = min(photos, key=lambda name: photos[name].each[0].shape[1])
    for row, draw in enumerate(draws.tolist()):
        _, high, wide = photos[least].each[row].shape
        top, left = (int(d * (max(0, length - side) + 1)) for d, length in ((draw[0], high), (draw[1], wide)))
        for name, all_of_it in photos.items():
            picture = all_of_it.each[row]
            times = picture.shape[1] // high
            down = _mirrored(torch.arange(side * times) + top * times, picture.shape[1])
            along = _mirrored(torch.arange(side * times) + left * times, picture.shape[2])
            part = picture[:, down][:, :, along]
            dims = [axis for axis, d in ((1, draw[2]), (2, draw[3])) if d < 0.5]
            part = part.flip(dims) if dims else part
            made[name].append(part.mT if draw[4] < 0.5 else part)
    return {name: torch.stack(parts) for name, parts in made.items()}


def _mirrored(place: Tensor, length: int) -> Tensor:
    """Places from `length` on folded back in, the edge itself repeated."""
    place = place.remainder(2 * length)
    return torch.minimum(place, 2 * length - 1 - place)


__all__ = ["DRAWS", "Moves", "Paths", "cut", "moved_boxes", "moved_mask", "moved_pixels", "paths"]

"""Frames: where something lies in space and which way it is turned, and points as they are seen from there.

Jumper et al. 2021, https://doi.org/10.1038/s41586-021-03819-2, supplementary information, section 1.1 and algorithms 21
and 23. Lengths are in Å.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Frames:
    """Frames of any shape: turn (…, 3, 3), rotations, and move (…, 3)."""

    turn: Tensor
    move: Tensor

    @classmethod
    def still(cls, like: Tensor) -> Frames:
        """Frames at the origin that are not turned, one for each vector of (…, D), in its type and on its device."""
        turn = torch.eye(3, dtype=like.dtype, device=like.device).expand(*like.shape[:-1], 3, 3)
        return cls(turn, like.new_zeros(*like.shape[:-1], 3))

    def out(self, points: Tensor) -> Tensor:
        """Points (…, P, 3) as each frame sees them, as they lie in space."""
        return points @ self.turn.mT + self.move.unsqueeze(-2)

    def seen(self, points: Tensor) -> Tensor:
        """Points (…, P, 3) as they lie in space, as each frame sees them."""
        return (points - self.move.unsqueeze(-2)) @ self.turn

    def then(self, other: Frames) -> Frames:
        """Frames that `other` tells as these see them, as they lie in space."""
        return Frames(self.turn @ other.turn, self.out(other.move.unsqueeze(-2)).squeeze(-2))

    def held(self) -> Frames:
        """The same, whose turns pass no gradient back: in a chain of them lever arms would make it large."""
        return Frames(self.turn.detach(), self.move)


def through(first: Tensor, middle: Tensor, last: Tensor) -> Frames:
    """Frames of three points (…, 3) each: the middle is the origin, the last lies on the first axis, the first in the
    plane of the first two. Algorithm 21."""
    e1 = F.normalize(last - middle, dim=-1)
    aside = first - middle
    e2 = F.normalize(aside - (aside * e1).sum(-1, keepdim=True) * e1, dim=-1)
    return Frames(torch.stack([e1, e2, torch.linalg.cross(e1, e2)], dim=-1), middle)


def stepped(update: Tensor) -> Frames:
    """Small moves from six numbers (…, 6): the quaternion (1, b, c, d), made of length one, and a shift.
    Algorithm 23."""
    spin, move = update[..., :3], update[..., 3:]
    quaternion = F.normalize(torch.cat([torch.ones_like(spin[..., :1]), spin], dim=-1), dim=-1)
    a, b, c, d = quaternion.unbind(-1)
    rows = [
        torch.stack([a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)], dim=-1),
        torch.stack([2 * (b * c + a * d), a * a - b * b + c * c - d * d, 2 * (c * d - a * b)], dim=-1),
        torch.stack([2 * (b * d - a * c), 2 * (c * d + a * b), a * a - b * b - c * c + d * d], dim=-1),
    ]
    return Frames(torch.stack(rows, dim=-2), move)

"""TiDE: a series as one long vector, with what is known of its future, through dense layers to the steps to come.

Das et al. 2023, https://arxiv.org/abs/2304.08424, section 4 and figure 1: each channel alone, all with the same
weights. What is known at a step is projected to a few numbers; these of all steps, the past and what the channel is
are encoded together and decoded to a vector for each step to come; a decoder of one step reads that vector and what is
known at this very step. The linear map of the past that the paper adds to all of it is made by the head. What a
channel is, the paper's attributes, is a learned vector, as in the authors' code; sizes are smaller than there. Differs:
no norm behind the one number of a step, for it would leave nothing of it but its bias.

Axes: B batch, C channels, L steps of the past, H steps of the future, K what is known at a step, D width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import PlanError
from ..forms import Future, Tokens
from ..layers import Dropout, RevIn
from .body import Body, whole

PROJECTED, HIDDEN = 4, 64  # numbers a step that what is known comes to, and units on the way: the authors' code
NAMED = 16  # numbers that tell what a channel is: the authors' code


@dataclass(frozen=True)
class TidePlan:
    width: Annotated[int, Field(ge=1, le=16384)] = 128  # units of a dense layer
    depth: Annotated[int, Field(ge=1, le=48)] = 1  # residual blocks of the encoder, and of the decoder
    steps: Annotated[int, Field(ge=1, le=100_000)] = 96  # to come
    step: Annotated[int, Field(ge=1, le=1024)] = 16  # width of the vector of a step to come
    hidden: Annotated[int, Field(ge=1, le=16384)] = 32  # units of the decoder of one step
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.3


class ResidualBlock(nn.Module):
    """One hidden layer beside a linear map, with a norm over their sum: (..., N) -> (..., D). The paper's figure 1."""

    def __init__(self, given: int, hidden: int, width: int, drop: float, norm: bool = True):
        super().__init__()
        self.hidden, self.out, self.skip = nn.Linear(given, hidden), nn.Linear(hidden, width), nn.Linear(given, width)
        self.drop, self.norm = Dropout(drop), nn.LayerNorm(width) if norm else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.norm(self.drop(self.out(F.relu(self.hidden(x)))) + self.skip(x))
        return made


class Tide(Body):
    """The past, Tokens (B, L, C), and where there is any what is known, Tokens (B, L + H, K) -> Future of H steps"""

    def __init__(self, plan: TidePlan, *shapes: tuple[int, ...]):
        super().__init__()
        (length, channels), known = _read(shapes, plan.steps)
        self.length, self.steps, self.width = length, plan.steps, length
        self.level = RevIn(channels)
        self.named = nn.Parameter(torch.randn(channels, NAMED))
        self.project = ResidualBlock(known, HIDDEN, PROJECTED, plan.drop) if known else None
        told = PROJECTED if known else 0  # numbers a step
        given = length + (length + plan.steps) * told + NAMED
        widths = [given] + [plan.width] * (2 * plan.depth - 1) + [plan.step * plan.steps]
        self.blocks = nn.Sequential(*[ResidualBlock(a, plan.width, b, plan.drop) for a, b in pairwise(widths)])
        self.decode_step = ResidualBlock(plan.step + told, plan.hidden, 1, plan.drop, norm=False)

    def forward(self, x: Sequence[Tokens]) -> Future:
        for part in x:
            whole(part, "tide")
        past, shift, scale = self.level(x[0].x)  # (B, L, C)
        past = past.mT  # (B, C, L)
        read, ahead = [past, self.named.expand(past.shape[0], -1, -1)], []
        if self.project is not None:
            known = self.project(x[1].x).unsqueeze(1).expand(-1, past.shape[1], -1, -1)  # (B, C, L + H, 4)
            read, ahead = [*read, known.flatten(2)], [known[:, :, self.length :]]
        steps = self.blocks(torch.cat(read, -1)).unflatten(-1, (self.steps, -1))  # (B, C, H, step)
        made = self.decode_step(torch.cat([steps, *ahead], -1)).squeeze(-1)  # (B, C, H)
        return Future(past, made, shift, scale)


def _read(shapes: Sequence[tuple[int, ...]], steps: int) -> tuple[tuple[int, ...], int]:
    """The shape of the past, and how much is known at a step. Raises PlanError for inputs that are neither."""
    if not shapes or len(shapes) > 2 or any(len(shape) != 2 for shape in shapes):
        raise PlanError(
            f"tide forecasts a series, and these inputs are of the shapes {shapes}",
            expected="the past of a series, and beside it what is known ahead",
            fix="--model fuse",
        )
    past, known = shapes[0], shapes[1] if len(shapes) == 2 else (shapes[0][0] + steps, 0)
    if known[0] - past[0] != steps:
        ahead = known[0] - past[0]
        raise PlanError(
            f"tide is to decode {steps:,} steps, and {ahead:,} are known ahead", fix=f"--set model.steps={ahead}"
        )
    return past, known[1]

"""Late fusion: a net of its own for each input, their vectors side by side, and a perceptron that reads them together.

Ngiam et al. 2011, https://icml.cc/2011/papers/399_icmlpaper.pdf, figure 5, join the highest features of each modality;
Antol et al. 2015, https://arxiv.org/abs/1505.00468, figure 8, do so with a convolution net and an LSTM, and multiply
the two. Here every pair of parts is multiplied as well: whether a sentence is true of a picture lies in neither alone.
Differs: trained from the beginning, a few sizes for all parts.

Axes: B batch, C channels, H height, W width, T positions, N numbers, D width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from ..errors import PlanError
from ..forms import Tokens, Vector, pooled
from ..layers import Perceptron, he
from .body import Body
from .cnn import Cnn, CnnPlan
from .rnn import Rnn, RnnPlan

Entered = Tensor | Tokens


@dataclass(frozen=True)
class FusePlan:
    width: Annotated[int, Field(ge=1, le=16384)] = 128  # of each part's vector, and of what they come to together
    depth: Annotated[int, Field(ge=1, le=16)] = 2  # layers that read them together
    pixels: Annotated[int, Field(ge=1, le=1024)] = 32  # channels of the first convolutions over a picture
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.2  # share of units silenced while training


class Part(nn.Module):
    """One input, as a vector: (B, C, H, W) by convolutions, Tokens (B, T, N) by an LSTM, (B, N) by a layer -> (B, D)"""

    def __init__(self, plan: FusePlan, shape: tuple[int, ...]):
        super().__init__()
        self.net: Body | None = None
        if len(shape) == 3:
            self.net = Cnn(CnnPlan(width=plan.pixels), *shape)
        elif len(shape) == 2:
            self.net = Rnn(RnnPlan(width=plan.width, depth=1), shape[1], shape[0])
        self.last = Perceptron(shape[0] if self.net is None else self.net.width, plan.width, plan.drop)
        he(self.last)

    def forward(self, x: Entered) -> Tensor:
        if self.net is not None:
            x = pooled(self.net(x))
        made: Tensor = self.last(x)
        return made


class Fuse(Body):
    """one of (B, C, H, W), Tokens (B, T, N) and (B, N) for each input -> Vector (B, D)"""

    def __init__(self, plan: FusePlan, *shapes: tuple[int, ...]):
        super().__init__()
        if not shapes:
            raise PlanError("fuse joins inputs, and there is none", expected="an input at least")
        self.parts = nn.ModuleList([Part(plan, shape) for shape in shapes])
        self.pairs = tuple(combinations(range(len(shapes)), 2))
        given = plan.width * (len(shapes) + len(self.pairs))
        widths = [given] + [plan.width] * plan.depth
        self.joint = nn.Sequential(*[Perceptron(*pair, plan.drop) for pair in pairwise(widths)])
        he(self.joint)
        self.width = plan.width

    def forward(self, x: Sequence[Entered]) -> Vector:
        parts = [part(entered) for part, entered in zip(self.parts, x, strict=True)]  # each (B, D)
        both = [parts[i] * parts[j] for i, j in self.pairs]
        return Vector(self.joint(torch.cat([*parts, *both], dim=1)))

"""Multilayer perceptron: every unit of a layer reads every unit of the one before.

Rumelhart, Hinton and Williams 1986, https://doi.org/10.1038/323533a0, in the form that Gorishniy et al. 2021,
https://arxiv.org/abs/2106.11959, section 3.1, found hard to beat on tables: linear, ReLU, dropout, and no norm.

Axes: B batch, N inputs, D width.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from ..forms import Vector
from ..layers import Perceptron, he
from .body import Body


@dataclass(frozen=True)
class MlpPlan:
    width: Annotated[int, Field(ge=1, le=16384)] = 256  # units of a layer
    depth: Annotated[int, Field(ge=1, le=64)] = 3  # layers
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of units silenced while training


class Mlp(Body):
    """numbers (B, N) -> Vector (B, D)"""

    def __init__(self, plan: MlpPlan, width: int):
        super().__init__()
        widths = [width] + [plan.width] * plan.depth
        self.layers = nn.Sequential(*[Perceptron(*pair, plan.drop) for pair in pairwise(widths)])
        self.width = plan.width
        he(self)

    def forward(self, x: Tensor) -> Vector:
        return Vector(self.layers(x))

"""The Transformer's encoder: blocks in which all positions read from each other at once.

Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, figure 1, left. Differs: norms stand before each step, with one
at the end (Xiong et al. 2020, https://arxiv.org/abs/2002.04745), so that training needs little warm-up; no dropout of
attention weights; places may be learned.

Axes: B batch, T positions, D width.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import Field
from torch import nn

from ..forms import Tokens
from ..layers import Dropout, xavier
from ..layers.blocks import Block, fitted
from ..layers.places import Places, Waves
from .body import Body


@dataclass(frozen=True)
class TransformerPlan:
    width: Annotated[int, Field(ge=1, le=16384)] = 256
    depth: Annotated[int, Field(ge=1, le=128)] = 4  # blocks
    heads: Annotated[int, Field(ge=1, le=128)] = 4
    hidden: Annotated[int, Field(ge=1, le=65536)] = 1024  # units of a block's feed-forward net
    places: Literal["waves", "learned"] = "waves"  # how positions are told apart
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of features silenced while training


class Transformer(Body):
    """Tokens (B, T, D) -> Tokens (B, T, D)"""

    def __init__(self, plan: TransformerPlan, width: int, length: int):
        super().__init__()
        self.project = fitted(width, plan.width)
        self.places = (Waves if plan.places == "waves" else Places)(plan.width, length)
        # section 3.4: vectors of tokens are drawn small, and brought to the size of the waves
        self.scale = plan.width**0.5 if plan.places == "waves" and width == plan.width else 1.0
        self.drop = Dropout(plan.drop)
        sizes = (plan.width, plan.heads, plan.hidden)
        self.blocks = nn.ModuleList([Block(*sizes, nn.ReLU(), plan.drop) for _ in range(plan.depth)])
        self.norm = nn.LayerNorm(plan.width)
        self.width = plan.width
        xavier(self)

    def forward(self, x: Tokens, given: Any = None) -> Tokens:
        del given
        h = self.drop(self.places(self.project(x.x) * self.scale))  # (B, T, D)
        for block in self.blocks:
            h = block(h, x.mask)
        return replace(x, x=self.norm(h))

"""BERT: a transformer that reads a text from both sides, made to fill its gaps.

Devlin et al. 2018, https://arxiv.org/abs/1810.04805, section 3 and appendix A.2: norms after each step, learned places,
GELU, and a vector for each of two texts in a row. Differs: no dropout of attention weights; a text
is classified by the mean of its tokens, where the paper reads the first; and a hidden word is named by one linear map,
without the layer before it. Tokens are embedded before.

Axes: B batch, T positions, D width.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field
from torch import Tensor, nn

from ..forms import Tokens
from ..layers import Dropout
from ..layers.attention import Attention
from ..layers.blocks import FeedForward, fitted
from ..layers.initial import small
from ..layers.places import Places
from .body import Body

TEXTS = 2  # in a row: a question and what answers it, two sentences to compare
EPS = 1e-12  # added to variances, as the authors' code has it


@dataclass(frozen=True)
class BertPlan:
    width: Annotated[int, Field(ge=1, le=16384)] = 256
    depth: Annotated[int, Field(ge=1, le=128)] = 4  # blocks
    heads: Annotated[int, Field(ge=1, le=128)] = 4
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of features silenced while training


class PostBlock(nn.Module):
    """Read, then think, and normalise what each comes to: (B, T, D) -> (B, T, D)"""

    def __init__(self, width: int, heads: int, drop: float):
        super().__init__()
        self.read, self.norm_read = Attention(width, heads, drop=drop), nn.LayerNorm(width, EPS)
        self.think, self.norm_think = FeedForward(width, 4 * width, nn.GELU(), drop), nn.LayerNorm(width, EPS)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = self.norm_read(x + self.read(x, mask))
        out: Tensor = self.norm_think(x + self.think(x))
        return out


class Bert(Body):
    """Tokens (B, T, D) -> Tokens (B, T, D)      segments, where there are any: 0 in the first text, 1 in the second"""

    def __init__(self, plan: BertPlan, width: int, length: int):
        super().__init__()
        self.project = fitted(width, plan.width)
        self.places = Places(plan.width, length)
        self.texts = nn.Embedding(TEXTS, plan.width)
        self.norm = nn.LayerNorm(plan.width, EPS)
        self.drop = Dropout(plan.drop)
        self.blocks = nn.ModuleList([PostBlock(plan.width, plan.heads, plan.drop) for _ in range(plan.depth)])
        self.width = plan.width
        small(self)

    def forward(self, x: Tokens, given: Any = None) -> Tokens:
        del given
        text = self.texts.weight[0] if x.segments is None else self.texts(x.segments)  # (D,) or (B, T, D)
        h = self.drop(self.norm(self.places(self.project(x.x)) + text))  # (B, T, D)
        for block in self.blocks:
            h = block(h, x.mask)
        return replace(x, x=h)

"""GPT-2: a transformer that reads only what came before, and so can say what comes next.

Radford et al. 2019, "Language models are unsupervised multitask learners", section 2.3: learned places, norms before
each step and one at the end, GELU (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415, its tanh form).
Differs: no dropout of attention weights. Tokens are embedded before, and the head may share that table. Beside learned
places there are turned ones (Su et al. 2021, https://arxiv.org/abs/2104.09864), which learn faster from little text.

Axes: B batch, T positions, D width.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import Field
from torch import nn

from ..forms import Tokens
from ..layers import Dropout
from ..layers.blocks import Block, fitted
from ..layers.cache import Cache, Past
from ..layers.initial import small
from ..layers.places import Places, Turns
from .body import Body


@dataclass(frozen=True)
class GptPlan:
    width: Annotated[int, Field(ge=1, le=16384)] = 256
    depth: Annotated[int, Field(ge=1, le=128)] = 4  # blocks
    heads: Annotated[int, Field(ge=1, le=128)] = 4
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of features silenced while training
    places: Literal["learned", "turned"] = "learned"  # a vector for each place, or queries and keys turned by it


class Gpt(Body):
    """Tokens (B, T, D) -> Tokens (B, T, D)

    What it gives at a position depends on that position and those before it. Rows are padded at their end, where no
    token looks; so padding needs no mask, and what comes out there says nothing.
    """

    def __init__(self, plan: GptPlan, width: int, length: int):
        super().__init__()
        self.project = fitted(width, plan.width)
        learned = plan.places == "learned"
        self.places = Places(plan.width, length) if learned else None
        turns = None if learned else Turns(plan.width // plan.heads, length)
        self.drop = Dropout(plan.drop)
        sizes = (plan.width, plan.heads, 4 * plan.width)
        blocks = [Block(*sizes, nn.GELU("tanh"), plan.drop, True, turns) for _ in range(plan.depth)]
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(plan.width)
        self.width, self.ahead = plan.width, False
        small(self.project)
        small(self.blocks)
        for block in blocks:  # section 2.3: what 2 × depth steps add up to is as large as one
            for last in (block.read.out, block.think.down):
                nn.init.normal_(last.weight, std=0.02 / (2 * plan.depth) ** 0.5)

    def forward(self, x: Tokens, given: Any = None) -> Tokens:
        del given
        return self.step(x, None)

    def begin(self) -> Cache:
        """An empty cache, for `step`."""
        return Cache([Past() for _ in self.blocks])

    def step(self, x: Tokens, cache: Cache | None) -> Tokens:
        """As forward, for tokens that follow those which the cache holds; it holds them too afterwards."""
        past = cache.written if cache else [None] * len(self.blocks)
        h = self.project(x.x)  # (B, T, D)
        h = self.drop(h if self.places is None else self.places(h, cache.length if cache else 0))
        for block, before in zip(self.blocks, past, strict=True):
            h = block(h, past=before)
        return replace(x, x=self.norm(h))

"""The Transformer whole: an encoder reads one text, a decoder writes another and reads the first as it goes.

Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, figure 1. Differs: norms stand before each step, with one at the
end of either stack (Xiong et al. 2020, https://arxiv.org/abs/2002.04745); no dropout of attention weights. Tokens are
embedded before, and the head may share that table.

Axes: B batch, T positions written, S positions of the memory, D width.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from ..forms import Tokens
from ..layers import Dropout, xavier
from ..layers.attention import Attention, Reading
from ..layers.blocks import Block, FeedForward, fitted
from ..layers.cache import Cache, Past
from ..layers.places import Waves
from .body import Body, written


@dataclass(frozen=True)
class Seq2SeqPlan:
    width: Annotated[int, Field(ge=1, le=16384)] = 256
    depth: Annotated[int, Field(ge=1, le=64)] = 3  # blocks of either stack
    heads: Annotated[int, Field(ge=1, le=128)] = 4
    hidden: Annotated[int, Field(ge=1, le=65536)] = 1024  # units of a block's feed-forward net
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of features silenced while training


class WritingBlock(nn.Module):
    """Read what is written, read the memory, think; each step adds to what it was given, which it takes normalised.

    x (B, T, D) and
    memory (B, S, D) -> (B, T, D)
    """

    def __init__(self, plan: Seq2SeqPlan):
        super().__init__()
        width, heads = plan.width, plan.heads
        self.norm_read, self.read = nn.LayerNorm(width), Attention(width, heads, causal=True, drop=plan.drop)
        self.norm_recall, self.recall = nn.LayerNorm(width), Reading(width, heads, plan.drop)
        self.norm_think, self.think = nn.LayerNorm(width), FeedForward(width, plan.hidden, nn.ReLU(), plan.drop)

    def forward(self, x: Tensor, memory: Tokens, past: Past | None = None, recalled: Past | None = None) -> Tensor:
        x = x + self.read(self.norm_read(x), past=past)
        x = x + self.recall(self.norm_recall(x), memory.x, memory.mask, recalled)
        out: Tensor = x + self.think(self.norm_think(x))
        return out


class Seq2Seq(Body):
    """Tokens (B, S, D) and Tokens (B, T, D) that are written -> Tokens (B, T, D)

    What it gives at a position depends on the text that is read and on what is written up to there. Rows are padded at
    their end, where nothing that is written looks.
    """

    def __init__(self, plan: Seq2SeqPlan, width: int, length: int):
        super().__init__()
        self.project = fitted(width, plan.width)
        self.places = Waves(plan.width, length)
        self.scale = plan.width**0.5  # section 3.4: vectors of tokens are drawn small, the waves are not
        self.scale_reading = self.scale if width == plan.width else 1.0
        self.drop = Dropout(plan.drop)
        sizes = (plan.width, plan.heads, plan.hidden)
        self.reading = nn.ModuleList([Block(*sizes, nn.ReLU(), plan.drop) for _ in range(plan.depth)])
        self.writing = nn.ModuleList([WritingBlock(plan) for _ in range(plan.depth)])
        self.norm_reading, self.norm_writing = nn.LayerNorm(plan.width), nn.LayerNorm(plan.width)
        self.width = plan.width
        xavier(self)

    def forward(self, x: Tokens, given: Tokens | None = None) -> Tokens:
        return self.decode(written(given), self.encode(x))

    def encode(self, x: Tokens) -> Tokens:
        """The memory: what the text that is read comes to, (B, S, D)."""
        h = self.drop(self.places(self.project(x.x) * self.scale_reading))
        for block in self.reading:
            h = block(h, x.mask)
        return replace(x, x=self.norm_reading(h))

    def begin(self) -> Cache:
        """An empty cache, for `decode`."""
        return Cache([Past() for _ in self.writing], [Past() for _ in self.writing])

    def decode(self, given: Tokens, memory: Tokens, cache: Cache | None = None) -> Tokens:
        """What is written, (B, T, D), having read the memory; with a cache, `given` follows what that holds."""
        none = [None] * len(self.writing)
        kept = zip(self.writing, cache.written if cache else none, cache.memory if cache else none, strict=True)
        h = self.drop(self.places(given.x * self.scale, cache.length if cache else 0))
        for block, past, recalled in kept:
            h = block(h, memory, past, recalled)
        return replace(given, x=self.norm_writing(h))

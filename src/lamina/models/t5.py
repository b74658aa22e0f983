"""T5: an encoder and a decoder that know how far apart two positions are, and not where they stand.

Raffel et al. 2019, https://arxiv.org/abs/1910.10683, section 2.1, in its first form (v1.0): norms before each step that
only scale (Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467), no biases, ReLU, scores that are not scaled, and
distances that all layers of a stack share. Differs: no dropout of attention weights or of hidden units; vectors of
tokens, which are embedded before, begin with a spread of 1/√D, the authors' with one of 1. The head may share
their table.

Axes: B batch, T positions written, S positions of the memory, D width, H heads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Tokens
from ..layers import Dropout
from ..layers.attention import Attention, Reading, broad
from ..layers.blocks import FeedForward, fitted
from ..layers.cache import Cache, Past
from ..layers.places import Distances
from .body import Body, written

EPS = 1e-6  # added to mean squares, as the authors' code has it


@dataclass(frozen=True)
class T5Plan:
    width: Annotated[int, Field(ge=1, le=16384)] = 256
    depth: Annotated[int, Field(ge=1, le=64)] = 3  # blocks of either stack
    heads: Annotated[int, Field(ge=1, le=128)] = 4
    hidden: Annotated[int, Field(ge=1, le=65536)] = 1024  # units of a block's feed-forward net
    buckets: Annotated[int, Field(ge=4, le=1024)] = 32  # of distances that are told apart
    far: Annotated[int, Field(ge=4, le=65536)] = 128  # from this distance on, all are one
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of features silenced while training


class RootNorm(nn.Module):
    """Divide by the root of the mean square, and scale: (B, T, D) -> (B, T, D), in float32 whatever comes in."""

    def __init__(self, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x.float(), self.weight.shape, self.weight, EPS)


class PlainBlock(nn.Module):
    """Read, read the memory where there is one, think; all without biases. (B, T, D) -> (B, T, D)

    `scores` (B or 1, H, T, T) are what distances add to scores, with -inf where a position must not look.
    """

    def __init__(self, plan: T5Plan, recalls: bool):
        super().__init__()
        width, heads, drop = plan.width, plan.heads, plan.drop
        self.norm_read = RootNorm(width)
        self.read = Attention(width, heads, drop=drop, biases=False, scaled=False)
        self.norm_recall = RootNorm(width) if recalls else None
        self.recall = Reading(width, heads, drop, biases=False, scaled=False) if recalls else None
        self.norm_think = RootNorm(width)
        self.think = FeedForward(width, plan.hidden, nn.ReLU(), drop, biases=False)

    def forward(
        self,
        x: Tensor,
        scores: Tensor,
        memory: Tokens | None = None,
        past: Past | None = None,
        recalled: Past | None = None,
    ) -> Tensor:
        x = x + self.read(self.norm_read(x), scores, past)
        if memory is not None and self.recall is not None and self.norm_recall is not None:
            x = x + self.recall(self.norm_recall(x), memory.x, memory.mask, recalled)
        out: Tensor = x + self.think(self.norm_think(x))
        return out


class Stack(nn.Module):
    """Blocks that share one table of distances. (B, T, D) -> (B, T, D)"""

    def __init__(self, plan: T5Plan, writes: bool):
        super().__init__()
        self.writes = writes
        self.distances = Distances(plan.heads, plan.buckets, plan.far, both=not writes)
        self.blocks = nn.ModuleList([PlainBlock(plan, recalls=writes) for _ in range(plan.depth)])
        self.norm = RootNorm(plan.width)
        self.drop = Dropout(plan.drop)

    def forward(
        self, x: Tensor, mask: Tensor | None = None, memory: Tokens | None = None, cache: Cache | None = None
    ) -> Tensor:
        none = [None] * len(self.blocks)
        kept = zip(self.blocks, cache.written if cache else none, cache.memory if cache else none, strict=True)
        scores = self.scores(cache.length if cache else 0, x.shape[1], mask)
        x = self.drop(x)
        for block, past, recalled in kept:
            x = block(x, scores, memory, past, recalled)
        out: Tensor = self.drop(self.norm(x))
        return out

    def scores(self, start: int, count: int, mask: Tensor | None) -> Tensor:
        """What is added to the scores of `count` positions from `start` on, for all keys so far: (B or 1, H, T, S)."""
        keys = torch.arange(start + count, device=self.distances.table.weight.device)
        queries = keys[start:]
        scores: Tensor = self.distances(queries, keys).unsqueeze(0)  # (1, H, T, S)
        if self.writes:
            scores = scores.masked_fill(keys > queries[:, None], -torch.inf)
        seen = broad(mask)
        return scores if seen is None else scores.masked_fill(~seen, -torch.inf)


class T5(Body):
    """Tokens (B, S, D) and Tokens (B, T, D) that are written -> Tokens (B, T, D)

    What it gives at a position depends on the text that is read and on what is written up to there. Rows are padded at
    their end, where nothing that is written looks. Any length will do.
    """

    def __init__(self, plan: T5Plan, width: int, length: int):
        super().__init__()
        del length
        self.project = fitted(width, plan.width)
        self.reading, self.writing = Stack(plan, writes=False), Stack(plan, writes=True)
        self.width = plan.width
        draw(self, plan)

    def forward(self, x: Tokens, given: Tokens | None = None) -> Tokens:
        return self.decode(written(given), self.encode(x))

    def encode(self, x: Tokens) -> Tokens:
        """The memory: what the text that is read comes to, (B, S, D)."""
        return replace(x, x=self.reading(self.project(x.x), x.mask))

    def begin(self) -> Cache:
        """An empty cache, for `decode`."""
        blocks = self.writing.blocks
        return Cache([Past() for _ in blocks], [Past() for _ in blocks])

    def decode(self, given: Tokens, memory: Tokens, cache: Cache | None = None) -> Tokens:
        """What is written, (B, T, D), having read the memory; with a cache, `given` follows what that holds."""
        return replace(given, x=self.writing(given.x, None, memory, cache))


def draw(model: T5, plan: T5Plan) -> None:
    """Draw weights as the authors' code (Mesh TensorFlow) does: queries so small that scores need no scale."""
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5)
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=plan.width**-0.5)
    asks = (plan.width * (plan.width // plan.heads)) ** -0.5
    for module in model.modules():
        if isinstance(module, Attention):
            nn.init.normal_(module.qkv.weight[: plan.width], std=asks)
        if isinstance(module, Reading):
            nn.init.normal_(module.q.weight, std=asks)

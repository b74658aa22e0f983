"""Evoformer: what is known of each residue of a chain and of each pair of them, told to one another block by block.

Jumper et al. 2021, https://doi.org/10.1038/s41586-021-03819-2, supplementary algorithms 3, 4, 6, 7, 9 to 12 and 15.
Differs: there is one sequence where the paper has many aligned ones, so nothing is read down columns and the outer
product is a mean over one; no triangle attention (algorithms 13 and 14), which costs most there; no templates, no
recycling, no dropout by rows; transitions are twice as wide as what they read, where the paper has four times; and last
layers do not begin at zero.

Axes: B batch, T residues, D width, P width of a pair, H heads, K = D / H.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Pairs, Tokens
from ..layers import Dropout
from ..layers.attention import scale_of
from .body import Body

FAR = 32  # residues apart, beyond which it no longer counts how far, algorithm 4


@dataclass(frozen=True)
class EvoformerPlan:
    width: Annotated[int, Field(ge=1, le=4096)] = 64  # of a residue
    pair: Annotated[int, Field(ge=1, le=1024)] = 32  # of a pair
    depth: Annotated[int, Field(ge=1, le=128)] = 2  # blocks
    heads: Annotated[int, Field(ge=1, le=64)] = 4
    outer: Annotated[int, Field(ge=1, le=256)] = 8  # width whose outer product is told to pairs
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of features silenced while training


class Distance(nn.Module):
    """How many residues lie from each to each, up to 32 either way, as a learned vector. Algorithm 4.

    x (B, T, D) -> (T, T, P)
    """

    def __init__(self, width: int):
        super().__init__()
        self.table = nn.Embedding(2 * FAR + 1, width)

    def forward(self, x: Tensor) -> Tensor:
        place = torch.arange(x.shape[1], device=x.device)
        apart: Tensor = self.table((place[:, None] - place).clamp(-FAR, FAR) + FAR)
        return apart


class PairBias(nn.Module):
    """Residues read from each other, drawn by what is known of each pair; gates say how much is let in. Algorithm 7.

    x (B, T, D), pair (B, T, T, P) and mask (B, T) -> (B, T, D)
    """

    def __init__(self, width: int, pair: int, heads: int):
        super().__init__()
        self.heads, self.scale = heads, scale_of(width, heads)
        self.norm, self.norm_pair = nn.LayerNorm(width), nn.LayerNorm(pair)
        self.qkv, self.gate = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width)
        self.bias, self.out = nn.Linear(pair, heads, bias=False), nn.Linear(width, width)

    def forward(self, x: Tensor, pair: Tensor, mask: Tensor) -> Tensor:
        x = self.norm(x)
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # each (B, H, T, K)
        drawn = self.bias(self.norm_pair(pair)).permute(0, 3, 1, 2)  # (B, H, T, T)
        scores = (q @ k.mT) * self.scale + drawn
        read = scores.masked_fill(~mask[:, None, None], -1e9).softmax(-1) @ v  # (B, H, T, K)
        out: Tensor = self.out(self.gate(x).sigmoid() * read.transpose(1, 2).flatten(2))
        return out


class Transition(nn.Sequential):
    """(…, D) -> (…, D)      algorithms 9 and 15"""

    def __init__(self, width: int, times: int = 2):
        super().__init__(
            nn.LayerNorm(width), nn.Linear(width, times * width), nn.ReLU(), nn.Linear(times * width, width)
        )


class OuterProduct(nn.Module):
    """What two residues say together is told to their pair. Algorithm 10, of one sequence.

    x (B, T, D) -> (B, T, T, P)
    """

    def __init__(self, width: int, outer: int, pair: int):
        super().__init__()
        self.norm, self.a, self.b = nn.LayerNorm(width), nn.Linear(width, outer), nn.Linear(width, outer)
        self.out = nn.Bilinear(outer, outer, pair)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(x)
        half = torch.einsum("bio,poq->bipq", self.a(x), self.out.weight)  # weighed before it is spread over pairs
        told = torch.einsum("bipq,bjq->bijp", half, self.b(x))
        return told + self.out.bias


class TriangleMultiplication(nn.Module):
    """The pair of i and j is told of the two other sides of every triangle over it.

    pair (B, T, T, P) and mask (B, T, T) -> (B, T, T, P)

    Outgoing, algorithm 11: sum over k of a(i, k) · b(j, k). Incoming, algorithm 12: sum over k of a(k, i) · b(k, j).
    """

    def __init__(self, width: int, outgoing: bool):
        super().__init__()
        self.outgoing = outgoing
        self.norm, self.sides = nn.LayerNorm(width), nn.Linear(width, 4 * width)  # a and b, and their gates
        self.norm_out, self.gate, self.out = nn.LayerNorm(width), nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, pair: Tensor, mask: Tensor) -> Tensor:
        z = self.norm(pair)
        a, b = F.glu(self.sides(z)).permute(0, 3, 1, 2).chunk(2, dim=1)  # each (B, P, T, T)
        a = a * mask.unsqueeze(1)
        told = a @ b.mT if self.outgoing else a.mT @ b
        out: Tensor = self.gate(z).sigmoid() * self.out(self.norm_out(told.permute(0, 2, 3, 1)))
        return out


class EvoformerBlock(nn.Module):
    """x (B, T, D), pair (B, T, T, P) and mask (B, T) -> both again. Algorithm 6."""

    def __init__(self, plan: EvoformerPlan):
        super().__init__()
        self.read = PairBias(plan.width, plan.pair, plan.heads)
        self.think = Transition(plan.width)
        self.outer = OuterProduct(plan.width, plan.outer, plan.pair)
        self.outgoing = TriangleMultiplication(plan.pair, outgoing=True)
        self.incoming = TriangleMultiplication(plan.pair, outgoing=False)
        self.think_pair = Transition(plan.pair)
        self.drop = Dropout(plan.drop)

    def forward(self, x: Tensor, pair: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        both = mask[:, :, None] & mask[:, None]  # (B, T, T)
        x = x + self.drop(self.read(x, pair, mask))
        x = x + self.think(x)
        pair = pair + self.outer(x)
        pair = pair + self.drop(self.outgoing(pair, both))
        pair = pair + self.drop(self.incoming(pair, both))
        return x, pair + self.think_pair(pair)


class Evoformer(Body):
    """Tokens (B, T, N) -> Pairs (B, T, T, D), with one vector (B, T, D) for each residue"""

    def __init__(self, plan: EvoformerPlan, width: int, length: int):
        super().__init__()
        del length  # only what lies between residues counts
        self.project = nn.Linear(width, plan.width)
        self.left, self.right = nn.Linear(width, plan.pair), nn.Linear(width, plan.pair)  # algorithm 3
        self.distance = Distance(plan.pair)
        self.blocks = nn.ModuleList([EvoformerBlock(plan) for _ in range(plan.depth)])
        self.norm, self.norm_pair = nn.LayerNorm(plan.width), nn.LayerNorm(plan.pair)
        self.single, self.pair = nn.Linear(plan.width, plan.width), nn.Linear(plan.pair, plan.width)
        self.width = plan.width

    def forward(self, given: Tokens, asked: Any = None) -> Pairs:
        del asked
        mask = given.mask if given.mask is not None else given.x.new_ones(given.x.shape[:2], dtype=torch.bool)
        x = self.project(given.x)  # (B, T, D)
        pair = self.left(given.x)[:, :, None] + self.right(given.x)[:, None] + self.distance(x)  # (B, T, T, P)
        for block in self.blocks:
            x, pair = block(x, pair, mask)
        return Pairs(self.pair(self.norm_pair(pair)), mask, self.single(self.norm(x)))

"""Attention: positions read from each other, or from a memory, by how well what they ask fits what others offer.

Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, section 3.2. Differs: no dropout of the weights themselves, so
that the fused kernel serves training too (forward and backward at B = 64, T = 128, D = 128, H = 4 on one thread of an
AMD EPYC, torch 2.13, best of 5: 27 ms, and 59 ms with a dropout of 0.1); `drop` silences features of what is read.

Axes: B batch, T positions, S positions of the memory, D width, H heads, K = D / H width of a head.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import PlanError
from .cache import Past
from .dropout import Dropout
from .places import Turns

ROOM = 2**26  # scores of a layer that are held at once: 128 MiB in bf16


class Attention(nn.Module):
    """Let every position read from every other, several heads at once.

    (B, T, D) -> (B, T, D)      H heads of width K = D / H

    With `causal`, position t reads only positions 0 to t. `mask` is (B, T), true where there is a token, or what
    scores of (B, H, T, T) are masked by (bool) or added to (float). `past` holds what earlier calls have read: the
    positions of x then follow it, and read from it as well. `turns` tells them where they stand, where nothing else
    does. A row without any token reads zeros.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        causal: bool = False,
        drop: float = 0.0,
        biases: bool = True,
        scaled: bool = True,
        turns: Turns | None = None,
    ):
        super().__init__()
        self.turns = turns
        self.heads, self.causal, self.scale = heads, causal, scale_of(width, heads, scaled)
        self.qkv = nn.Linear(width, 3 * width, biases)
        self.out = nn.Linear(width, width, biases)
        self.drop = Dropout(drop)

    def forward(self, x: Tensor, mask: Tensor | None = None, past: Past | None = None) -> Tensor:
        qkv = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # (3, B, H, T, K)
        q, k, v = qkv
        if self.turns is not None:
            q, k = self.turns(qkv[:2], past.length if past is not None else 0)
        if past is not None:
            k, v = past.extend(k, v)
        mask, causal = broad(mask), self.causal and bool(x.shape[1] > 1)  # the last position may read all
        if causal and (mask is not None or k.shape[2] > x.shape[1]):
            seen = before(x.shape[1], k.shape[2], x.device)
            hidden = False if mask is None or mask.dtype == torch.bool else -torch.inf
            mask, causal = seen if mask is None else mask.masked_fill(~seen, hidden), False
        x = attended(q, k, v, mask, causal, self.scale)  # (B, H, T, K)
        out: Tensor = self.drop(self.out(x.transpose(1, 2).flatten(2)))
        return out


class Reading(nn.Module):
    """Let every position read from a memory, several heads at once.

    x (B, T, D) and
    memory (B, S, D) -> (B, T, D)

    `mask` is (B, S), true where the memory has a token. `past` keeps the keys and values of the memory from the first
    call on; what the memory holds is then not looked at again.
    """

    def __init__(self, width: int, heads: int, drop: float = 0.0, biases: bool = True, scaled: bool = True):
        super().__init__()
        self.heads, self.scale = heads, scale_of(width, heads, scaled)
        self.q = nn.Linear(width, width, biases)
        self.kv = nn.Linear(width, 2 * width, biases)
        self.out = nn.Linear(width, width, biases)
        self.drop = Dropout(drop)

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor | None = None, past: Past | None = None) -> Tensor:
        q = self.q(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, H, T, K)
        if past is not None and past.length:
            k, v = past.kept()
        else:
            k, v = self.kv(memory).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)  # each (B, H, S, K)
            if past is not None:
                k, v = past.extend(k, v)
        x = attended(q, k, v, broad(mask), False, self.scale)  # (B, H, T, K)
        out: Tensor = self.drop(self.out(x.transpose(1, 2).flatten(2)))
        return out


def attended(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, causal: bool, scale: float) -> Tensor:
    """Values read by how well keys fit queries: q (B, H, T, K), k and v (B, H, S, K) -> (B, H, T, K)

    Equation 1. `mask` is what torch's own takes: true where there is a token, or amounts that are added to scores. In
    bf16 on a processor the plain products are taken while all scores have room: forward and backward on one thread of
    an AMD EPYC, torch 2.13, best of 7, causal, at (16, 3, 256, 64) 12 ms where the fused kernel takes 33, at
    (64, 4, 24, 64) 2.6 ms and 13.6. In float32 the fused one is ahead.
    """
    scores = q.shape[0] * q.shape[1] * q.shape[2] * k.shape[2]
    if q.dtype != torch.bfloat16 or q.device.type != "cpu" or scores > ROOM:
        return F.scaled_dot_product_attention(q, k, v, mask, is_causal=causal, scale=scale)
    if causal:
        mask = before(q.shape[2], k.shape[2], q.device)
    if mask is None:
        return ((q * scale) @ k.mT).softmax(-1) @ v
    lowest = torch.finfo(q.dtype).min  # not -inf: a row without any token must stay finite
    there = mask if mask.dtype == torch.bool else mask > -torch.inf
    added = (torch.zeros_like(mask, dtype=q.dtype) if mask.dtype == torch.bool else mask.to(q.dtype)).masked_fill(
        ~there, lowest
    )
    read = ((q * scale) @ k.mT).add_(added).softmax(-1) @ v
    return read if causal else read.masked_fill(~there.any(-1, keepdim=True), 0.0)


def before(queries: int, keys: int, device: torch.device) -> Tensor:
    """(T, S), true where the last T of S positions may look: at themselves and at what came before."""
    return torch.ones(queries, keys, dtype=torch.bool, device=device).tril(keys - queries)


def scale_of(width: int, heads: int, scaled: bool = True) -> float:
    """What scores are multiplied by: 1 / √K, or 1. Raises PlanError where the width does not split into equal heads."""
    if width % heads:
        near = min((h for h in range(1, width + 1) if width % h == 0), key=lambda h: abs(h - heads))
        raise PlanError(
            f"a width of {width} does not split into {heads} equal heads",
            expected="a number of heads that divides the width",
            fix=f"--set model.heads={near}",
        )
    return float((width // heads) ** -0.5) if scaled else 1.0


def broad(mask: Tensor | None) -> Tensor | None:
    """A mask by row and position, (B, S), in the shape of scores, (B, 1, 1, S); one of more axes stays as it is."""
    return mask[:, None, None] if mask is not None and mask.dim() == 2 else mask

"""Ways to tell a model where a position stands: attention alone would read a text as a bag of tokens."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ..errors import PlanError


class Places(nn.Module):
    """Add to every position a learned vector that says which place it has.

    (B, T, D) -> (B, T, D)      T + start is at most `length`

    Gehring et al. 2017, https://arxiv.org/abs/1705.03122, section 3.1.
    """

    def __init__(self, width: int, length: int):
        super().__init__()
        self.table = nn.Parameter(torch.empty(length, width))
        nn.init.normal_(self.table, std=0.02)  # as BERT and the code of GPT-2 have it

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        return x + placed(self.table, start, x.shape[1])


class Waves(nn.Module):
    """Add to every position sines and cosines of its place, from short waves to long ones. Nothing is learned.

    (B, T, D) -> (B, T, D)      T + start is at most `length`

    Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, section 3.5: feature 2i is sin(t / 10000^(2i / D)), feature
    2i + 1 the cosine.
    """

    table: Tensor

    def __init__(self, width: int, length: int):
        super().__init__()
        pace = torch.exp(torch.arange(0, width, 2, dtype=torch.float64) * (-math.log(10000.0) / width))
        angle = torch.arange(length, dtype=torch.float64)[:, None] * pace  # (length, half the width, rounded up)
        table = torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)[:, :width].float()
        self.register_buffer("table", table, persistent=False)  # it follows from the constructor

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        return x + placed(self.table, start, x.shape[1])


class Distances(nn.Module):
    """Say how far a key is from a query, as an amount that each head adds to its scores.

    queries (T) and
    keys (S) -> (H, T, S)      places of positions, whole numbers

    Raffel et al. 2019, https://arxiv.org/abs/1910.10683, section 2.1: distances fall into buckets. Half of them hold
    one distance each, the other half grow with its logarithm up to `far`, and the last takes all beyond. With `both`,
    keys after a query have buckets of their own; without, they count as distance 0 (a mask hides them).
    """

    def __init__(self, heads: int, buckets: int = 32, far: int = 128, both: bool = True):
        super().__init__()
        self.buckets, self.far, self.both = buckets, far, both
        if (buckets // 2 if both else buckets) // 2 not in range(1, far):
            raise PlanError(
                f"{buckets} buckets do not reach as far as {far} positions",
                expected="at least 4 buckets, and fewer than twice the positions",
                fix="--set model.buckets=32",
            )
        self.table = nn.Embedding(buckets, heads)

    def forward(self, queries: Tensor, keys: Tensor) -> Tensor:
        amounts: Tensor = self.table(self.bucket(keys - queries[:, None]))  # (T, S, H)
        return amounts.permute(2, 0, 1)

    def bucket(self, distance: Tensor) -> Tensor:
        """The bucket of each distance, which is above zero where the key comes after the query."""
        count = self.buckets // 2 if self.both else self.buckets
        first = (distance > 0) * count if self.both else torch.zeros_like(distance)
        far = distance.abs() if self.both else -distance.clamp(max=0)
        exact = count // 2
        beyond = (far.clamp(min=1) / exact).log() / math.log(self.far / exact) * (count - exact)
        return first + torch.where(far < exact, far, (exact + beyond.long()).clamp(max=count - 1))


class Turns(nn.Module):
    """Turn queries and keys by an angle that grows with their place: how well two fit then depends on how far apart
    they stand and not on where.

    (B, H, T, K) -> (B, H, T, K)      K an even width of a head, T + start at most `length`; any axes before T

    Su et al. 2021, https://arxiv.org/abs/2104.09864, equation 34: features i and i + K / 2 are the two axes of a plane
    that turns by t / 10000^(2i / K) at place t (the paper pairs neighbours, which is the same up to their order).
    Raises PlanError where K is odd.
    """

    cosine: Tensor
    sine: Tensor

    def __init__(self, width: int, length: int):
        super().__init__()
        if width % 2:
            raise PlanError(
                f"heads of width {width} cannot be turned in pairs", expected="an even width", fix="--set model.heads=N"
            )
        pace = torch.exp(torch.arange(0, width, 2, dtype=torch.float64) * (-math.log(10000.0) / width))
        angle = torch.arange(length, dtype=torch.float64)[:, None] * torch.cat([pace, pace])  # (length, K)
        sine = angle.sin() * torch.cat([-torch.ones_like(pace), torch.ones_like(pace)])
        self.register_buffer("cosine", angle.cos().float(), persistent=False)  # they follow from the constructor
        self.register_buffer("sine", sine.float(), persistent=False)

    def forward(self, x: Tensor, start: int = 0) -> Tensor:
        cosine, sine = (placed(table, start, x.shape[-2]).to(x.dtype) for table in (self.cosine, self.sine))
        return x * cosine + x.roll(x.shape[-1] // 2, -1) * sine


def placed(table: Tensor, start: int, count: int) -> Tensor:
    """The vectors of `count` places from `start` on. Raises PlanError where the table ends before."""
    if start + count > len(table):
        raise PlanError(
            f"a row of {start + count} positions is too long for this model",
            expected=f"at most {len(table)} positions",
            fix="cut the row, or train a model of greater length",
        )
    return table[start : start + count]

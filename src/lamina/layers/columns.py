"""The entry for tables: numbers and codes, side by side, to one vector a row."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import PlanError

FAR = 8.0  # a standardised value is held within ± so many standard deviations
MOST_WIDTH = 16  # of the vector of one code


class PiecewiseLinear(nn.Module):
    """Write a number as how far it has come through each bin of its column; and a flag where it may be missing.

    (B, N) -> (B, D)      D = bins of all columns + columns that may be missing

    Gorishniy et al. 2022, https://arxiv.org/abs/2203.05556, equation 1: the bin from a to b holds (x - a) / (b - a),
    cut at 0 before the bin and at 1 past it, save below the first bin and above the last. Differs: those open ends
    stop one bin out, at -1 and 2, so that no freak value drowns the others. A missing value (NaN) is read as 0.

    `edges` are the cuts of each column in standardised units, n + 1 for n bins; `missing` says which may be missing.
    """

    column: Tensor
    start: Tensor
    scale: Tensor
    least: Tensor
    most: Tensor
    flagged: Tensor

    def __init__(self, edges: Sequence[Sequence[float]], missing: Sequence[bool] = ()):
        super().__init__()
        if missing and len(missing) != len(edges):
            raise PlanError(f"{len(missing)} signs of missing values for {len(edges)} columns of numbers")
        columns = [np.unique(np.asarray(cuts, np.float32)) for cuts in edges]  # cuts that float32 cannot part are one
        bins = [
            (i, a, b, -1.0 if a == cuts[0] else 0.0, 2.0 if b == cuts[-1] else 1.0)
            for i, cuts in enumerate(columns)
            for a, b in pairwise(cuts)
        ]
        column, start, end, least, most = torch.tensor(bins, dtype=torch.float64).view(-1, 5).unbind(1)  # (bins,) each
        flagged = torch.tensor([i for i, may in enumerate(missing) if may], dtype=torch.long)
        buffers = {"start": start.float(), "scale": (1 / (end - start)).float(), "column": column.long()}
        buffers |= {"least": least.float(), "most": most.float(), "flagged": flagged}
        for name, values in buffers.items():
            self.register_buffer(name, values, persistent=False)  # they follow from the constructor
        self.width = len(bins) + len(flagged)

    def forward(self, numbers: Tensor) -> Tensor:
        x = numbers.nan_to_num(nan=0.0).index_select(1, self.column)  # (B, bins), each number once for each of its bins
        x = ((x - self.start) * self.scale).clamp(self.least, self.most)
        flags = numbers.index_select(1, self.flagged).isnan().to(x.dtype)
        return torch.cat([x, flags], dim=1)


class Columns(nn.Module):
    """Numbers as they are and piecewise linear, codes as learned vectors, all in one row.

    numbers (B, N) and
    codes (B, M) -> (B, D)      D = N + bins and flags + M × width of a code's vector

    numbers are standardised, NaN where missing; codes run from 0, and are -1 where missing or never seen. `cards` is
    how many codes each column has. Either part may be None where it has no columns.
    """

    offset: Tensor

    def __init__(self, edges: Sequence[Sequence[float]], cards: Sequence[int], missing: Sequence[bool] = ()):
        super().__init__()
        if not edges and not cards:
            raise PlanError("a table without columns has nothing to learn from", expected="at least one input column")
        self.bins = PiecewiseLinear(edges, missing)
        first = [0, *accumulate(card + 1 for card in cards)]  # a column's rows of the table begin with that of -1
        each = min(max(cards, default=0) + 1, MOST_WIDTH)
        self.table = nn.Embedding(first[-1], each) if cards else None
        if self.table is not None:
            nn.init.normal_(self.table.weight, std=each**-0.5)  # about as long as a one-hot vector
            with torch.no_grad():
                self.table.weight[first[:-1]] = 0.0  # what was never seen says nothing until it is learned
        self.register_buffer("offset", torch.tensor(first[:-1], dtype=torch.long) + 1, persistent=False)
        self.width = len(edges) + self.bins.width + len(cards) * each

    def forward(self, numbers: Tensor | None, codes: Tensor | None) -> Tensor:
        parts = []
        if numbers is not None:
            parts += [numbers.nan_to_num(nan=0.0).clamp(-FAR, FAR), self.bins(numbers)]
        if codes is not None and self.table is not None:
            parts.append(self.table(codes + self.offset).flatten(1))  # (B, M × width of a code's vector)
        return torch.cat(parts, dim=1)

"""The two layers that read a sparse matrix as well as a plain one.

Axes: V rows, N columns, D width.
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor, nn
from torch.nn import functional as F

from ..sparse import Sparse


class SparseDropout(nn.Dropout):
    """Dropout, that of a sparse matrix draws for what is not zero alone; the rest stays zero either way.

    Of the 3.9 million numbers that Cora's nodes have, 49,285 are not zero; drawing for all took nine tenths of a step.
    """

    def forward(self, x: Tensor | Sparse) -> Tensor | Sparse:  # type: ignore[override]
        if isinstance(x, Sparse):
            return replace(x, values=super().forward(x.values))
        return super().forward(x)


class SparseLinear(nn.Linear):
    """x Wᵀ + b of a sparse x too: (V, N) -> (V, D)"""

    def forward(self, x: Tensor | Sparse) -> Tensor:
        if not isinstance(x, Sparse):
            return super().forward(x)
        table = self.weight.t().contiguous()  # (N, D): a row is what a column adds
        out = F.embedding_bag(x.columns, table, x.starts, mode="sum", per_sample_weights=x.values.to(table.dtype))
        return out if self.bias is None else out + self.bias

"""A layer that reads a sparse matrix as well as a plain one.

Axes: V rows, N columns, D width.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from ..sparse import Sparse


class SparseLinear(nn.Linear):
    """x Wᵀ + b, where x may be sparse

    (V, N) -> (V, D)
    """

    def forward(self, x: Tensor | Sparse) -> Tensor:
        if not isinstance(x, Sparse):
            return super().forward(x)
        table = self.weight.t().contiguous()  # (N, D): a row is what a column adds
        out = F.embedding_bag(x.columns, table, x.starts, mode="sum", per_sample_weights=x.values.to(table.dtype))
        return out if self.bias is None else out + self.bias

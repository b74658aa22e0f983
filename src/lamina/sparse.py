"""A matrix of which few numbers are not zero, as counts of the words of texts are."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Sparse:
    """(V, N) by rows: the K numbers that are not zero, values (K,), the column of each, columns (K,), and where each
    row begins among them, starts (V,)."""

    values: Tensor
    columns: Tensor
    starts: Tensor

    def __len__(self) -> int:
        return len(self.starts)

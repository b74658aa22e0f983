"""A layer that reads a sparse matrix does to it what it does to the same matrix written out."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from lamina.layers import SparseLinear
from lamina.sparse import Sparse


def both(rows=30, columns=50, share=0.1):
    """A matrix, and the same as sparse; one row, and the last, hold nothing."""
    torch.manual_seed(0)
    plain = torch.randn(rows, columns) * (torch.rand(rows, columns) < share)
    plain[[4, rows - 1]] = 0
    at = plain.nonzero()
    return plain, Sparse(plain[tuple(at.T)], at[:, 1], torch.searchsorted(at[:, 0].contiguous(), torch.arange(rows)))


@pytest.mark.parametrize("bias", [True, False])
def test_a_linear_layer_gives_the_same_and_learns_the_same(bias):
    plain, sparse = both()
    layer = SparseLinear(50, 6, bias=bias)
    wanted, made = layer(plain), layer(sparse)
    assert_close(made, wanted)
    weigh = torch.randn_like(wanted)
    learned = list(layer.parameters())
    for x, y in zip(*(torch.autograd.grad((out * weigh).sum(), learned) for out in (made, wanted)), strict=True):
        assert_close(x, y)

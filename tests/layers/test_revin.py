"""Reversible instance norm: the way back is the way back, with and without learned weights."""

import pytest
import torch
from torch.testing import assert_close

from lamina.layers import RevIn


@pytest.mark.parametrize("affine", [False, True])
def test_what_is_taken_out_is_put_back(affine):
    norm, x = RevIn(3, affine), torch.randn(4, 50, 3) * torch.tensor([1.0, 20.0, 0.1]) + 7
    if affine:
        torch.nn.init.uniform_(norm.weight, 0.5, 2.0)
        torch.nn.init.normal_(norm.bias)
    made, shift, scale = norm(x)
    assert_close(made * scale[:, None] + shift[:, None], x, rtol=1e-4, atol=1e-4)
    assert made.shape == x.shape
    if not affine:
        assert_close(made.mean(1), torch.zeros(4, 3), atol=1e-4, rtol=0)
        assert_close(made[:, :, 0].std(1, unbiased=False), torch.ones(4), atol=1e-3, rtol=0)


def test_a_level_that_moves_is_not_seen():
    norm, x = RevIn(2), torch.randn(3, 40, 2)
    assert_close(norm(x + 100)[0], norm(x)[0], rtol=1e-3, atol=1e-4)
    assert not torch.allclose(norm(x)[1], norm(x + 100)[1])


def test_a_flat_channel_is_no_division_by_nothing():
    made, shift, scale = RevIn(1)(torch.full((2, 10, 1), 5.0))
    assert_close(made, torch.zeros(2, 10, 1))
    assert_close(shift, torch.full((2, 1), 5.0))
    assert scale.isfinite().all()

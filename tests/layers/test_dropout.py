"""Dropout silences the share that it says, each number by itself, and keeps the mean."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from lamina.layers import Dropout
from lamina.layers.dropout import LEAST
from lamina.sparse import Sparse


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_it_silences_its_share_and_lifts_the_rest(share, dtype):
    torch.manual_seed(0)
    x = torch.ones(400, 1001, dtype=dtype)
    made = Dropout(share)(x)
    kept = made != 0
    assert made.dtype == dtype
    assert kept.double().mean() == pytest.approx(1 - share, abs=4 * (share * (1 - share) / x.numel()) ** 0.5)
    assert_close(
        made[kept].double(), torch.full((int(kept.sum()),), 1 / (1 - share), dtype=torch.float64), rtol=4e-3, atol=0
    )


def test_neighbours_are_silenced_apart_from_each_other():
    torch.manual_seed(0)
    kept = (Dropout(0.5)(torch.ones(1 << 18)) != 0).double() - 0.5
    for apart in (1, 2, 3, 4, 8):
        assert abs(float((kept[apart:] * kept[:-apart]).mean())) < 4 * 0.25 / 512


def test_gradients_flow_where_numbers_do_and_the_seed_says_where_that_is():
    x = torch.randn(64, 64, requires_grad=True)
    outs = []
    for _ in range(2):
        torch.manual_seed(3)
        outs.append(Dropout(0.3)(x))
    assert torch.equal(*outs)
    outs[0].sum().backward()
    assert_close(x.grad, (outs[0] / x).detach())


@pytest.mark.parametrize("share", [0.0, 1 / (1 << 20)])
def test_little_or_nothing_to_silence_leaves_all_as_it_is(share):
    x = torch.randn(64, 64)
    assert torch.equal(Dropout(share)(x), x)
    assert Dropout(0.5).eval()(x) is x


def test_pictures_laid_out_channels_last_stay_so_and_few_numbers_are_left_to_torch():
    x = torch.randn(4, 8, 16, 16).contiguous(memory_format=torch.channels_last)
    assert Dropout(0.2)(x).is_contiguous(memory_format=torch.channels_last)
    small = torch.randn(LEAST - 1)
    torch.manual_seed(1)
    wanted = nn.Dropout(0.2)(small)
    torch.manual_seed(1)
    assert torch.equal(Dropout(0.2)(small), wanted)


def test_of_a_sparse_matrix_what_is_zero_stays_so():
    values = torch.ones(5000)
    sparse = Sparse(values, torch.arange(5000), torch.arange(0, 5000, 50))
    dropped = Dropout(0.25)(sparse)
    assert (dropped.values != 0).float().mean() == pytest.approx(0.75, abs=0.03)
    assert dropped.columns is sparse.columns
    assert Dropout(0.25).eval()(sparse).values is values


def test_it_stands_in_one_graph_where_a_net_is_compiled():
    torch.compiler.reset()
    x = torch.ones(64, 64)
    made = torch.compile(Dropout(0.25), backend="eager", fullgraph=True)(x)
    assert (made != 0).float().mean() == pytest.approx(0.75, abs=0.03)

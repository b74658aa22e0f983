"""Forms are pooled over their places, batches are cut without losing a row."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from lamina.forms import Batch, Map, Pairs, Tokens, Vector, pooled


def batch(rows: int) -> Batch:
    return Batch({"x": torch.arange(rows * 2.0).view(rows, 2)}, {"y": torch.arange(rows)}, torch.arange(rows), 3, True)


def test_pooling_is_the_mean_over_places():
    x = torch.randn(2, 3, 4, 5)
    assert torch.equal(pooled(Vector(x[:, :, 0, 0])), x[:, :, 0, 0])
    assert_close(pooled(Map(x)), x.flatten(2).mean(2))
    assert_close(pooled(Tokens(x[:, :, 0])), x[:, :, 0].mean(1))


def test_only_places_with_a_token_count():
    x = torch.randn(2, 3, 4)
    mask = torch.tensor([[True, True, False], [False, False, False]])
    assert_close(pooled(Tokens(x, mask))[0], x[0, :2].mean(0))
    assert torch.equal(pooled(Tokens(x, mask))[1], torch.zeros(4))  # nothing there, and no NaN
    changed = x.clone()
    changed[0, 2] += 100
    assert torch.equal(pooled(Tokens(changed, mask)), pooled(Tokens(x, mask)))


@pytest.mark.parametrize(("rows", "count"), [(7, 3), (6, 3), (2, 5), (1, 4), (5, 1), (5, 5)])
def test_slices_hold_every_row_once_and_none_is_empty(rows, count):
    whole = batch(rows)
    parts = list(whole.slices(count))
    assert len(parts) == min(rows, count)
    sizes = [len(part) for part in parts]
    assert min(sizes) >= 1
    assert max(sizes) - min(sizes) <= 1
    assert torch.equal(torch.cat([p.inputs["x"] for p in parts]), whole.inputs["x"])
    assert torch.equal(torch.cat([p.targets["y"] for p in parts]), whole.targets["y"])
    assert torch.equal(torch.cat([p.rows for p in parts]), whole.rows)
    assert all((p.epoch, p.mixed) == (3, True) for p in parts)


def test_on_the_processor_a_batch_is_not_copied():
    whole = batch(2)
    assert whole.to(torch.device("cpu")) is whole


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_the_gradient_of_a_pooled_map_lies_as_the_map_does(layout):
    x, seen = torch.randn(3, 5, 4, 6).contiguous(memory_format=layout).requires_grad_(), []
    before = x * 1.0
    before.register_hook(lambda grad: seen.append(grad.stride()))
    pooled(Map(before)).square().sum().backward()
    assert seen == [x.stride()]
    assert torch.equal(pooled(Map(x)), x.mean((2, 3)))


def test_pairs_beyond_the_end_of_a_row_are_not_pooled():
    x, mask = torch.randn(2, 3, 3, 4), torch.tensor([[True, True, False], [True, True, True]])
    assert_close(pooled(Pairs(x, mask))[0], x[0, :2, :2].mean((0, 1)))
    assert_close(pooled(Pairs(x, mask))[1], x[1].mean((0, 1)))
    assert_close(pooled(Pairs(x)), x.mean((1, 2)))

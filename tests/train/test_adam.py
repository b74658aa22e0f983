"""Adam without bookkeeping is torch's, to the bit, also where a device says late that a step is not to be taken."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from lamina.train.adam import Adam
from lamina.train.shards import length


@pytest.mark.parametrize("decoupled", [True, False])
def test_it_steps_as_torchs_does_and_a_found_infinity_leaves_all_as_it_was(decoupled):
    torch.manual_seed(0)
    first = [nn.Parameter(torch.randn(3, 4)), nn.Parameter(torch.randn(5)), nn.Parameter(torch.randn(2))]
    other = [nn.Parameter(p.detach().clone()) for p in first]
    sort = torch.optim.AdamW if decoupled else torch.optim.Adam
    ours, torchs = (
        [{"params": params[:2], "weight_decay": 0.1}, {"params": params[2:], "weight_decay": 0.0}]
        for params in (first, other)
    )
    ours = Adam(ours, 0.01, (0.9, 0.99), decoupled=decoupled)
    torchs = sort(torchs, lr=0.01, betas=(0.9, 0.99), fused=True)
    ours.step()  # of nothing
    for step, reached in enumerate([(0, 1), (0, 1), (0, 1), (0, 1, 2), (0,), (0, 1, 2), (2,)]):  # by the loss
        for i, (p, q) in enumerate(zip(first, other, strict=True)):
            p.grad = torch.randn_like(p) if i in reached else None
            q.grad = None if p.grad is None else p.grad.clone()
        ours.found_inf = torchs.found_inf = torch.tensor(float(step == 2))
        before = [p.detach().clone() for p in first]
        ours.step()
        torchs.step()
        assert all(torch.equal(p, was) for p, was in zip(first, before, strict=True)) is (step == 2)
        assert all(torch.equal(p, q) for p, q in zip(first, other, strict=True))
    for p, q in zip(first, other, strict=True):
        mine, its = ours.state[p], torchs.state[q]
        assert mine.keys() == its.keys()
        assert all(torch.equal(mine[word], its[word]) for word in its)


def test_the_length_of_gradients_is_torchs():
    some = [torch.randn(3, 4), torch.randn(5)]
    assert torch.equal(length(some), torch.nn.utils.get_total_norm(some))
    assert length([]) == 0

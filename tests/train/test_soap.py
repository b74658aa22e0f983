"""SOAP: Adam along the axes of the gradients."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from lamina.recipe import Optimizer
from lamina.train import soap
from lamina.train.optimizers import optimizers_for
from lamina.train.soap import EVERY, Soap


def moved(start, gradient, steps=25, decay=0.0):
    """Where steps along a gradient, a function of the weights and the step, lead."""
    p = nn.Parameter(start.clone())
    optimizer = Soap([{"params": [p], "weight_decay": decay}], lr=0.01, betas=(0.9, 0.99))
    for step in range(steps):
        p.grad = gradient(p.detach(), step)
        optimizer.step()
    return p.detach()


def orthogonal(n, seed):
    return torch.linalg.qr(torch.randn(n, n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64))[0]


def test_turning_the_space_of_rows_and_columns_turns_the_path():
    left, right = orthogonal(5, 0), orthogonal(5, 1)
    draw = torch.Generator().manual_seed(2)
    start = torch.randn(5, 5, generator=draw, dtype=torch.float64)
    noise = torch.randn(25, 5, 5, generator=draw, dtype=torch.float64)
    plain = moved(start, lambda w, step: w + noise[step])
    turned = moved(left @ start @ right, lambda w, step: w + left @ noise[step] @ right)
    assert_close(turned, left @ plain @ right)


def test_where_no_side_has_axes_it_is_adam_from_the_second_gradient_on(monkeypatch):
    monkeypatch.setattr(soap, "MOST_SIDE", 0)
    start, grads = torch.randn(6, 4), torch.randn(25, 6, 4)
    p = nn.Parameter(start.clone())
    adamw = torch.optim.AdamW([p], lr=0.01, betas=(0.9, 0.99), weight_decay=0.1)
    for grad in grads[1:]:
        p.grad = grad
        adamw.step()
    assert_close(moved(start, lambda _, step: grads[step], decay=0.1), p.detach())


def test_axes_stay_at_right_angles_and_find_the_directions_of_the_gradients():
    left, right = orthogonal(6, 0).float(), orthogonal(6, 1).float()
    lengths = torch.logspace(0, -1, 6)
    p = nn.Parameter(torch.zeros(6, 6))
    optimizer = Soap([{"params": [p]}], lr=0.0, betas=(0.9, 0.9))
    draw = torch.Generator().manual_seed(0)
    for _ in range(20 * EVERY):
        p.grad = left @ torch.diag(lengths * torch.randn(6, generator=draw)) @ right.mT
        optimizer.step()
    axes = optimizer.state[p]["left_axes"]
    assert_close(axes.mT @ axes, torch.eye(6), atol=1e-5, rtol=0)
    assert (left.mT @ axes).abs().max(0).values.min() > 0.95


@pytest.mark.parametrize("shape", [(16, 8, 3, 3), (16, 8)])
def test_it_moves_every_inner_matrix_and_adamw_the_rest(shape):
    p, bias, table = nn.Parameter(torch.zeros(shape)), nn.Parameter(torch.zeros(3)), nn.Parameter(torch.zeros(99, 2))
    first, second = optimizers_for(Optimizer(name="soap"), {"body.w": p, "body.b": bias, "entry.table": table})
    assert isinstance(first, Soap)
    assert [x.shape for g in second.param_groups for x in g["params"]] == [(99, 2), (3,)]  # rows that few batches see
    for _ in range(2):
        p.grad = torch.randn(shape)
        first.step()
    assert p.detach().abs().max() > 0


def test_a_filter_bank_moves_alike_however_its_numbers_lie():
    start, grads = torch.randn(8, 4, 3, 3), torch.randn(25, 8, 4, 3, 3)
    ends = []
    for layout in (torch.contiguous_format, torch.channels_last):
        p = nn.Parameter(start.clone().contiguous(memory_format=layout))
        optimizer = Soap([{"params": [p]}], lr=0.01, betas=(0.9, 0.99))
        for grad in grads:
            p.grad = grad.contiguous(memory_format=layout)
            optimizer.step()
        ends.append(p.detach())
    assert (ends[0] - start).abs().mean() > 0.01
    assert_close(ends[1], ends[0], atol=1e-4, rtol=1e-3)

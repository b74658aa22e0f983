"""Number's head against the formula."""

from __future__ import annotations

import torch
from torch.testing import assert_close

from lamina.forms import Vector
from lamina.heads import NumberHead


def test_the_loss_is_the_mean_squared_error():
    head, form = NumberHead(2), Vector(torch.tensor([[1.0, 2.0], [0.0, -1.0]]))
    with torch.no_grad():
        head.out.weight.copy_(torch.tensor([[1.0, 10.0]]))
        head.out.bias.fill_(0.5)
    assert_close(head.decode(form), torch.tensor([21.5, -9.5]))
    loss, count = head.loss(form, torch.tensor([20.5, -7.5]))
    assert (loss.item(), count) == (2.5, 2)


def test_a_temperature_means_nothing():
    head, form = NumberHead(2), Vector(torch.randn(3, 2))
    assert torch.equal(head.decode(form, 7.0), head.decode(form))


def test_one_row_keeps_its_axis():
    assert NumberHead(2).decode(Vector(torch.randn(1, 2))).shape == (1,)

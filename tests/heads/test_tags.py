"""Tags' head against the formulas."""

from __future__ import annotations

import torch
from torch.testing import assert_close

from lamina.forms import Vector
from lamina.heads import TagsHead

FORM = Vector(torch.randn(4, 3, generator=torch.Generator().manual_seed(0)))
TAGS = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0], [0.0, 1.0]])


def chances(head: TagsHead) -> torch.Tensor:
    return 1 / (1 + (-(FORM.x @ head.out.weight.T + head.out.bias)).exp())


def test_the_loss_is_the_binary_cross_entropy_of_each_label():
    head = TagsHead(3, 2)
    p = chances(head)
    loss, count = head.loss(FORM, TAGS)
    assert count == 4
    assert_close(loss, -(TAGS * p.log() + (1 - TAGS) * (1 - p).log()).mean())


def test_smoothing_moves_both_answers_to_the_middle():
    head = TagsHead(3, 2, smoothing=0.2)
    p, soft = chances(head), TAGS * 0.8 + 0.1
    assert_close(head.loss(FORM, TAGS)[0], -(soft * p.log() + (1 - soft) * (1 - p).log()).mean())


def test_labels_are_answered_each_on_its_own():
    head = TagsHead(3, 2)
    before = head.decode(FORM)
    assert_close(before, chances(head))
    with torch.no_grad():
        head.out.bias[1] += 5
    assert torch.equal(head.decode(FORM)[:, 0], before[:, 0])
    assert (head.decode(FORM)[:, 1] > before[:, 1]).all()


def test_the_temperature_divides_the_logits():
    head = TagsHead(3, 2)
    p = chances(head)
    assert_close(head.decode(FORM, 2.0), torch.sigmoid((p / (1 - p)).log() / 2))

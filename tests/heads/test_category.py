"""Category's head against the formulas."""

from __future__ import annotations

import math

import pytest
import torch
from torch.testing import assert_close

from lamina.forms import Vector
from lamina.heads import CategoryHead, balanced

FORM = Vector(torch.randn(4, 3, generator=torch.Generator().manual_seed(0)))
CLASSES = torch.tensor([0, 2, 1, 2])


def head(**settings) -> CategoryHead:
    torch.manual_seed(0)
    return CategoryHead(3, 3, **settings)


def nats(made: CategoryHead) -> torch.Tensor:
    """-log p of every class, by hand: (B, classes)."""
    logits = FORM.x @ made.out.weight.T + made.out.bias
    return -(logits - logits.exp().sum(1, keepdim=True).log())


def test_the_loss_is_minus_the_log_of_the_true_class():
    made = head()
    loss, count = made.loss(FORM, CLASSES)
    assert count == 4
    assert_close(loss, nats(made)[range(4), CLASSES].mean())


def test_smoothing_gives_every_class_its_share():
    made = head(smoothing=0.3)
    share = torch.full((4, 3), 0.1)
    share[range(4), CLASSES] += 0.7
    assert_close(made.loss(FORM, CLASSES)[0], (nats(made) * share).sum(1).mean())


def test_a_target_may_be_shares_of_classes():
    made = head()
    share = torch.tensor([[0.2, 0.8, 0.0], [1.0, 0.0, 0.0], [0.5, 0.25, 0.25], [0.0, 0.0, 1.0]])
    assert_close(made.loss(FORM, share)[0], (nats(made) * share).sum(1).mean())
    one_hot = torch.eye(3)[CLASSES]
    assert_close(made.loss(FORM, one_hot)[0], made.loss(FORM, CLASSES)[0])


@pytest.mark.parametrize("soft", [False, True])
def test_class_weights_multiply_the_loss_of_their_rows(soft):
    made = head(weights=(2.0, 1.0, 0.5))
    target = torch.eye(3)[CLASSES] if soft else CLASSES
    by_row = nats(made)[range(4), CLASSES] * torch.tensor([2.0, 0.5, 1.0, 0.5])
    assert_close(made.loss(FORM, target)[0], by_row.mean())  # not divided by the weights seen in the batch


def test_of_a_mixture_each_class_has_its_own_weight():
    made, weights = head(weights=(2.0, 1.0, 0.5), smoothing=0.1), torch.tensor([2.0, 1.0, 0.5])
    share = torch.tensor([[0.2, 0.8, 0.0], [1.0, 0.0, 0.0], [0.5, 0.25, 0.25], [0.0, 0.0, 1.0]])
    by_class = 0.9 * nats(made) + 0.1 * nats(made).mean(1, keepdim=True)  # as if each were the target alone
    assert_close(made.loss(FORM, share)[0], (by_class * share * weights).sum(1).mean())
    assert_close(made.loss(FORM, torch.eye(3)[CLASSES])[0], made.loss(FORM, CLASSES)[0])


def test_balanced_weights_have_mean_one_over_the_rows():
    for counts in ([30, 10], [5, 5, 5], [1, 100, 7], [4, 0, 4]):
        weights = balanced(counts)
        assert sum(c * w for c, w in zip(counts, weights, strict=True)) == pytest.approx(sum(counts))
        products = [c * w for c, w in zip(counts, weights, strict=True) if c]
        assert products == pytest.approx([products[0]] * len(products))  # every class weighs the same in all
    assert balanced([4, 0, 4])[1] == 0


def test_the_temperature_divides_the_logits():
    made = head()
    logits = -nats(made)
    assert_close(made.decode(FORM), logits.exp())
    hot = (logits / 2).exp()
    assert_close(made.decode(FORM, 2.0), hot / hot.sum(1, keepdim=True))
    assert_close(made.decode(FORM, 1e6), torch.full((4, 3), 1 / 3))


def test_a_sure_and_wrong_answer_costs_much_but_not_infinity():
    made = head()
    with torch.no_grad():
        made.out.bias.copy_(torch.tensor([1000.0, 0.0, 0.0]))
    loss = made.loss(FORM, torch.full((4,), 2))[0].item()
    assert 900 < loss < math.inf


def test_in_bfloat16_the_loss_is_still_summed_in_float32():
    with torch.autocast("cpu", torch.bfloat16):
        made = head()
        assert made.loss(FORM, CLASSES)[0].dtype == torch.float32
        assert made.decode(FORM).dtype == torch.float32
        assert_close(made.decode(FORM).sum(1), torch.ones(4))


def test_class_weights_are_not_part_of_the_weights_file():
    assert set(head(weights=(1.0, 1.0, 1.0)).state_dict()) == set(head().state_dict())

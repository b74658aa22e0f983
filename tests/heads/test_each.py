"""A label for every token, against plain cross-entropy."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

from lamina.forms import Tokens, as_rows
from lamina.heads import EachHead

LABELS = torch.tensor([[0, 2, -1, 1], [1, 0, -1, -1]])
MASK = torch.tensor([[True] * 4, [True, True, False, False]])  # the third token has a label never seen
FORM = Tokens(torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(0)), MASK)


def logits(head: EachHead) -> torch.Tensor:
    return FORM.x @ head.out.weight.T + head.out.bias


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_the_loss_is_the_cross_entropy_of_the_tokens_with_a_label(smoothing):
    head = EachHead(5, 3, smoothing=smoothing)
    known = LABELS >= 0
    loss, count = head.loss(FORM, LABELS)
    assert count == 5
    assert_close(loss, F.cross_entropy(logits(head)[known], LABELS[known], label_smoothing=smoothing))


def test_what_stands_in_padding_changes_no_loss():
    head = EachHead(5, 3)
    other = Tokens(torch.where(MASK[..., None], FORM.x, 100.0), MASK)
    assert_close(head.loss(other, LABELS)[0], head.loss(FORM, LABELS)[0])


def test_an_answer_is_a_row_of_shares_as_long_as_its_text():
    head = EachHead(5, 3)
    rows = as_rows(head.decode(FORM, 2.0))
    assert rows.lengths.tolist() == [4, 2]
    assert_close(torch.from_numpy(rows.row(1)), (logits(head)[1, :2] / 2).softmax(-1))
    assert_close(torch.from_numpy(rows.row(0)), (logits(head)[0] / 2).softmax(-1))


def test_a_batch_without_a_label_has_no_loss():
    loss, count = EachHead(5, 3).loss(FORM, torch.full((2, 4), -1))
    assert (loss.item(), count) == (0.0, 0)

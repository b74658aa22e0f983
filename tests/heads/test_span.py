"""Two pointers at the tokens of a text: the best pair, in its order, within its length, inside its text."""

from __future__ import annotations

import torch
from torch.testing import assert_close

from lamina.forms import Tokens
from lamina.heads.span import SpanHead

B, T, D = 6, 11, 4


def form(segments=True):
    torch.manual_seed(0)
    mask = torch.arange(T) < torch.tensor([11, 9, 7, 11, 8, 6])[:, None]
    parts = (torch.arange(T) >= torch.tensor([3, 4, 2, 5, 3, 4])[:, None]).long()
    return Tokens(torch.randn(B, T, D), mask, parts if segments else None)


def test_the_answer_is_the_best_pair_in_the_text_by_trying_all():
    head, given = SpanHead(D, 3).eval(), form()
    scores = head.out(given.x)
    for row, (first, last) in enumerate(head.decode(given).tolist()):
        inside = [t for t in range(T) if given.mask[row, t] and given.segments[row, t]]
        pairs = [(a, b) for a in inside for b in inside if a <= b < a + 3]
        best = max(pairs, key=lambda pair: scores[row, pair[0], 0] + scores[row, pair[1], 1])
        assert (first + inside[0], last + inside[0]) == best


def test_a_longer_answer_is_given_where_longer_ones_may_be():
    given = form()
    torch.manual_seed(1)
    short, long = SpanHead(D, 1), SpanHead(D, 8)
    long.load_state_dict(short.state_dict())
    lengths = [(head.decode(given).diff(dim=1) + 1).max() for head in (short, long)]
    assert lengths[0] == 1 < lengths[1] <= 8


def test_what_stands_outside_the_text_changes_nothing():
    head, given = SpanHead(D, 3).eval(), form()
    target = torch.tensor([[0, 1], [2, 2], [1, 3], [0, 0], [3, 4], [0, 1]])
    outside = ~(given.mask & (given.segments == 1))
    other = Tokens(torch.where(outside[..., None], given.x + 5, given.x), given.mask, given.segments)
    assert_close(head.loss(given, target)[0], head.loss(other, target)[0])
    assert torch.equal(head.decode(given), head.decode(other))
    moved = Tokens(torch.where(outside[..., None], given.x, given.x + torch.randn(B, T, D)), given.mask, given.segments)
    assert not torch.allclose(head.loss(given, target)[0], head.loss(moved, target)[0])


def test_a_text_alone_is_all_of_its_row():
    head, given = SpanHead(D, 3).eval(), form(segments=False)
    assert (head.decode(given)[:, 1] < given.mask.sum(1)).all()


def test_a_place_after_what_is_read_is_as_unlikely_as_can_be_told():
    head, given = SpanHead(D, 3).eval(), form()
    sums = head.figures(given, torch.full((B, 2), 40))
    assert sums.isfinite().all()
    assert (sums[:, 2] == 0).all()

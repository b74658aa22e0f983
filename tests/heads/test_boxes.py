"""Boxes from a pyramid: which place answers for which box, and what comes out."""

import pytest
import torch

from lamina.forms import Pyramid
from lamina.heads.boxes import BoxesHead, assigned, focal, grid, middle

SIDE = (64, 96)  # height and width


def pyramid(rows=2, width=8, seed=0):
    draw = torch.Generator().manual_seed(seed)
    return Pyramid(tuple(torch.randn(rows, width, 64 // s, 96 // s, generator=draw) for s in (8, 16, 32)))


def places():
    return torch.cat([grid(64 // s, 96 // s, float(s)) for s in (8, 16, 32)])


def test_a_place_answers_for_the_thing_whose_middle_it_is_near():
    at = places()
    target = torch.tensor([[[0, 20, 20, 44, 44], [1, 64, 8, 80, 24], [-1, -1, -1, -1, -1]]], dtype=torch.float32)
    whose = assigned(target, at)[0]
    for number, (x, y) in enumerate([(32, 32), (72, 16)]):
        mine = at[whose == number]
        assert len(mine) > 0
        assert (mine[:, :2] - torch.tensor([x, y])).abs().max() < 1.5 * 8
        assert set(mine[:, 2].tolist()) == {8.0}  # both are small, so the finest level answers


def test_large_things_are_for_the_coarser_levels():
    at = torch.cat([grid(256 // s, 256 // s, float(s)) for s in (8, 16, 32)])
    for side, level in ((40, 8.0), (150, 16.0), (250, 32.0)):  # from the middle they reach 20, 75 and 125 pixels
        target = torch.tensor([[[0.0, 128 - side / 2, 128 - side / 2, 128 + side / 2, 128 + side / 2]]])
        answering = at[assigned(target, at)[0] >= 0]
        assert level in answering[:, 2].tolist()
        assert {8.0, 16.0, 32.0} - set(answering[:, 2].tolist())


def test_of_two_things_over_each_other_the_smaller_is_answered_for():
    at = places()
    target = torch.tensor([[[0.0, 10, 10, 54, 54], [1.0, 24, 24, 40, 40]]])
    here = ((at[:, :2] - 32).abs() < 5).all(1) & (at[:, 2] == 8)
    assert set(assigned(target, at)[0][here].tolist()) == {1}


def test_being_central_is_one_in_the_middle_and_nothing_at_the_edge():
    box = torch.tensor([[0.0, 0, 20, 20]])
    assert middle(box, torch.tensor([[10.0, 10, 8]])).item() == pytest.approx(1)
    assert middle(box, torch.tensor([[0.0, 10, 8]])).item() == 0
    assert middle(box, torch.tensor([[5.0, 10, 8]])).item() == pytest.approx((5 / 15) ** 0.5)


def test_what_is_easy_counts_little():
    truth = torch.zeros(1, 1)
    easy, hard = focal(torch.tensor([[-4.0]]), truth), focal(torch.tensor([[1.0]]), truth)
    p = torch.tensor(1.0).sigmoid()
    assert hard.item() == pytest.approx((-0.75 * p**2 * torch.log(1 - p)).item(), rel=1e-5)
    assert easy < hard / 1000


def test_the_box_that_the_net_says_comes_out_in_pixels():
    head = BoxesHead(8, 2, SIDE).eval()
    form = Pyramid(tuple(torch.zeros_like(level[:1]) for level in pyramid().levels))
    logits, _, central, _ = head.raw(form)
    head.raw = lambda form: said(logits, central)

    def said(logits, central):
        logits, central = torch.full_like(logits, -9), torch.full_like(central, 9)
        boxes = torch.zeros(*central.shape, 4)
        logits[0, 40, 1], boxes[0, 40] = 3, torch.tensor([-5.0, 8, 30, 70])
        return logits, boxes, central, places()

    out = head.decode(form)
    assert out.mask.tolist() == [[True]]
    score = (torch.tensor(3.0).sigmoid() * torch.tensor(9.0).sigmoid()).sqrt()
    torch.testing.assert_close(out.x[0, 0], torch.tensor([1.0, 0, 8, 30, 64, score]))  # cut at the picture's edge


def test_a_picture_without_things_teaches_that_there_are_none():
    head = BoxesHead(8, 2, SIDE)
    nothing = torch.full((2, 1, 5), -1.0)
    loss, count = head.loss(pyramid(), nothing)
    loss.backward()
    assert count == 0  # the loss is then a sum
    assert loss.isfinite()
    assert head.scores.bias.grad.min() > 0  # every class becomes less probable
    assert head.reach.weight.grad is None or not head.reach.weight.grad.any()


def test_learning_finds_the_box():
    torch.manual_seed(0)
    head, form = BoxesHead(8, 2, SIDE), pyramid()
    target = torch.tensor([[[1.0, 16, 16, 40, 48]], [[0.0, 50, 10, 90, 40]]])
    mover = torch.optim.Adam(head.parameters(), 0.02)
    for _ in range(150):
        loss, _ = head.loss(form, target)
        mover.zero_grad()
        loss.backward()
        mover.step()
    found = head.decode(form)
    for row in range(2):
        assert found.x[row, 0, 0] == target[row, 0, 0]
        assert (found.x[row, 0, 1:5] - target[row, 0, 1:]).abs().max() < 3

"""How much boxes overlap, and which of them stay."""

import pytest
import torch

from lamina.layers.overlap import areas, giou, iou, nms


def boxes(count, seed=0, span=50.0):
    draw = torch.Generator().manual_seed(seed)
    corner = torch.rand(count, 2, generator=draw) * span
    return torch.cat([corner, corner + torch.rand(count, 2, generator=draw) * span / 2], dim=1)


def test_overlap_is_counted_pixel_by_pixel():
    one, other = torch.tensor([[1.0, 2.0, 7.0, 9.0]]), torch.tensor([[3.0, 0.0, 10.0, 5.0], [20.0, 20.0, 30.0, 30.0]])
    drawn = torch.zeros(3, 40, 40, dtype=torch.bool)
    for canvas, (x0, y0, x1, y1) in zip(drawn, torch.cat([one, other]).int().tolist(), strict=True):
        canvas[y0:y1, x0:x1] = True
    both, either = (drawn[:1] & drawn[1:]).sum((1, 2)), (drawn[:1] | drawn[1:]).sum((1, 2))
    torch.testing.assert_close(iou(one, other)[0], both / either)


def test_a_box_that_is_far_off_still_has_a_way_to_come_nearer():
    far = torch.tensor([[20.0, 20.0, 24.0, 24.0]], requires_grad=True)
    truth = torch.tensor([[0.0, 0.0, 4.0, 4.0]])
    assert iou(far, truth).item() == 0
    found = giou(far, truth)
    assert found.item() == pytest.approx(-(24 * 24 - 32) / (24 * 24))
    found.backward()
    assert far.grad[0, 0] < 0  # moving its left edge to the left makes it better
    assert giou(truth, truth).item() == pytest.approx(1)


def test_a_box_turned_inside_out_has_no_area():
    assert areas(torch.tensor([5.0, 5.0, 1.0, 9.0])) == 0


@pytest.mark.parametrize("seed", range(20))
def test_what_stays_is_what_the_greedy_rule_keeps(seed):
    found, draw = boxes(60, seed), torch.Generator().manual_seed(seed)
    scores = torch.rand(60, generator=draw).round(decimals=1)  # many are equal
    groups = torch.randint(0, 3, (60,), generator=draw)
    kept = []
    for i in sorted(range(60), key=lambda i: (-scores[i].item(), i)):
        if all(groups[i] != groups[j] or iou(found[i : i + 1], found[j : j + 1]) <= 0.3 for j in kept):
            kept.append(i)
    assert nms(found, scores, groups, 0.3).tolist() == kept


def test_no_boxes_at_all():
    assert nms(torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, dtype=torch.long)).tolist() == []

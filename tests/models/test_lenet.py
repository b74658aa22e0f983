"""LeNet-5 is the net of the paper, where it does not say otherwise."""

import torch

from lamina.models.lenet import LeNet, LeNetPlan


def test_the_layers_have_the_papers_counts():
    body = LeNet(LeNetPlan(), 1, 28, 28)
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in body.named_children()}
    # section II.B: C1 has 156, C5 48,120 and F6 10,164; C3 would have 1,516 with table I's gaps and has all 2,416
    assert counts == {"c1": 156, "c3": 2416, "c5": 48120, "f6": 10164, "shrink": 0}


def test_what_it_gives_is_held_within_one():
    form = LeNet(LeNetPlan(), 1, 28, 28)(100 * torch.randn(4, 1, 28, 28))
    assert form.x.abs().max() <= 1

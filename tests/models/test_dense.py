"""What is particular to the pages whose answers lie in a picture."""

from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lamina.errors import PlanError
from lamina.layers.resample import resized
from lamina.models import build


def changed(body, x, place):
    """By how much each place of the finest map changes when one pixel does."""
    other = x.clone()
    other[0, :, place[0], place[1]] += 5
    with torch.no_grad():
        one, two = body(x), body(other)
    first = (form.levels[0] if hasattr(form, "levels") else form.x for form in (one, two))
    return (next(first) - next(first)).abs().amax((0, 1))


@pytest.mark.parametrize("side", [(48, 48), (33, 47)])
def test_the_map_of_a_unet_is_as_large_as_a_small_picture(side):
    body = build("unet", {"width": 4}, (1, *side)).eval()
    assert body(torch.randn(1, 1, *side)).x.shape == (1, 4, *side)


def test_a_large_picture_is_halved_at_first():
    body = build("unet", {"width": 4}, (1, 128, 160)).eval()
    assert body(torch.randn(1, 1, 128, 160)).x.shape == (1, 4, 64, 80)


def test_over_the_bridges_a_pixel_changes_its_own_place_most_and_far_ones_too():
    torch.manual_seed(0)
    body = build("unet", {"width": 4, "depth": 3}, (1, 64, 64)).eval()
    moved = changed(body, torch.randn(1, 1, 64, 64), (20, 30))
    place = divmod(int(moved.argmax()), 64)
    assert max(abs(place[0] - 20), abs(place[1] - 30)) <= 2
    assert moved[20, 30] > 0
    assert moved[32:, 40:].any()  # far off, by way of the lowest stage


def test_a_picture_too_small_to_be_halved_so_often_is_refused():
    with pytest.raises(PlanError, match=r"model\.depth=2"):
        build("unet", {"depth": 5}, (1, 20, 20))


def test_edsr_begins_as_interpolation_and_can_learn_what_that_lacks():
    torch.manual_seed(0)
    body = build("edsr", {"width": 8, "depth": 2, "times": 3}, (3, 12, 16))
    x = torch.randn(2, 3, 12, 16)
    coarse = resized(x, 36, 48)
    made = body(x).x
    assert made.shape == (2, 3, 36, 48)
    assert (made - coarse).abs().mean() < 0.1 * coarse.abs().mean()
    sharp = torch.randn(2, 3, 36, 48)
    mover = torch.optim.Adam(body.parameters(), 0.01)
    before = F.mse_loss(made, sharp).item()
    for _ in range(40):
        loss = F.mse_loss(body(x).x, sharp)
        mover.zero_grad()
        loss.backward()
        mover.step()
    assert loss.item() < 0.95 * before


def test_the_levels_of_a_pyramid_halve_and_the_finest_knows_what_the_coarsest_sees():
    torch.manual_seed(0)
    body = build("fcos", {"stem": 4, "width": 8}, (3, 96, 128)).eval()
    for module in body.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)  # a block that begins as the identity passes nothing on
    x = torch.randn(1, 3, 96, 128)
    assert [level.shape[2:] for level in body(x).levels] == [(12, 16), (6, 8), (3, 4)]
    assert changed(body, x, (90, 120))[11, 15] > 0
    moved = changed(body, x, (10, 10))
    assert moved[1, 1] > 0
    assert moved[9:].any()  # more than sixty pixels away, by way of the coarser levels


def written_out(w, x, depth):
    """Figure 1 of the paper by hand, from a body's weights by name: two convolutions a stage, halved by maxima on the
    way down, doubled by transposed convolutions on the way up, beside what stood at the same height."""

    def pair(name, x):
        for i in (0, 1):
            x = F.conv2d(x, w[f"{name}.convs.{i}.conv.weight"], padding=1)
            mean, spread, scale, shift = (
                w[f"{name}.convs.{i}.norm.{part}"].view(-1, 1, 1)
                for part in ("running_mean", "running_var", "weight", "bias")
            )
            x = ((x - mean) / (spread + 1e-5).sqrt() * scale + shift).clamp(min=0)
        return x

    stages = [pair("first", x)]
    for i in range(depth):
        halves = stages[-1].unfold(2, 2, 2).unfold(3, 2, 2).amax((-1, -2))
        stages.append(pair(f"downs.{i}.pair", halves))
    x = stages.pop()
    for i in range(depth):
        kernel, shift = w[f"ups.{i}.rise.weight"], w[f"ups.{i}.rise.bias"]
        b, _, height, width = x.shape
        risen = torch.einsum("bchw,cdyx->bdhywx", x, kernel).reshape(b, -1, 2 * height, 2 * width)
        x = pair(f"ups.{i}.pair", torch.cat([stages.pop(), risen + shift.view(-1, 1, 1)], 1))
    return x


def test_a_unet_is_the_papers_figure_written_out():
    torch.manual_seed(0)
    body = build("unet", {"width": 6, "depth": 3}, (3, 32, 48))
    body(torch.randn(4, 3, 32, 48))  # so that the norms' means are not those they began with
    x = torch.randn(2, 3, 32, 48)
    with torch.no_grad():
        torch.testing.assert_close(body.eval()(x).x, written_out(body.state_dict(), x, 3), rtol=1e-5, atol=1e-5)


def test_a_unet_of_the_papers_size_has_its_weights():
    """The paper's net, 64 channels and four halvings: 9 · in · out of every convolution, 4 · in · out + out of each
    doubling. Without biases of the convolutions, which the norms undo, and two figures a channel of each norm."""
    body = build("unet", {"width": 64, "depth": 4, "stride": 1}, (1, 128, 128))
    wide = [64, 128, 256, 512, 1024]
    down = [9 * a * b + 9 * b * b for a, b in zip([1, *wide[:-1]], wide, strict=True)]
    up = [4 * b * a + a + 9 * b * a + 9 * a * a for a, b in pairwise(wide)]
    norms = 2 * (2 * sum(wide) + 2 * sum(wide[:-1]))
    assert sum(p.numel() for p in body.parameters()) == sum(down) + sum(up) + norms

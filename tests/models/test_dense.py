"""What is particular to the pages whose answers lie in a picture."""

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

"""A picture from a map."""

import pytest
import torch
from torch import nn

from lamina.errors import PlanError
from lamina.forms import Map
from lamina.heads.pixels import EPSILON, PhotosHead, PixelsHead
from lamina.kinds.photo import Photos
from lamina.layers import Pixels

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.3, 0.1)


def test_it_begins_by_handing_on_what_came_in():
    pixels = torch.randint(0, 256, (2, 3, 6, 5), dtype=torch.uint8)
    head = PixelsHead(3, MEAN, STD)
    out = head.decode(Map(Pixels(MEAN, STD, 3)(pixels)))
    torch.testing.assert_close(out, pixels / 255, atol=1e-6, rtol=0)


def test_an_even_gap_costs_what_its_formula_says():
    pixels = torch.full((2, 3, 4, 4), 0.5)
    form = Map(Pixels(MEAN, STD, 3)(pixels))
    assert PixelsHead(3, MEAN, STD).loss(form, pixels + 0.1)[0].item() == pytest.approx((0.01 + EPSILON**2) ** 0.5)
    assert PixelsHead(3, MEAN, STD, loss="mse").loss(form, pixels + 0.1)[0].item() == pytest.approx(0.01)


def test_pictures_of_many_sizes_are_answered_each_at_its_own():
    pictures = [torch.randint(0, 256, (3, high, 5), dtype=torch.uint8) for high in (4, 7)]
    head = PhotosHead(3, MEAN, STD)
    entry = Pixels(MEAN, STD, 3)
    out = head.answer(lambda inputs: Map(entry(inputs["x"])), {"x": Photos(tuple(pictures))})
    for row, picture in enumerate(pictures):
        held = out.x[row][out.mask[row]]
        assert held[:2].tolist() == list(picture.shape[1:])
        torch.testing.assert_close(held[2:].view(-1, 5, 3).permute(2, 0, 1), picture / 255, atol=1e-6, rtol=0)


def test_a_wide_map_is_brought_to_the_colours():
    head = PixelsHead(8, MEAN[:1], STD[:1])
    assert head.decode(Map(torch.randn(2, 8, 4, 4))).shape == (2, 1, 4, 4)
    assert isinstance(head.out, nn.Conv2d)


def test_a_model_that_makes_pictures_of_another_size_is_refused_with_one_that_does_not():
    with pytest.raises(PlanError, match="6 × 5 pixels of a picture that is to be 12 × 10") as caught:
        PhotosHead(3, MEAN, STD).loss(Map(torch.zeros(1, 3, 6, 5)), torch.zeros(1, 3, 12, 10))
    assert "--model edsr" in caught.value.fix

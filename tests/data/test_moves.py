"""A mask and boxes go where their picture goes."""

import numpy as np
import pytest
import torch

from lamina.data.moves import DRAWS, Moves, cut, moved_boxes, moved_mask, moved_pixels, paths
from lamina.kinds.photo import Photos
from lamina.rng import by_row

SIDES = (24, 36)


def draws(rows=6, seed=0):
    return torch.from_numpy(by_row(np.arange(rows), DRAWS, seed, "moves"))


def scene(rows=6, seed=0):
    """Black pictures with a white rectangle each, its mask and its box."""
    draw = np.random.default_rng(seed)
    pixels, boxes = torch.zeros(rows, 3, *SIDES, dtype=torch.uint8), torch.full((rows, 2, 5), -1.0)
    for row in range(rows):
        (y0, x0), (high, wide) = draw.integers(2, 10, 2), draw.integers(6, 12, 2)
        pixels[row, :, y0 : y0 + high, x0 : x0 + wide] = 255
        boxes[row, 1] = torch.tensor([3, x0, y0, x0 + wide, y0 + high])
    return pixels, (pixels[:, 0] > 0).long(), boxes


@pytest.mark.parametrize(
    "moves",
    [
        Moves(),
        Moves(flip=1),
        Moves(upside=1),
        Moves(turn=1),
        Moves(flip=0.5, upside=0.5, turn=0.5),
        Moves(zoom=0.3, most=0.1),
        Moves(flip=0.5, upside=0.5, turn=0.5, zoom=0.3, most=0.1),
    ],
)
def test_mask_and_box_stay_on_the_thing(moves):
    pixels, mask, boxes = scene()
    way = paths(moves, draws(), *SIDES)
    shown = moved_pixels(pixels, way, torch.zeros(3))[:, 0]
    named, found = moved_mask(mask, way), moved_boxes(boxes, way, *SIDES)
    assert (found[:, 0, 0] == -1).all()
    seen = 0
    for picture, classes, box in zip(shown, named, found[:, 1], strict=True):
        lit = (picture > 127).nonzero()
        if box[0] < 0:
            continue
        seen += 1
        y0, x0 = lit.amin(0).tolist()
        y1, x1 = (lit.amax(0) + 1).tolist()
        assert (box - torch.tensor([3, x0, y0, x1, y1])).abs().max() <= 1
        inside = classes[y0:y1, x0:x1]
        assert inside.float().mean() > 0.8
    assert seen >= 4


def test_nothing_moved_is_nothing_changed():
    pixels, mask, boxes = scene()
    pixels = torch.randint_like(pixels, 256)
    way = paths(Moves(), draws(), *SIDES)
    assert torch.equal(moved_pixels(pixels, way), pixels)
    assert torch.equal(moved_mask(mask, way), mask)
    torch.testing.assert_close(moved_boxes(boxes, way, *SIDES), boxes)


def test_a_mirror_image_is_exact_and_twice_is_once():
    pixels = torch.randint(0, 256, (6, 3, *SIDES), dtype=torch.uint8)
    way = paths(Moves(flip=1, upside=1), draws(), *SIDES)
    assert torch.equal(moved_pixels(pixels, way), pixels.flip(2, 3))
    assert torch.equal(moved_pixels(moved_pixels(pixels, way), way), pixels)


def test_a_box_that_has_left_the_picture_is_none():
    pixels, _, boxes = scene()
    gone = draws()
    gone[:, 5:7] = 1.0
    found = moved_boxes(boxes, paths(Moves(most=0.9), gone, *SIDES), *SIDES)
    assert (found[..., 0] == -1).all()
    assert pixels.any()


def test_what_a_row_gets_does_not_depend_on_its_company():
    pixels, _, _ = scene()
    moves = Moves(flip=0.5, turn=0.5, rotate=10, zoom=0.2, most=0.1)
    whole = moved_pixels(pixels, paths(moves, draws(), *SIDES))
    alone = moved_pixels(pixels[3:4], paths(moves, draws()[3:4], *SIDES))
    assert torch.equal(whole[3:4], alone)


def test_squares_of_a_small_and_a_large_picture_show_the_same():
    draw = torch.Generator().manual_seed(0)
    small = [torch.randint(0, 256, (3, h, w), dtype=torch.uint8, generator=draw) for h, w in ((9, 14), (20, 5), (8, 8))]
    large = [x.repeat_interleave(3, 1).repeat_interleave(3, 2) for x in small]
    made = cut({"small": Photos(tuple(small)), "large": Photos(tuple(large))}, 8, draws(3))
    assert made["small"].shape == (3, 3, 8, 8)
    assert torch.equal(made["large"], made["small"].repeat_interleave(3, 2).repeat_interleave(3, 3))
    alone = cut({"small": Photos(tuple(small[1:2])), "large": Photos(tuple(large[1:2]))}, 8, draws(3)[1:2])
    assert torch.equal(alone["small"], made["small"][1:2])

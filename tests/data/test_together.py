"""Augmentation of pictures whose answer lies in them, as batches give it."""

import numpy as np
import pytest
import torch

from lamina.data.augment import Augment
from lamina.data.mirrored import no_up
from lamina.data.together import choose_together, moves_together, together
from lamina.forms import Batch
from lamina.kinds import Category, Field, Image, Schema
from lamina.kinds.boxes import Boxes
from lamina.kinds.mask import Mask
from lamina.kinds.photo import Photo, Photos

MEAN = {"mean": (0.5,) * 3, "std": (0.2,) * 3}
IMAGE = Field("image", Image(height=32, width=32, channels=3, **MEAN), "input")


def schema(kind, source=IMAGE):
    return Schema((source, Field("answer", kind, "target")))


def batch(target, pixels=None, rows=4):
    drawn = torch.randint(0, 256, (rows, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    pixels = drawn if pixels is None else pixels
    return Batch({"image": pixels}, {"answer": target}, torch.arange(rows), 1)


def test_a_mask_of_the_bright_pixels_stays_one():
    made = batch(torch.zeros(0))
    large = made.inputs["image"][:, :, ::8, ::8].repeat_interleave(8, 2).repeat_interleave(8, 3)
    truth = (large[:, 0] > 127).long()
    augment = Augment(flip=0.5, upside=0.5, turn=0.5, crop=3)
    out = together(batch(truth, large), augment, schema(Mask(height=32, width=32, values=(0, 1))), 0, 0)
    agree = ((out.inputs["image"][:, 0] > 127) == (out.targets["answer"] == 1)).float().mean()
    assert agree > 0.97
    assert not torch.equal(out.targets["answer"], truth)


def test_a_row_gets_the_same_in_any_company():
    boxes = torch.tensor([[1.0, 4, 4, 20, 24]]).expand(4, 1, 5)
    kind = Boxes(height=32, width=32, labels=("a", "b"))
    whole = batch(boxes)
    augment = Augment(flip=0.5, zoom=0.2, crop=3, colour=0.2, erase=0.5)
    out = together(whole, augment, schema(kind), 0, 7)
    alone = Batch({"image": whole.inputs["image"][2:3]}, {"answer": boxes[2:3]}, torch.tensor([2]), 1)
    one = together(alone, augment, schema(kind), 0, 9)
    assert torch.equal(one.inputs["image"], out.inputs["image"][2:3])
    assert torch.equal(one.targets["answer"], out.targets["answer"][2:3])


def test_pictures_of_many_sizes_become_squares():
    small = Photos(tuple(torch.zeros(3, 9 + i, 20, dtype=torch.uint8) for i in range(4)))
    large = Photos(tuple(torch.zeros(3, 3 * (9 + i), 60, dtype=torch.uint8) for i in range(4)))
    given = Batch({"small": small}, {"answer": large}, torch.arange(4))
    source = Field("small", Photo(channels=3, **MEAN), "input")
    out = together(given, Augment(patch=8), schema(Photo(times=3, channels=3), source), 0, 0)
    assert (out.inputs["small"].shape, out.targets["answer"].shape) == ((4, 3, 8, 8), (4, 3, 24, 24))


def test_only_answers_that_lie_in_the_picture_move_with_it():
    assert moves_together(schema(Mask()))
    assert not moves_together(schema(Category()))


@pytest.mark.parametrize(("above", "below", "kept"), [(200, 60, 0.0), (120, 125, 1.0)])
def test_pictures_lit_from_above_are_not_turned(above, below, kept):
    pixels = np.full((5, 16, 16, 3), above, np.uint8)
    pixels[:, 8:] = below
    assert no_up(pixels) == kept
    augment, reasons = choose_together(schema(Mask(height=16, width=16)), 50, no_up(pixels))
    assert augment.turn == 0.5 * kept
    assert any("lit" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("labels", "flip", "turn"),
    [
        (("left hand", "right hand"), 0.0, 0.0),
        (("arrow_up", "arrow_down"), 0.5, 0.0),
        (("top", "cup"), 0.5, 0.0),
        (("cup", "stop"), 0.5, 0.5),
    ],
)
def test_boxes_whose_labels_speak_of_a_side_are_not_taken_to_another(labels, flip, turn):
    made, reasons = choose_together(schema(Boxes(height=32, width=32, labels=labels)), 50, 1.0)
    assert (made.flip, made.upside, made.turn) == (flip, turn, turn)
    assert any("the labels speak of" in reason for reason in reasons) == (turn == 0)

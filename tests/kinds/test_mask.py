"""What a mask file may hold, and what becomes of it."""

import io

import numpy as np
import pytest
import torch
from PIL import Image as Pictures

from lamina.data.table import Files
from lamina.errors import KindError
from lamina.kinds import Field, Schema, kind_from_json, kind_from_words
from lamina.kinds.base import Unreadable
from lamina.kinds.mask import VOID, Mask


def png(array, mode=None):
    out = io.BytesIO()
    Pictures.fromarray(array).convert(mode).save(out, "PNG") if mode else Pictures.fromarray(array).save(out, "PNG")
    return out.getvalue()


def packed(array, quality):
    out = io.BytesIO()
    Pictures.fromarray(array).save(out, "JPEG", quality=quality)
    return out.getvalue()


def disc(values=(0, 255), side=48):
    """Things of all values but the first, on it."""
    array = np.full((side, side), values[0], np.uint8)
    rows, columns = np.mgrid[:side, :side]
    for place, value in enumerate(values[1:]):
        array[(rows - 14 - 20 * place) ** 2 + (columns - 20) ** 2 < 90] = value
    return array


def column_of(*files):
    return Files("mask", [str(i) for i in range(len(files))], lambda name: files[int(name)])


def fitted(*arrays, kind=None):
    return (kind or Mask()).fit(column_of(*map(png, arrays)), np.arange(len(arrays)))


def random(values, shape=(6, 8), seed=0, dtype=np.uint8):
    return np.random.default_rng(seed).choice(values, shape).astype(dtype)


def test_the_values_of_training_are_the_classes():
    kind = fitted(random([0, 7, 200]))
    assert (kind.values, kind.classes, kind.height, kind.width) == ((0, 7, 200), 3, 6, 8)
    assert sum(kind.shares) == pytest.approx(1)


def test_a_void_pixel_is_of_no_class():
    array = random([0, 1, 2, 255])
    kind = fitted(array)
    assert kind.values == (0, 1, 2)
    held = kind.encode([png(array)])
    assert not held.bad
    assert np.array_equal(held.array[0], np.where(array == 255, VOID, array))
    assert torch.equal(kind.collate(held.array)[0] == -1, torch.from_numpy(array == 255))


def test_white_is_a_class_where_the_others_do_not_count_up_to_it():
    array = random([0, 128, 255])
    kind = fitted(array)
    assert kind.values == (0, 128, 255)
    assert np.array_equal(kind.decode(kind.encode([png(array)]).array)[0], array)
    assert kind.decided("mask") == "255 is a class, --kind 'mask=Mask(void=true)' makes it none"


def test_whether_white_is_a_class_is_said_and_may_be_said_otherwise():
    counted, gaps = random([0, 1, 2, 255]), random([0, 8, 12, 255])
    assert (
        fitted(counted).decided("mask")
        == "pixels of 255 are of no class, --kind 'mask=Mask(void=false)' makes them one"
    )
    assert fitted(counted, kind=kind_from_words("Mask(void=false)")).values == (0, 1, 2, 255)
    asked = fitted(gaps, kind=kind_from_words("Mask(void=true)"))
    assert asked.values == (0, 8, 12)
    assert np.array_equal(asked.encode([png(gaps)]).array[0] == VOID, gaps == 255)
    assert kind_from_json(asked.to_json()) == asked
    column = column_of(png(counted))
    schema = Schema((Field("mask", Mask(), "target", "as its source says"),)).fit({"mask": column}, np.arange(1))
    assert schema.target.reason.startswith("as its source says; pixels of 255 are of no class")
    assert fitted(random([0, 255])).decided("mask") == ""


def test_black_and_white_are_two_classes():
    kind = fitted(random([0, 255]))
    assert kind.values == (0, 255)
    assert [int(x.max()) for x in kind.decode(torch.ones(1, 2, 2))] == [255]


def test_numbered_things_become_the_foreground():
    many = np.arange(48, dtype=np.uint16).reshape(6, 8)
    kind = fitted(many)
    assert kind.foreground
    assert kind.labels == ("background", "foreground")
    assert kind.decided("mask").startswith("all values but 0 are the foreground, --kind")
    held = kind.encode([png(many * 900)])
    assert np.array_equal(held.array[0], many > 0)
    other = fitted(random(range(200), (20, 20)))  # 8 bits, and too many values for classes
    assert other.foreground


@pytest.mark.parametrize("quality", [30, 75, 100])
def test_what_jpeg_makes_of_black_and_white_is_cut_in_the_middle(quality):
    array = disc()
    file = packed(array, quality)
    assert len(np.unique(Pictures.open(io.BytesIO(file)))) > 2
    kind = Mask().fit(column_of(file), np.arange(1))
    assert (kind.foreground, kind.cut) == (True, 128)
    assert np.mean(kind.encode([file]).array[0] != (array > 0)) < 0.01
    told = (
        "grey is cut at 128, brighter is the foreground, --kind 'mask=Mask(foreground=false)' makes each value a class"
    )
    assert kind.decided("mask") == told
    assert kind_from_json(kind.to_json()) == kind


def test_masks_that_were_resized_are_cut_in_the_middle():
    large = Pictures.fromarray(disc(side=96))
    small = np.asarray(large.resize((60, 60), Pictures.Resampling.BILINEAR))
    kind = fitted(small)
    assert (kind.foreground, kind.cut) == (True, 128)
    assert np.array_equal(kind.encode([png(small)]).array[0], small >= 128)


def test_grey_is_a_class_where_it_is_one():
    assert fitted(disc((0, 128, 255))).values == (0, 128, 255)
    assert fitted(random(range(0, 251, 25), (48, 48))).values == tuple(range(0, 251, 25))
    few = np.where(disc() > 0, random([254, 255], (48, 48)), random([0, 0, 0, 1], (48, 48)))
    assert (fitted(few).classes, fitted(few, kind=Mask(foreground=False)).classes) == (2, 4)
    numbers = np.arange(48 * 48).reshape(48, 48) % 200 * (disc() > 0)
    assert (fitted(numbers.astype(np.uint8)).cut, fitted(disc(), kind=Mask(cut=9)).cut) == (1, 9)


def test_jpeg_files_hold_no_classes():
    column = column_of(packed(disc((0, 128, 255)), 90))
    with pytest.raises(KindError, match="are JPEG files, which do not keep the number of a class") as caught:
        Mask().fit(column, np.arange(1))
    assert caught.value.fix.endswith("--kind 'mask=Mask(cut=128)' to cut all at 128")
    assert kind_from_words("Mask(cut=128)").fit(column, np.arange(1)).foreground


def test_each_pixel_takes_the_nearest_when_masks_are_squeezed():
    array = np.kron(random([0, 1, 2], (4, 4)), np.ones((6, 6), np.uint8))
    kind = fitted(array, kind=Mask(side=8))
    held = kind.encode([png(array)]).array[0]
    assert held.shape == (8, 8)
    assert set(np.unique(held)) <= {0, 1, 2}
    assert np.array_equal(held[::2, ::2], array[::6, ::6])


def test_a_value_that_no_training_mask_has_is_refused():
    kind = fitted(random([0, 1, 2]))
    strange = random([0, 1])
    strange[2, 3:6] = 9
    held = kind.encode([png(strange), png(random([0, 1]))])
    assert held.bad == {0: "3 pixels have the value 9, which no training mask has"}
    white = png(np.where(strange == 9, 255, strange))
    assert not kind.encode([white]).bad
    gaps = fitted(random([0, 1, 7])).encode([white])
    assert gaps.bad[0].startswith("3 pixels have the value 255, which no training mask has; --kind COLUMN='Mask(void")


def test_colours_are_refused_and_grey_in_three_channels_is_not():
    colours = np.random.default_rng(0).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    kind = fitted(random([0, 1, 2]))
    held = kind.encode([png(colours), png(np.repeat(random([0, 1, 2])[..., None], 3, 2)), Unreadable("gone")])
    assert held.bad.keys() == {0, 2}
    assert "colours" in held.bad[0]
    with pytest.raises(
        KindError, match=r"none of 1 training masks .* \(a mask of colours; one number a pixel"
    ) as caught:
        fitted(colours)
    assert caught.value.fix.startswith("write the number of each colour")


@pytest.mark.parametrize("value", [0, VOID])
def test_masks_of_one_value_teach_nothing(value):
    with pytest.raises(KindError, match=f"hold the value {value} alone"):
        fitted(np.full((6, 8), value, np.uint8))


def test_a_mask_of_another_side_than_its_picture_does_not_fit():
    kind = fitted(random([0, 1]))
    held = kind.encode([png(random([0, 1]))]).array
    assert kind.misfits(held, {"image": np.zeros((1, 6, 8, 3), np.uint8)}) == {}
    assert kind.misfits(held, {"image": np.zeros((1, 8, 8, 3), np.uint8)}).keys() == {0}


def test_it_is_shown_in_colours():
    assert fitted(random([0, 1])).show(png(random([0, 1]))).mode == "RGB"

"""Pictures kept at their own size."""

import io

import numpy as np
import torch
from PIL import Image as Pictures

from lamina.data.table import Files
from lamina.kinds.photo import Photo, Photos
from lamina.ragged import Ragged


def png(array):
    out = io.BytesIO()
    Pictures.fromarray(array).save(out, "PNG")
    return out.getvalue()


def picture(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


ARRAYS = [picture(12, 15), picture(9, 21, 1), picture(300, 6, 2)]


def fitted(kind=None):
    files = [png(x) for x in ARRAYS]
    column = Files("image", ["0", "1", "2"], lambda name: files[int(name)])
    return (kind or Photo()).fit(column, np.arange(3)), files


def test_every_picture_keeps_its_size_and_its_bytes():
    kind, files = fitted()
    held = kind.encode(files)
    assert not held.bad
    batch = kind.collate(held.array)
    assert isinstance(batch, Photos)
    for x, array in zip(batch.each, ARRAYS, strict=True):
        assert torch.equal(x, torch.from_numpy(array).permute(2, 0, 1))
    again = kind.decode(kind.in_units(held.array))
    assert all(np.array_equal(x, array) for x, array in zip(again, ARRAYS, strict=True))


def test_sides_are_cut_to_what_can_be_made():
    kind, files = fitted(Photo(times=3))
    big = picture(14, 16)
    held = kind.encode([*files, png(big), png(picture(2, 40))])
    assert held.bad == {4: "2 × 40 pixels, too small to be made 3 times"}
    assert torch.equal(kind.collate(held.array).each[3], torch.from_numpy(big[:12, :15]).permute(2, 0, 1))
    assert held.converted == {"cut to sides that are multiples of 3": 1}


def test_a_batch_can_be_cut():
    kind, files = fitted()
    batch = kind.collate(kind.encode(files).array)
    assert len(batch) == 3
    assert torch.equal(batch.cut(1, 2).each[0], batch.each[1])


def test_grey_stays_grey():
    kind = Photo().fit(Files("x", ["0"], lambda _: png(picture(9, 9)[..., 0])), np.arange(1))
    assert kind.channels == 1
    assert kind.show(png(picture(9, 9)[..., 0])).mode == "L"


def test_a_row_that_was_not_read_is_a_picture_without_pixels():
    kind, files = fitted()
    held = kind.in_units(kind.encode(files[:1]).array)
    none, one = kind.decode(Ragged.of([np.zeros(0, np.float32), held.row(0)], np.float32))
    assert none.shape == (0, 0, 3)
    assert np.array_equal(one, ARRAYS[0])

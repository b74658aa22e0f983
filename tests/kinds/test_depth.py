"""Pictures of more than 8 bits, and of numbers that are none of a picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pictures

from lamina.data.table import Arrays, Files
from lamina.errors import KindError
from lamina.kinds import Audio, Image


def column(*pictures):
    """A column of 16-bit PNG files."""
    held = []
    for pixels in pictures:
        out = io.BytesIO()
        Pictures.fromarray(pixels.astype(np.uint16)).save(out, "PNG")
        held.append(out.getvalue())
    return Files("x", [str(i) for i in range(len(held))], lambda name: held[int(name)])


def test_twelve_bits_are_spread_over_all_eight_and_a_dark_picture_stays_dark():
    ramp = np.arange(4096).reshape(64, 64)
    dark = column(ramp, np.full((64, 64), 256), np.full((64, 64), 255))
    kind = Image().fit(dark, np.arange(3))
    array = kind.encode(dark.take(np.arange(3))).array
    assert kind.top == 4095
    assert len(np.unique(array[0])) == 256
    assert (array[1] == 16).all()
    assert (array[2] == 16).all()


def test_one_pixel_that_is_not_finite_costs_its_picture_and_no_other():
    values = np.linspace(0, 1, 4 * 36).reshape(4, 6, 6)
    values[2, 3, 3] = np.nan
    kind = Image().fit(Arrays("x", values), np.arange(4))
    encoded = kind.encode(values)
    assert kind.top == 1.0
    assert encoded.bad == {2: "a pixel that is not finite"}
    assert encoded.array[3].max() == 255


def test_pixels_below_nothing_are_refused_or_set_aside():
    values = np.linspace(-1, 1, 4 * 36).reshape(4, 6, 6)
    with pytest.raises(KindError, match="holds pixels from -1 to 1"):
        Image().fit(Arrays("x", values), np.arange(4))
    kind = Image().fit(Arrays("x", np.abs(values)), np.arange(4))
    assert set(kind.encode(values).bad) == {0, 1}
    assert set(kind.encode(values.repeat(2, 1)).bad) == {0, 1}  # of another shape


def test_samples_without_a_sign_lie_around_their_middle():
    wave = np.sin(np.arange(4000) / 5)
    kind = Audio(rate=8000)
    bare = kind._read((wave * 100 + 128).round().astype(np.uint8))[0]
    signed = kind._read((wave * 100).round().astype(np.int8))[0]
    np.testing.assert_allclose(bare, signed, atol=1e-6)

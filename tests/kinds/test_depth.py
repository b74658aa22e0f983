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


BYTES = np.arange(4 * 36, dtype=np.uint8).reshape(4, 6, 6)
SIXTEENTHS = (BYTES % 17).astype(np.float64)
FILES = column(np.arange(256).reshape(16, 16))


@pytest.mark.parametrize(
    ("held", "given", "typed"),
    [
        (Arrays("x", BYTES), BYTES / 255, '(x * 255).round().astype("uint8")'),
        (Arrays("x", BYTES), (BYTES / 255).astype(np.float16)[:, :3], '(x * 255).round().astype("uint8")'),
        (Arrays("x", SIXTEENTHS), SIXTEENTHS / 16, "(x * 16).round()"),
        (FILES, BYTES / 255, '(x * 255).round().astype("uint8")'),
        (Arrays("x", BYTES / 255), 100 + BYTES // 2, "x / 255 * 0.560784"),
        (Arrays("x", BYTES.astype(np.uint16)), BYTES / 255, "(x * 65535).round()"),
        (Arrays("x", BYTES), BYTES.astype(np.uint16) * 257 + 9000, "hand over pixels from 0 to 255"),
    ],
)
def test_pixels_measured_otherwise_than_in_training_are_refused_with_what_to_hand_over(held, given, typed):
    kind = Image().fit(held, np.arange(len(held)))
    assert not kind.encode(held.take(np.arange(len(held)))).bad
    bad = kind.encode(given).bad
    assert set(bad) == set(range(len(given)))
    assert all(typed in why and f"white was {kind.top:g} in training" in why for why in bad.values())


def test_shares_of_white_are_as_good_as_those_of_training():
    kind = Image().fit(Arrays("x", BYTES / 143), np.arange(4))
    encoded = kind.encode((BYTES / 150).astype(np.float32))
    assert (encoded.bad, encoded.told) == ({}, {})


def test_a_black_picture_stays_one_and_what_may_be_shares_is_doubted():
    kind = Image().fit(Arrays("x", BYTES), np.arange(4))
    for black in (np.zeros((1, 6, 6)), np.ones((1, 6, 6), np.uint8), np.ones((1, 6, 6), np.int64)):
        encoded = kind.encode(black)
        assert (encoded.bad, encoded.told) == ({}, {})
    encoded = kind.encode(BYTES % 2 == 1)
    assert not encoded.bad
    assert all("if 1 is white in it" in why for why in encoded.told.values())
    assert len(encoded.told) == 4

"""Pictures as they come: damaged, too large, too small, of odd depth and colour. None is repaired in silence."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image as Pictures
from PIL import JpegImagePlugin

from lamina.data.table import Files
from lamina.kinds import Image
from lamina.kinds.image import size_of


def encoded(picture, form="PNG", **options):
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def noise(*shape):
    return Pictures.fromarray(np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8))


GOOD = encoded(noise(16, 16, 3))


def outcome(data):
    """The pixels and notes of one picture among good ones, or why it cannot be used."""
    files = Files("image", ["0", "1", "2"], lambda name: GOOD)
    kind = Image().fit(files, np.arange(3))
    found = kind.encode([GOOD, data, GOOD])
    assert set(found.bad) <= {1}
    return found.array[1], found.converted, found.bad.get(1, "")


def test_a_good_picture_is_taken_as_it_is():
    array, notes, why = outcome(GOOD)
    np.testing.assert_array_equal(array, np.asarray(noise(16, 16, 3)))
    assert (notes, why) == ({}, "")


@pytest.mark.parametrize("form", ["TIFF", "GIF"])
def test_of_several_pages_the_first_is_taken_and_said(form):
    first, rest = noise(16, 16, 3), [Pictures.new("RGB", (16, 16), (i, 0, 0)) for i in (50, 90)]
    alone, paged = encoded(first, form), encoded(first, form, save_all=True, append_images=rest)
    array, notes, why = outcome(paged)
    np.testing.assert_array_equal(array, outcome(alone)[0])
    assert (notes.pop("the first of several pages or frames taken"), why) == (1, "")
    assert notes == outcome(alone)[1]


@pytest.mark.parametrize("turned", [1, 6])
def test_a_jpeg_far_larger_than_is_wanted_is_decoded_small_and_looks_the_same(turned, monkeypatch):
    soft = noise(20, 30, 3).resize((1200, 800), Pictures.Resampling.BICUBIC)
    exif = soft.getexif()
    exif[0x0112] = turned
    data, drafted = encoded(soft, "JPEG", quality=95, exif=exif), []
    draft = JpegImagePlugin.JpegImageFile.draft
    monkeypatch.setattr(
        JpegImagePlugin.JpegImageFile, "draft", lambda self, *want: (draft(self, *want), drafted.append(self.size))
    )
    kind = Image(side=48).fit(Files("image", ["0"], lambda name: data), np.arange(1))
    (array,) = kind.encode([data]).array
    whole = Pictures.open(io.BytesIO(data)).convert("RGB").resize((48, 32), Pictures.Resampling.BICUBIC)
    whole = whole if turned == 1 else whole.rotate(-90, expand=True)
    assert set(drafted) == {(300, 200)}
    assert array.shape == np.asarray(whole).shape
    assert np.abs(array.astype(int) - np.asarray(whole)).mean() < 1.5


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP"])
def test_a_picture_cut_short_does_not_keep_the_others_from_giving_a_shape(form):
    data = encoded(noise(64, 64, 3), form)
    files = Files("image", ["0", "1"], lambda name: [GOOD, data[: len(data) // 3]][int(name)])
    kind = Image().fit(files, np.arange(2))
    assert 16 <= kind.height <= 64
    assert kind.encode([GOOD]).bad == {}


def test_photos_that_lie_on_their_side_give_a_shape_that_stands():
    lying = noise(30, 40, 3)
    exif = lying.getexif()
    exif[0x0112] = 6
    data = encoded(lying, "JPEG", exif=exif)
    kind = Image().fit(Files("image", ["0", "1"], lambda name: data), np.arange(2))
    assert (kind.height, kind.width) == (40, 30)


def test_notes_of_a_camera_that_cannot_be_read_are_told():
    picture = noise(16, 20, 3)
    exif = picture.getexif()
    exif[0x0112], exif[0x010F] = 6, "a camera of some make"
    data = bytearray(encoded(picture, "JPEG", exif=exif))
    at = data.index(b"Exif") + 6
    data[at + 4 : at + 8] = b"\x00\x00\xff\x00"  # where they begin: behind the end
    _, notes, why = outcome(bytes(data))
    assert (why, notes) == ("", {"left as it lies, for nothing of its EXIF can be read": 1})


@pytest.mark.parametrize("tag", [0x0112, 0x011A])
def test_what_a_camera_wrote_and_is_no_number_any_more_is_damage_or_left_alone(tag):
    picture = noise(16, 20, 3)
    exif = picture.getexif()
    exif[0x0112], exif[0x011A] = 6, 72.0  # a turn by a quarter, and a resolution
    data = bytearray(encoded(picture, "JPEG", exif=exif))
    data[data.index(tag.to_bytes(2, "big"), data.index(b"Exif")) + 3] = 2  # text
    why = outcome(bytes(data))[2]
    assert "damaged" in why or (tag == 0x0112 and not why)
    assert size_of(bytes(data)) == ((20, 16) if tag == 0x0112 else (16, 20))


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_picture_cut_in_half_is_refused_not_shown_half(form):
    data = encoded(noise(64, 64, 3), form)
    assert "cut" in outcome(data[: len(data) // 2])[2]


def test_zero_bytes_are_named():
    assert outcome(b"")[2] == "zero bytes"


def test_an_error_page_named_as_a_picture_is_told():
    assert outcome(b"<!DOCTYPE html><html><body>404</body></html>")[2] == "text/html, a failed download?"


def test_what_is_no_picture_is_refused():
    assert "not a picture" in outcome(b"\x00\x01\x02" * 50)[2]


def test_a_picture_of_too_many_pixels_is_refused_from_its_header():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 13_000, 13_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
        + chunk(b"IEND", b"")
    )
    assert len(bomb) < 20_000
    assert "pixels" in outcome(bomb)[2]


@pytest.mark.parametrize("size", [(1, 1), (1, 10_000), (10_000, 4)])
def test_a_picture_too_small_or_too_thin_is_refused(size):
    assert "too small or too thin" in outcome(encoded(Pictures.new("RGB", size)))[2]


def test_a_long_picture_is_squeezed_and_said():
    assert outcome(encoded(Pictures.new("RGB", (80, 20))))[1] == {"squeezed by more than 3 to the common shape": 1}


def test_sixteen_bits_are_scaled_by_their_depth():
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    array, notes, _ = outcome(encoded(Pictures.fromarray(ramp)))
    np.testing.assert_allclose(array[..., 0], ramp / 257, atol=1)
    assert notes["16-bit depth scaled to 8 bits"] == 1


@pytest.mark.parametrize(
    ("mode", "form", "note"),
    [
        ("CMYK", "JPEG", "CMYK converted to colour"),
        ("P", "PNG", "a palette converted to colour"),
        ("RGBA", "PNG", "transparency laid on white"),
        ("LA", "PNG", "transparency laid on white"),
        ("L", "PNG", "grey repeated as colour"),
    ],
)
def test_every_change_of_colour_is_counted(mode, form, note):
    _, notes, why = outcome(encoded(noise(16, 16, 3).convert(mode), form))
    assert why == ""
    assert notes == {note: 1}


def test_what_shows_through_is_white():
    clear = Pictures.new("RGBA", (16, 16), (0, 0, 0, 0))
    assert (outcome(encoded(clear))[0] == 255).all()


def test_a_photo_is_turned_as_its_exif_says():
    upright = Pictures.new("RGB", (16, 16), "black")
    upright.paste("white", (0, 0, 16, 8))  # the upper half is white
    exif = Pictures.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    lying = encoded(upright.rotate(90), "PNG", exif=exif)
    array, notes, _ = outcome(lying)
    np.testing.assert_array_equal(array, np.asarray(upright))
    assert notes == {"turned upright as its EXIF says": 1}

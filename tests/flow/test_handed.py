"""Pictures handed over in Python: one array is one picture, an image of Pillow is what its file is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

import lamina as lm
from lamina.errors import KindError, SourceError
from lamina.teller import Quiet


@pytest.fixture(scope="module")
def colour(coloured):
    """A folder of twelve pictures in colour, and a run on them."""
    root, labels = coloured(12)
    rows = {"picture": [str(root / f"{i}.png") for i in range(12)], "label": labels}
    return root, lm.fit(pd.DataFrame(rows), target="label", steps=5, out=root / "run", teller=Quiet())


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    digits = load_digits()
    pixels = (digits.images[:200] * 15).astype(np.uint8)
    out = tmp_path_factory.mktemp("grey") / "run"
    return pixels, lm.fit((pixels, digits.target[:200]), steps=2, out=out, teller=Quiet())


def chances(answers):
    return [pytest.approx(answer.probabilities, abs=1e-6) for answer in answers]


@pytest.mark.parametrize("form", [lambda x: x, lambda x: x[None], torch.tensor, Image.fromarray])
def test_one_picture_in_colour_is_one_answer_that_of_its_file(colour, form):
    root, run = colour
    answers = run.predict(form(np.asarray(Image.open(root / "0.png"))))
    assert [answer.probabilities for answer in answers] == chances(run.predict(root / "0.png"))


MODES = {"RGB": 3, "RGBA": 4, "L": 1, "P": 3, "1": 1, "CMYK": 3, "YCbCr": 3, "I;16": 1, "F": 1}


@pytest.mark.parametrize("mode", MODES)
def test_an_image_of_pillow_is_what_its_file_is_in_any_mode(colour, tmp_path, mode):
    _, run = colour
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, MODES[mode]), np.uint8).squeeze()
    deep = {"I;16": pixels.astype(np.uint16) * 200, "F": pixels.astype(np.float32) * 200}
    image = Image.fromarray(deep[mode]) if mode in deep else Image.fromarray(pixels).convert(mode)
    assert image.mode == mode
    path = tmp_path / ("a.tif" if mode in ("CMYK", "YCbCr", "F") else "a.png")
    image.save(path)
    (answer,) = run.predict(image)
    assert answer.probabilities == chances(run.predict(path))[0]


def test_an_array_with_transparency_is_what_its_file_is(colour, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 4), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    (answer,) = colour[1].predict(pixels)
    assert answer.probabilities == chances(colour[1].predict(tmp_path / "a.png"))[0]


def test_a_photo_that_lies_on_its_side_is_turned_as_its_file_is(colour, tmp_path):
    _, run = colour
    picture, exif = Image.new("RGB", (32, 16), "red"), Image.Exif()
    picture.paste("blue", (0, 0, 8, 16))
    exif[0x0112] = 6
    picture.save(tmp_path / "a.png", exif=exif)
    (told,) = run.predict(Image.open(tmp_path / "a.png"))
    (flat,) = run.predict(picture)
    assert told.probabilities == chances(run.predict(tmp_path / "a.png"))[0]
    assert told.probabilities != flat.probabilities


def test_an_image_that_is_cut_short_is_a_problem_of_its_row(colour, tmp_path):
    root, run = colour
    (tmp_path / "cut.png").write_bytes((root / "0.png").read_bytes()[:300])
    with Image.open(tmp_path / "cut.png") as cut, Image.open(root / "0.png") as whole:
        first, second = run.predict([cut, whole])
    assert first.problem
    assert second.value


def test_grey_pictures_in_a_row_stay_pictures(colour, grey):
    pixels, run = grey
    assert len(run.predict(pixels[:5])) == 5
    assert len(run.predict(pixels[0])) == len(run.predict(pixels[0][..., None])) == 1
    assert len(colour[1].predict(pixels[:5])) == 5


def test_an_array_that_may_be_one_picture_or_several_is_refused(colour, grey):
    _, run = grey
    pixels = np.zeros((16, 16, 3), np.uint8)
    with pytest.raises(
        KindError, match=r"one picture in colour, or 16 grey ones[^$]*x\[None\]\[\.\.\., :3\]"
    ) as caught:
        run.predict(pixels)
    assert "x[..., None] for 16" in str(caught.value)
    assert (len(run.predict(pixels[None][..., :3])), len(run.predict(pixels[..., None]))) == (1, 16)
    _, run = colour
    with pytest.raises(KindError, match=r"or 3 grey ones[^$]*x\.transpose\(1, 2, 0\)"):
        run.predict(pixels.transpose(2, 0, 1))


@pytest.mark.parametrize("shape", [(3, 16, 16), (1, 16, 16), (4, 16, 16)])
@pytest.mark.parametrize("kinds", [{}, {"x": "Image()"}])
def test_pictures_whose_channels_come_first_are_told_the_other_order(tmp_path, shape, kinds):
    with pytest.raises(KindError, match=r"x\.transpose\(0, 2, 3, 1\), or of a tensor x\.permute\(0, 2, 3, 1\)"):
        lm.fit((np.zeros((20, *shape)), [0, 1] * 10), kinds=kinds, out=tmp_path / "run", teller=Quiet())


def test_pictures_of_another_order_are_told_so_in_answers_too(colour):
    with pytest.raises(KindError, match=r"x\.transpose\(0, 2, 3, 1\)"):
        colour[1].predict(np.zeros((2, 3, 16, 16), np.uint8))
    with pytest.raises(KindError, match=r"x\[\.\.\., :3\]"):
        colour[1].predict(np.zeros((2, 16, 16, 4), np.uint8))


def test_arrays_of_no_kind_are_not_told_to_be_numbers(tmp_path):
    with pytest.raises(SourceError, match="are of no kind") as caught:
        lm.fit((np.zeros((20, 5, 6, 7)), [0, 1] * 10), out=tmp_path / "run", teller=Quiet())
    assert "--kind" not in str(caught.value)

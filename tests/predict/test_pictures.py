"""New pictures: files, folders, arrays; a damaged one has its problem and the others their answers."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

import lamina
from lamina.errors import SourceError

DIGITS = load_digits()


def picture(i: int) -> Image.Image:
    return Image.fromarray((DIGITS.images[i] * 255 / 16).astype(np.uint8))


@pytest.fixture
def folder(tmp_path):
    """Two pictures, one of them below, and a damaged one."""
    (tmp_path / "pictures" / "more").mkdir(parents=True)
    picture(0).save(tmp_path / "pictures" / "a.png")
    (tmp_path / "pictures" / "b.jpg").write_text("<!doctype html><p>not found")
    picture(1).save(tmp_path / "pictures" / "more" / "c.png")
    (tmp_path / "pictures" / "notes.txt").write_text("no picture")
    return tmp_path / "pictures"


def test_a_folder_has_a_row_for_each_picture_and_a_damaged_one_its_problem(trained, folder):
    answers = lamina.load(trained).predict(folder)
    assert [a.id for a in answers] == [str(folder / name) for name in ("a.png", "b.jpg", "more/c.png")]
    assert [bool(a.problem) for a in answers] == [False, True, False]
    assert "text/html" in answers[1].problem
    assert answers[1].value is None
    assert str(answers[0].value) == max(answers[0].probabilities.items(), key=lambda item: item[1])[0]
    assert set(answers[0].probabilities) == set("0123456789")


def test_a_picture_that_is_not_there_stops(trained):
    with pytest.raises(SourceError, match="there is no picture"):
        lamina.load(trained).predict("no.png")


def test_files_and_arrays_and_bytes_get_the_same_answer(trained, tmp_path):
    run, held = lamina.load(trained), io.BytesIO()
    picture(0).save(held, "PNG")
    (tmp_path / "one.png").write_bytes(held.getvalue())
    held.seek(0)
    pixels = np.asarray(picture(0))
    found = [run.predict(x)[0].probabilities for x in (tmp_path / "one.png", pixels, pixels[None], held)]
    for chances in found:
        assert chances == pytest.approx(found[0], abs=1e-5)


def test_sources_are_answered_in_the_order_given(trained, folder):
    pixels = np.stack([np.asarray(picture(i)) for i in range(2)])
    answers = lamina.load(trained).predict(pixels, folder / "more", pixels[:1])
    assert [a.id for a in answers] == ["0", "1", str(folder / "more" / "c.png"), "0"]


def test_a_file_that_is_no_picture_is_told_that_pictures_are_expected(trained, tmp_path):
    (tmp_path / "README.md").write_text("# Digits")
    with pytest.raises(SourceError, match=r"README.md is no picture[^$]*expected: a picture \(\.jpg, .*a folder of"):
        lamina.load(trained).predict(tmp_path / "README.md")

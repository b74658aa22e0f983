"""Masks, boxes and restored pictures, from a folder to answers in the pixels of the user's picture."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from PIL import Image as Pictures
from PIL import ImageDraw

import lamina
from lamina.cli.entry import run as command
from lamina.errors import SourceError
from lamina.flow import Run
from lamina.teller import Quiet


def cells(root, rows=30, sizes=((40, 32),)):
    """Dark pictures with one bright disc each, its mask and its box; (width, height) go round."""
    draw = np.random.default_rng(0)
    for folder in ("images", "masks", "JPEGImages", "Annotations"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for i in range(rows):
        wide, high = sizes[i % len(sizes)]
        picture, mask = Pictures.new("RGB", (wide, high), (20, 30, 40)), Pictures.new("L", (wide, high), 0)
        x, y, r = draw.integers(8, wide - 8), draw.integers(8, high - 8), draw.integers(5, 8)
        edges = tuple(int(v) for v in (x - r, y - r, x + r, y + r))
        ImageDraw.Draw(picture).ellipse(edges, fill=(220, 200, 90))
        ImageDraw.Draw(mask).ellipse(edges, fill=255)
        picture.save(root / "images" / f"{i:02d}.png")
        picture.save(root / "JPEGImages" / f"{i:02d}.png")
        mask.save(root / "masks" / f"{i:02d}.png")
        sides = zip(("xmin", "ymin", "xmax", "ymax"), np.clip(edges, 1, (wide, high) * 2), strict=True)
        box = "".join(f"<{side}>{v}</{side}>" for side, v in sides)
        text = f"<annotation><object><name>cell</name><bndbox>{box}</bndbox></object></annotation>"
        (root / "Annotations" / f"{i:02d}.xml").write_text(text)
    return root


def part(root, *folders):
    """A folder with some of the folders of another."""
    made = root.with_name("-".join(folders))
    made.mkdir()
    for folder in folders:
        (root / folder).rename(made / folder)
    return made


@pytest.fixture(scope="module")
def masks(tmp_path_factory):
    root = tmp_path_factory.mktemp("masks")
    source = part(cells(root / "all"), "images", "masks")
    return source, lamina.fit(source, out=root / "run", steps=60, teller=Quiet())


@pytest.fixture(scope="module")
def boxes(tmp_path_factory):
    root = tmp_path_factory.mktemp("boxes")
    source = part(cells(root / "all"), "JPEGImages", "Annotations")
    words = ["model.width=32"]
    return source, lamina.fit(source, out=root / "run", steps=150, settings=words, teller=Quiet())


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    root = tmp_path_factory.mktemp("photos")
    source = part(cells(root / "all", sizes=((41, 33), (30, 48))), "images")
    words = ["data.shrink=2", "model.width=8", "model.depth=2"]
    return source, lamina.fit(source, out=root / "run", steps=60, settings=words, teller=Quiet())


def plates(run):
    return json.loads((run.path / "exhibits" / "exhibits.json").read_text())["plates"]


def test_masks_are_learned_and_answered_at_the_size_of_the_picture(masks, tmp_path):
    source, run = masks
    assert run.scores["dice"].value > 0.8
    picture = Pictures.open(source / "images" / "03.png")
    picture.resize((100, 64)).save(tmp_path / "wide.png")
    answer, wide = (run.predict(path)[0].value for path in (source / "images" / "03.png", tmp_path / "wide.png"))
    assert (answer.shape, wide.shape) == ((32, 40), (64, 100))
    assert set(np.unique(answer)) <= {0, 255}  # as in the training masks
    true = np.asarray(Pictures.open(source / "masks" / "03.png"))
    assert (answer == true).mean() > 0.9


def test_answers_that_are_files_go_to_no_folder_that_is_there(masks, tmp_path, monkeypatch, capsys):
    source, run = masks
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lo").mkdir()
    (tmp_path / "lo-2").write_text("mine")
    shutil.copy(source / "images" / "03.png", tmp_path / "lo" / "00000-03.png")
    before = (tmp_path / "lo" / "00000-03.png").read_bytes()
    words = ["predict", str(run.path), "lo", "--out"]
    monkeypatch.setattr(Run, "predict", None)
    assert command([*words, "lo.csv"]) == 2
    assert "lo exists, where lo.csv would have its files" in (said := capsys.readouterr().err)
    assert "--out lo-3.csv" in said
    assert not (tmp_path / "lo.csv").exists()
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert command([*words, "lo-3.csv"]) == 0
    assert (tmp_path / "lo" / "00000-03.png").read_bytes() == before
    assert [path.name for path in (tmp_path / "lo-3").iterdir()] == ["00000-00000-03.png"]


def test_a_threshold_stands_beside_the_masks(masks):
    _, run = masks
    scores = json.loads((run.path / "scores.json").read_text())
    assert set(scores["baseline"]) == {"commonest", "threshold"}
    assert scores["baseline"]["threshold"]["dice"]["value"] > 0.95  # here the things are simply bright
    assert scores["baseline"]["commonest"]["dice"]["value"] == 0


def test_boxes_are_found_in_the_pixels_of_the_picture(boxes, tmp_path):
    source, run = boxes
    assert run.scores["ap50"].value > 0.5
    picture = Pictures.open(source / "JPEGImages" / "03.png")
    picture.resize((80, 32)).save(tmp_path / "wide.png")  # twice as wide, as high as before
    found, wide = (run.predict(p)[0].value for p in (source / "JPEGImages" / "03.png", tmp_path / "wide.png"))
    lit = np.asarray(picture)[..., 0] > 120
    there = [np.flatnonzero(lit.any(0))[0], np.flatnonzero(lit.any(1))[0]]
    there += [np.flatnonzero(lit.any(0))[-1] + 1, np.flatnonzero(lit.any(1))[-1] + 1]
    assert np.abs(np.array(found[0]["box"]) - there).max() < 4
    assert np.abs(np.array(wide[0]["box"]) - np.array(there) * (2, 1, 2, 1)).max() < 8
    assert found[0]["label"] == "cell"
    assert 0 < found[0]["score"] <= 1


def test_a_picture_in_which_nothing_is_found_is_answered(boxes, tmp_path):
    _, run = boxes
    Pictures.new("RGB", (40, 32), (20, 30, 40)).save(tmp_path / "empty.png")
    answer = run.predict(tmp_path / "empty.png")[0]
    assert isinstance(answer.value, list)
    assert not answer.problem
    assert all(thing["score"] < 0.5 for thing in answer.value)


def test_a_picture_is_made_larger_and_scored_from_a_smaller_one(photos):
    source, run = photos
    made = run.predict(source / "images" / "00.png")[0].value
    assert made.shape == (66, 82, 3)  # what is given is not made smaller first
    scores = json.loads((run.path / "scores.json").read_text())
    assert list(scores["baseline"]) == ["bicubic"]
    assert scores["test"]["psnr"]["value"] > scores["baseline"]["bicubic"]["psnr"]["value"] - 1
    assert repr(run.score()["psnr"]) == repr(run.scores["psnr"])


def test_a_picture_that_cannot_be_read_leaves_the_others_their_answers(photos, tmp_path):
    source, run = photos
    whole = (source / "images" / "00.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "whole.png").write_bytes(whole)
    cut, good = run.predict(tmp_path)
    assert "cut short" in cut.problem
    assert not good.problem
    assert good.value.shape == (66, 82, 3)


@pytest.mark.parametrize(("name", "title"), [("masks", "Masks"), ("boxes", "Boxes"), ("photos", "Restored pictures")])
def test_the_report_shows_what_was_answered(name, title, request):
    source, run = request.getfixturevalue(name)
    plate = plates(run)[0]
    assert plate["title"] == title
    assert plate["items"]
    assert all((run.path / item["picture"]).is_file() for item in plate["items"])
    assert title in (run.path / "report.html").read_text()
    assert source.is_dir()


@pytest.mark.parametrize("name", ["masks", "boxes"])
def test_a_folder_like_the_first_is_scored(name, request):
    source, run = request.getfixturevalue(name)
    main = {"masks": "dice", "boxes": "ap50"}[name]
    assert run.score(source)[main].n == 30


def test_a_mask_of_another_size_stops_a_fit_before_it_begins(tmp_path):
    source = part(cells(tmp_path / "all", rows=6), "images", "masks")
    Pictures.new("L", (9, 9)).save(source / "masks" / "02.png")
    with pytest.raises(SourceError, match=r"02\.png 9 × 9"):
        lamina.fit(source, out=tmp_path / "run", steps=1, teller=Quiet())
    assert not (tmp_path / "run" / "store").exists()

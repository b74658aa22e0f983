"""CLIP: the published loss where all texts differ, texts that are the same as one, and a class told by new words."""

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F
from torch.testing import assert_close

import lamina
from lamina.errors import KindError, LaminaError
from lamina.forms import Vector
from lamina.heads.pairs import PairsHead
from lamina.kinds import Text
from lamina.teller import Quiet

WORDS = Text(vocab=("", "?", "<", ">", "#", "a", "b", "c", "d"), length=3)
IDS = torch.tensor([[5, 0, 0], [6, 7, 0], [8, 5, 6], [7, 7, 7]])


def made():
    torch.manual_seed(0)
    return PairsHead(6, WORDS)


def test_where_all_texts_differ_it_is_the_published_loss():
    """Figure 3 of the paper: symmetric cross-entropy of scaled cosines with the diagonal."""
    head, form = made(), Vector(torch.randn(4, 6))
    images, texts = head.decode(form), head.written(IDS)
    logits = images @ texts.T * head.scale.exp()
    labels = torch.arange(4)
    want = (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2
    loss, count = head.loss(form, IDS)
    assert count == 4
    assert_close(loss, want, rtol=1e-5, atol=1e-5)
    assert_close(images.norm(dim=1), torch.ones(4))


def test_pictures_of_one_text_are_not_set_against_each_other():
    head, form = made(), Vector(torch.randn(6, 6))
    twice = IDS[[0, 0, 1, 1, 2, 2]]
    figures = head.figures(form, twice)
    near = head.near(head.decode(form), head.written(IDS[:3]))
    assert_close(figures[:, 0], F.cross_entropy(near, torch.tensor([0, 0, 1, 1, 2, 2]), reduction="none"))


def test_the_scale_ends_at_a_hundred():
    head = made()
    torch.nn.init.constant_(head.scale, 9.0)
    one = F.normalize(torch.randn(1, 128), dim=1)
    assert_close(head.near(one, one), torch.tensor([[100.0]]))


COLOURS = {"red": (220, 30, 30), "green": (30, 200, 30), "blue": (30, 30, 220)}


def picture(draw, colour, place):
    pixels = draw.integers(0, 60, (12, 12, 3)).astype(np.uint8)
    pixels[slice(0, 6) if place == "above" else slice(6, 12), 3:9] = COLOURS[colour]
    return Image.fromarray(pixels)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Colours above and below; blue below is never seen in training, though blue is, and so is below."""
    root, draw = tmp_path_factory.mktemp("said"), np.random.default_rng(0)
    lines, unseen = ["picture,sentence"], ["picture,sentence"]
    for i in range(400):
        colour, place = str(draw.choice(list(COLOURS))), str(draw.choice(["above", "below"]))
        picture(draw, colour, place).save(root / f"{i}.png")
        new = (colour, place) == ("blue", "below")
        (unseen if new else lines).append(f"{i}.png,it is {colour} and {place} the middle")
    (root / "rows.csv").write_text("\n".join(lines) + "\n")
    others = [
        line.replace("blue and below", f"{c} and {p}")
        for c, p in (("green", "above"), ("red", "above"))
        for line in unseen[1:2]
    ]
    (root / "unseen.csv").write_text("\n".join([*unseen, *others]) + "\n")
    return root


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("clip") / "run"
    return lamina.fit(
        folder / "rows.csv",
        target="sentence",
        objective="clip",
        out=out,
        steps=150,
        settings=("model.width=8", "train.average=0.9"),
        teller=Quiet(),
    )


def test_a_picture_finds_its_text_and_one_never_seen_too(run, folder):
    scores = json.loads((run.path / "scores.json").read_text())
    assert scores["test"]["accuracy"]["value"] > 0.8
    assert set(scores["baseline"]) == {"words from pixels"}
    unseen = run.score(folder / "unseen.csv")["accuracy"]
    assert unseen.value > 0.6  # of three sentences
    assert unseen.low < unseen.value < unseen.high or unseen.value == 1


def test_a_moved_run_chooses_among_the_texts_it_is_given(run, folder, tmp_path):
    there = lamina.load(shutil.copytree(run.path, tmp_path / "elsewhere"))
    picture(np.random.default_rng(5), "red", "below").save(tmp_path / "new.png")
    said = ["it is red and below the middle", "it is green and above the middle"]
    (tmp_path / "asked.csv").write_text("picture,sentence\n" + "".join(f"new.png,{text}\n" for text in [*said, ""]))
    answer = there.predict(tmp_path / "asked.csv")[2]
    assert answer.value == said[0]
    assert set(answer.probabilities) == set(said)


def test_the_report_shows_what_is_said_and_what_is_nearest(run):
    (plate,) = json.loads((run.path / "exhibits" / "exhibits.json").read_text())["plates"]
    assert plate["title"] == "Pictures and what is said of them"
    assert all(item["picture"] and dict(item["texts"]).keys() == {"said", "nearest"} for item in plate["items"])


def test_pictures_without_texts_to_choose_among_are_refused(run, folder):
    with pytest.raises(KindError, match="no texts in a column"):
        run.predict(folder / "0.png")


def test_a_table_without_pictures_is_refused(tmp_path):
    (tmp_path / "rows.csv").write_text("a,b\n" + "1.5,one two three\n2.5,four five six\n" * 20)
    with pytest.raises(LaminaError):
        lamina.fit(tmp_path / "rows.csv", objective="clip", out=tmp_path / "run", steps=1, teller=Quiet())

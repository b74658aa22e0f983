"""Classes told by examples, from folders to answers: new classes in the test part, an episode answered from the run."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image, ImageDraw

import lamina
from lamina.errors import KindError
from lamina.kinds import Alike
from lamina.teller import Quiet


def drawn(strokes, draw):
    picture = Image.new("L", (16, 16), 255)
    for stroke in strokes + draw.normal(0, 0.3, strokes.shape):
        ImageDraw.Draw(picture).line([(float(x), float(y)) for x, y in stroke], fill=0, width=2)
    return picture


@pytest.fixture(scope="module")
def signs(tmp_path_factory):
    """Thirty classes of six pictures."""
    root, draw = tmp_path_factory.mktemp("signs"), np.random.default_rng(0)
    for label in range(30):
        strokes = draw.uniform(2, 14, (3, 3, 2))
        (root / f"{label:02d}").mkdir()
        for i in range(6):
            drawn(strokes, draw).save(root / f"{label:02d}" / f"{i}.png")
    return root


@pytest.fixture(scope="module")
def run(signs, tmp_path_factory):
    out = tmp_path_factory.mktemp("alike") / "run"
    settings = ("model.width=4", "train.batch=60")
    return lamina.fit(signs, objective="prototypes", out=out, steps=60, settings=settings, teller=Quiet())


def test_the_classes_of_the_test_part_are_new_and_are_told(run, signs):
    scores = json.loads((run.path / "scores.json").read_text())
    assert scores["main"] == "error"
    assert scores["test"]["error"]["value"] < 0.5
    assert scores["test"]["error"]["n"] < len(list(signs.glob("*/*.png"))) / 5
    assert set(scores["baseline"]) == {"nearest pixels"}
    assert "whole groups" in json.loads((run.path / "data.json").read_text())["how"]


def test_the_report_shows_what_was_asked_beside_examples(run):
    (plate,) = json.loads((run.path / "exhibits" / "exhibits.json").read_text())["plates"]
    assert plate["title"] == "Asked beside examples"
    assert all(item["picture"] for item in plate["items"])
    assert "Asked beside examples" in (run.path / "report.html").read_text()


def test_a_moved_run_answers_an_episode(run, tmp_path):
    there, draw = lamina.load(shutil.copytree(run.path, tmp_path / "elsewhere")), np.random.default_rng(9)
    for folder in ("training", "test"):
        (tmp_path / "asked" / folder).mkdir(parents=True)
    for name in ("sun", "moon"):
        strokes = draw.uniform(2, 14, (3, 3, 2))
        drawn(strokes, draw).save(tmp_path / "asked" / "training" / f"{name}.png")
        drawn(strokes, draw).save(tmp_path / "asked" / "test" / f"a-{name}.png")
    answers = {answer.id: answer for answer in there.predict(tmp_path / "asked")}
    assert answers["training/sun.png"].value == "sun"
    assert set(answers["test/a-moon.png"].probabilities) == {"sun", "moon"}
    assert sum(answers[f"test/a-{name}.png"].value == name for name in ("sun", "moon")) >= 1


def test_a_table_whose_empty_labels_are_asked(run, signs, tmp_path):
    lines = ["image,label"]
    for i in range(4):
        shutil.copy(signs / f"{i:02d}" / "0.png", tmp_path / f"{i}.png")
        lines.append(f"{i}.png,{'' if i % 2 else i // 2}")
    (tmp_path / "rows.csv").write_text("\n".join(lines) + "\n")
    answers = run.predict(tmp_path / "rows.csv")
    assert [answer.value for answer in answers][::2] == ["0", "1"]
    assert {answers[1].value, answers[3].value} <= {"0", "1"}


def test_rows_without_examples_are_refused(run, signs):
    with pytest.raises(KindError, match="no examples"):
        run.predict(signs / "00" / "1.png")


def test_rows_that_say_no_episode_are_made_into_some():
    kind, names = Alike(), [str(i % 45) for i in range(90)]
    truth = kind.reference(names, kind.encode(names).array)
    assert truth[:, 2].sum() == 45
    ways = [len(set(truth[truth[:, 1] == e, 0].tolist())) for e in np.unique(truth[:, 1])]
    assert sum(ways) == 45
    assert max(ways) - min(ways) <= 1

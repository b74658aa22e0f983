"""Pictures given back, bounded, made and judged, and a student taught: from what is asked to a run that is whole."""

from __future__ import annotations

import shutil
import sys

import numpy as np
import pytest

import lamina as lm
from lamina.errors import KindError, LaminaError, PlanError, RunError, SettingError, Stopped
from lamina.teller import Quiet

SMALL = {"ddpm": ("model.width=8", "model.depth=1", "game.steps=3"), "gan": ("model.width=4", "game.critic=4")}


def fitted(path, teller=None, **asked):
    return lm.fit("digits", out=path, teller=teller or Quiet(), steps=3, plan="default", **asked)


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    """A run that answers the digit, trained for three steps."""
    return fitted(tmp_path_factory.mktemp("judge") / "run", model="mlp")


@pytest.fixture(scope="module")
def made(judge, tmp_path_factory):
    """A run that makes digits, with a judge inside."""
    path = tmp_path_factory.mktemp("made") / "run"
    return fitted(path, objective="ddpm", judge=str(judge.path), settings=SMALL["ddpm"])


def test_a_judged_run_is_whole_without_its_judge(made, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(made.path, moved)
    run = lm.load(moved)
    again = run.score()
    assert {name: s.value for name, s in again.items()} == {name: s.value for name, s in made.scores.items()}
    assert made.scores["frechet"].value > run.all_scores()["baseline"]["real pictures"]["frechet"]["value"]
    assert 0 <= made.scores["recognised"].value <= 1


def test_the_locked_rows_get_the_same_draws_from_the_source_and_from_the_run(tmp_path):
    run = fitted(tmp_path / "run", objective="vae")
    assert {n: s.value for n, s in run.score().items()} == {n: s.value for n, s in run.scores.items()}


def test_pictures_are_made_to_order(made):
    first, again, other = (made.sample(7, label="3", seed=seed) for seed in (0, 0, 1))
    assert [x.size for x in first] == [(8, 8)] * 7
    assert [x.tobytes() for x in first] == [x.tobytes() for x in again] != [x.tobytes() for x in other]
    assert len({x.tobytes() for x in made.sample(12)}) == 12
    with pytest.raises(KindError, match='no class is called "cat"'):
        made.sample(1, label="cat")


def test_a_run_that_makes_pictures_answers_no_rows_and_one_that_answers_makes_none(made, judge):
    with pytest.raises(PlanError, match="lamina sample"):
        made.predict(np.zeros((1, 8, 8), np.uint8))
    with pytest.raises(PlanError, match="makes no pictures"):
        judge.sample(1)


def test_without_a_judge_nothing_is_said_of_what_is_made(tmp_path):
    heard = Quiet()
    run = fitted(tmp_path / "run", heard, objective="gan", settings=SMALL["gan"])
    warned = next(i for i, line in enumerate(heard.lines) if line.startswith("warning there will be no score"))
    assert warned < next(i for i, line in enumerate(heard.lines) if line.startswith("model"))
    assert run.scores["recognised"].value is None
    assert "--judge RUN" in run.scores["frechet"].method
    assert run.verdict.startswith("frechet is not defined: nobody judges what is made")
    assert "Made" in (run.path / "report.html").read_text()


def test_a_bound_is_in_nats_beside_independent_pixels(tmp_path):
    run = fitted(tmp_path / "run", objective="vae", settings=("game.samples=5",))
    assert run.scores["nats_weighed"].value <= run.scores["nats"].value
    assert run.scores["nats"].n == 270
    assert 20 < run.all_scores()["baseline"]["independent pixels"]["nats"]["value"] < 64 * np.log(2)
    assert len(run.sample(3)) == 3
    with pytest.raises(KindError, match="no class"):
        run.sample(1, label="3")


def test_an_unseen_class_is_in_the_test_part_only(tmp_path):
    run = fitted(tmp_path / "run", objective="autoencode", unseen="label=7")
    whole, parts = run.all_scores(), run.directory.read_json("data.json")["parts"]
    assert parts["test"] == 270
    assert parts["train"] + parts["valid"] < 1797 - 270 - 120  # 179 sevens in all, about 27 of them in the test part
    assert 0 <= run.scores["unseen_auc"].value <= 1
    assert whole["baseline"]["pca"]["unseen_auc"]["value"] > 0.5
    assert run.predict(np.zeros((2, 8, 8), np.uint8))[0].value > 0  # the error, by which a strange picture shows


def test_a_student_takes_its_teacher_along(judge, tmp_path):
    student = fitted(tmp_path / "run", objective="distil", teacher=str(judge.path), settings=("model.width=8",))
    assert student.directory.has("teacher/weights.safetensors")
    assert student.scores["accuracy"].n > 250


REFUSED = [
    ({"objective": "distil"}, PlanError, "--teacher RUN"),
    ({"objective": "distil", "teacher": "nowhere"}, RunError, "does not exist"),
    ({"teacher": "JUDGE"}, PlanError, "of no use here"),
    ({"judge": "JUDGE"}, PlanError, "of no use here"),
    ({"objective": "vae", "unseen": "label=1"}, PlanError, "of no use here"),
    ({"objective": "autoencode", "unseen": "seven"}, SettingError, "COL=CLASS"),
    ({"objective": "autoencode", "unseen": "colour=7"}, KindError, "no column of classes"),
    ({"objective": "autoencode", "unseen": "label=12"}, KindError, 'no row has the class "12"'),
    ({"objective": "gan", "model": "ddpm_unet"}, PlanError, "--model dcgan"),
    ({"objective": "ddpm", "model": "dcgan"}, PlanError, "--model ddpm_unet"),
    ({"objective": "vae", "model": "autoencoder"}, PlanError, "--model vae"),
    ({"objective": "ddpm", "settings": ("game.guidence=2",)}, SettingError, "guidance"),
    ({"objective": "ddpm", "settings": ("game.eta=2",)}, SettingError, "eta"),
]


@pytest.mark.parametrize(("asked", "error", "said"), REFUSED)
def test_what_cannot_be_is_refused_and_leaves_nothing(asked, error, said, judge, tmp_path):
    asked = {name: str(judge.path) if value == "JUDGE" else value for name, value in asked.items()}
    with pytest.raises(error, match=said):
        fitted(tmp_path / "run", **asked)
    assert not (tmp_path / "run").exists()


def test_a_judge_of_other_classes_or_other_pictures_is_refused(judge, tmp_path):
    draw = np.random.default_rng(0)
    for shape, classes, said in (((60, 8, 8), 10, "other classes"), ((60, 9, 9), 10, "other rows")):
        pictures = draw.integers(0, 256, shape, dtype=np.uint8)
        labels = np.array([f"c{i % classes}" for i in range(60)])
        with pytest.raises(LaminaError, match=said):
            lm.fit(
                (pictures, labels),
                out=tmp_path / "run",
                teller=Quiet(),
                steps=2,
                objective="ddpm",
                judge=str(judge.path),
                settings=SMALL["ddpm"],
            )
        assert not (tmp_path / "run").exists()


def test_a_table_cannot_be_drawn(tmp_path):
    with pytest.raises(PlanError, match="learns one picture column, and there is none"):
        lm.fit(
            (np.random.default_rng(0).random((80, 3)), np.arange(80) % 2),
            out=tmp_path / "run",
            teller=Quiet(),
            steps=2,
            objective="autoencode",
        )


def test_without_a_class_pictures_are_made_from_nothing(judge, tmp_path):
    run = fitted(tmp_path / "run", target="none", objective="gan", judge=str(judge.path), settings=SMALL["gan"])
    assert run.scores["recognised"].value is None  # nothing was asked for, so nothing can be recognised
    assert run.scores["frechet"].value > 0
    assert list(run.all_scores()["baseline"]) == ["real pictures"]
    assert len(run.sample(3)) == 3


def test_a_run_that_ends_before_its_first_step_starts_anew_with_the_same_critic(tmp_path, monkeypatch):
    asked = {"objective": "gan", "settings": SMALL["gan"]}
    peaceful = fitted(tmp_path / "peaceful", **asked)

    def cut_short(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["lamina.flow.learn"], "fit", cut_short)
        with pytest.raises(Stopped):
            fitted(tmp_path / "cut", **asked)
    cut = lm.resume(tmp_path / "cut", teller=Quiet())
    assert cut.directory.read_bytes("weights.safetensors") == peaceful.directory.read_bytes("weights.safetensors")

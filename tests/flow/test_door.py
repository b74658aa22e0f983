"""`import lamina as lm`: what is handed over in Python, what a run gives, and a run that is moved."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.datasets import load_digits, load_iris

import lamina as lm
from lamina.errors import KindError, PlanError, RunError, SettingError, SourceError
from lamina.flow import Score
from lamina.teller import Quiet

IRIS = load_iris(as_frame=True).frame


def frames() -> dict[str, object]:
    """The same flowers in every form."""
    table = pa.Table.from_pandas(IRIS)
    return {
        "pandas": IRIS,
        "polars": pl.from_arrow(table),
        "arrow": table,
        "numpy": (IRIS.to_numpy()[:, :4].astype(np.float32), IRIS["target"].to_numpy()),
    }


@pytest.mark.parametrize("form", ["pandas", "polars", "arrow", "numpy"])
def test_frames_and_arrays_train_and_predict(tmp_path, form):
    data = frames()[form]
    run = lm.fit(data, steps=40, out=tmp_path / "run", teller=Quiet())
    new = data[0][:3] if isinstance(data, tuple) else data[:3]
    answers = run.predict(new)
    assert [a.value for a in answers] == [0, 0, 0]
    assert run.scores["accuracy"].n > 10


@pytest.mark.parametrize("frame", [IRIS, pl.from_pandas(IRIS)], ids=["pandas", "polars"])
def test_a_frame_beside_its_answer_trains_and_the_frame_predicts(tmp_path, frame):
    x, y = frame[list(IRIS.columns[:4])], frame["target"]
    run = lm.fit((x, y), steps=5, out=tmp_path / "run", teller=Quiet())
    assert len(run.predict(x[:3])) == 3
    assert run.score((x, y))["accuracy"].n == len(IRIS)


def test_pictures_as_arrays(tmp_path):
    digits = load_digits()
    pixels = (digits.images * 15).astype(np.uint8)
    run = lm.fit((pixels[:300], digits.target[:300]), steps=5, out=tmp_path / "run", teller=Quiet())
    assert len(run.predict(pixels[300:305])) == 5


def test_a_score_says_its_interval_and_its_rows(trained):
    assert repr(Score(0.97314, 0.9621, 0.9813, 540, "Wilson 95 %")) == "0.973 (0.962 to 0.981, n=540)"
    score = lm.load(trained).scores["accuracy"]
    assert float(score) == score.value
    assert repr(score).endswith(f"n={score.n})")


def test_a_moved_run_still_answers_scores_and_reports(tmp_path):
    pixels = (load_digits().images[:400] * 15).astype(np.uint8)
    np.savez(tmp_path / "digits.npz", image=pixels, label=load_digits().target[:400])
    run = lm.fit(tmp_path / "digits.npz", steps=5, out=tmp_path / "run", teller=Quiet())
    before, chances = run.scores["log_loss"].value, run.predict(pixels[:2])
    (tmp_path / "digits.npz").unlink()
    moved = lm.load(shutil.move(tmp_path / "run", tmp_path / "elsewhere"))
    assert moved.predict(pixels[:2]) == chances
    assert moved.score()["log_loss"].value == pytest.approx(before, rel=1e-5)
    Path(moved.report()).unlink()
    assert Path(moved.report()).stat().st_size > 10_000


def test_the_page_shows_the_pictures_of_the_worst_mistakes(trained):
    found = json.loads((trained / "exhibits" / "exhibits.json").read_text())["mistakes"]
    assert found
    assert all((trained / one["picture"]).is_file() for one in found)
    assert (trained / "report.html").read_text().count('<img src="data:image/png') == len(found)


def test_the_verdict_is_said_once_in_python(tmp_path, capsys):
    run = lm.fit("iris", steps=5, out=tmp_path / "run")
    assert capsys.readouterr().err.count(run.verdict) == 1


def test_without_out_runs_are_numbered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(lm.fit("iris", steps=2, teller=Quiet()).path) == "runs/iris-1"
    assert str(lm.fit("iris", steps=2, teller=Quiet()).path) == "runs/iris-2"


REFUSED = {
    "unknown name": ({"epoch": 3}, SettingError, 'did you mean "epochs"?'),
    "wrong type": ({"epochs": "many"}, SettingError, "epochs"),
    "negative": ({"steps": -1}, SettingError, "steps"),
    "two budgets": ({"steps": 1, "minutes": 1}, PlanError, "at once"),
    "unknown setting": ({"settings": ("train.bach=3",)}, SettingError, 'did you mean "train.batch"?'),
    "unknown nested setting": ({"config": {"optimizer": {"rat": 1}}}, SettingError, 'did you mean "rate"?'),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_before_anything_is_written(tmp_path, case):
    asked, error, told = REFUSED[case]
    with pytest.raises(error, match=told.replace("?", r"\?")):
        lm.fit("iris", out=tmp_path / "run", teller=Quiet(), **asked)
    assert not list(tmp_path.iterdir())


def test_what_is_no_data_is_refused(tmp_path):
    with pytest.raises(SourceError, match="cannot be read as data"):
        lm.fit(object(), out=tmp_path / "run", teller=Quiet())
    with pytest.raises(RunError, match="does not exist"):
        lm.load(tmp_path / "run")


@pytest.mark.parametrize(
    "asked", [{"steps": 7}, {"settings": ("budget.steps=7",)}, {"config": {"budget": {"steps": 7}}}]
)
def test_a_budget_may_be_a_flag_or_a_setting(tmp_path, asked):
    run = lm.fit("iris", out=tmp_path / "run", teller=Quiet(), **asked)
    assert run.directory.read_json("recipe.json")["recipe"]["budget"]["steps"] == 7
    assert run.directory.request["steps"] == 7


def test_how_long_a_step_waited_is_said_kept_and_shown(tmp_path):
    teller = Quiet()
    run = lm.fit("iris", steps=5, out=tmp_path / "run", teller=teller)
    kept = run.directory.read_json("environment.json")["loader"]
    assert (kept["steps"], kept["since"]) == (4, 0)
    assert 0 < kept["wait_ms"] < kept["step_ms"]
    said = next(line.removeprefix("loader ") for line in teller.lines if line.startswith("loader"))
    assert "% of a step" in said
    assert said in (run.path / "report.html").read_text()


def test_a_seed_that_is_a_setting_splits_as_well(tmp_path):
    flag = lm.fit("iris", steps=1, seed=3, out=tmp_path / "a", teller=Quiet())
    setting = lm.fit("iris", steps=1, settings=("seed=3",), out=tmp_path / "b", teller=Quiet())
    other = lm.fit("iris", steps=1, out=tmp_path / "c", teller=Quiet())
    splits = [run.directory.read_bytes("split.npz") for run in (flag, setting, other)]
    assert splits[0] == splits[1] != splits[2]


def test_the_mended_request_may_take_the_same_place(tmp_path):
    with pytest.raises(PlanError):
        lm.fit("iris", steps=1, settings=("train.batch=1000",), out=tmp_path / "run", teller=Quiet())
    assert lm.fit("iris", steps=1, out=tmp_path / "run", teller=Quiet()).finished


def test_ten_rows_are_few_and_no_error(tmp_path):
    table = pd.DataFrame({"x": range(0, 28, 2), "y": ["a", "b"] * 7})
    assert lm.fit(table, steps=2, out=tmp_path / "run", teller=Quiet()).finished


def test_importing_the_door_loads_no_torch():
    code = "import sys, lamina; assert not {'torch', 'numpy', 'pyarrow', 'pydantic'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("settings", [{"train.batch": 7, "train.average": 0}, ["train.batch=7", "train.average=0"]])
def test_settings_are_values_by_name_or_words(tmp_path, settings):
    run = lm.fit(IRIS, settings=settings, steps=1, out=tmp_path / "run", teller=Quiet())
    recipe = run.directory.read_json("recipe.json")["recipe"]
    assert (recipe["train"]["batch"], recipe["train"]["average"]) == (7, 0)


@pytest.fixture(scope="module")
def painted(coloured):
    """Thirty pictures of two colours, the frame that names them, and a run on it."""
    root, labels = coloured(30)
    frame = pd.DataFrame({"picture": [f"{i}.png" for i in range(30)], "label": labels})
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        return root, frame, lm.fit(frame, target="label", steps=5, out=root / "run", teller=Quiet())


def test_a_frame_of_paths_trains_answers_and_scores_with_the_pictures(painted, monkeypatch):
    root, frame, run = painted
    monkeypatch.chdir(root)
    assert json.loads((root / "run" / "schema.json").read_text())["fields"][0]["kind"] == "Image"
    by_file = [answer.value for answer in run.predict(root / "0.png", root / "1.png")]
    assert [answer.value for answer in run.predict(frame[["picture"]][:2])] == by_file
    assert run.score(frame)["accuracy"].n == 30


def test_a_list_of_names_is_the_pictures_of_these_names(painted, monkeypatch):
    root, _, run = painted
    monkeypatch.chdir(root)
    there, gone = run.predict(["0.png", "gone.png"])
    assert there.value == run.predict(root / "0.png")[0].value
    assert "No such file" in gone.problem


def test_a_list_of_texts_is_a_row_each_of_the_only_text_column(tmp_path):
    words = np.random.default_rng(0).choice(["fine", "dull", "long", "slow", "kind", "loud"], (60, 12))
    frame = pd.DataFrame({"text": [" ".join(row) for row in words], "label": ["good", "bad"] * 30})
    run = lm.fit(frame, target="label", kinds={"text": "Text()"}, steps=2, out=tmp_path / "run", teller=Quiet())
    texts = ["a fine film", "dull"]
    assert (
        run.predict(texts) == run.predict(pd.DataFrame({"text": texts})) == run.predict(pd.Series(texts, name="text"))
    )
    with pytest.raises(KindError, match="holds no rows of this run"):
        run.score(texts)


def test_a_list_of_texts_for_other_rows_says_what_is_taken(tmp_path):
    run = lm.fit(IRIS, steps=1, out=tmp_path / "run", teller=Quiet())
    with pytest.raises(KindError, match=r'the first "a\.png".*\n.*rows by name, \[\{"sepal length \(cm\)": …, '):
        run.predict(["a.png", "b.png"])


def test_labels_by_columns_of_0_and_1_are_scored_where_each_row_has_one(tmp_path):
    on = np.random.default_rng(0).random((80, 3)) < 0.5
    run = lm.fit((on + 0.0, on), steps=1, out=tmp_path / "run", teller=Quiet())
    assert run.score((np.eye(3), np.eye(3, dtype=bool)))["exact"].n == 3

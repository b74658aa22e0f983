"""From labelled series to classes: fitted, shown, asked again; lengths and gaps that do not fit are named."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import lamina as lm
from lamina.errors import KindError, LaminaError
from lamina.teller import Quiet

HEAD = "@problemName hum\n@univariate false\n@dimensions 2\n@equalLength false\n@classLabel true fast slow\n@data\n"


def line(draw: np.random.Generator, label: str, steps: int) -> str:
    wave = np.sin(np.arange(steps) / (1.5 if label == "fast" else 4) + draw.uniform(0, 6)) + draw.normal(0, 0.2, steps)
    return ",".join(f"{x:.3f}" for x in wave) + ":" + ",".join(f"{x:.3f}" for x in -wave) + f":{label}"


def written(folder: Path, steps: range = range(30, 31), count: int = 40) -> Path:
    draw = np.random.default_rng(0)
    folder.mkdir(exist_ok=True)
    for part, n in (("TRAIN", count), ("TEST", 30)):
        rows = [line(draw, ("fast", "slow")[i % 2], int(draw.choice(list(steps)))) for i in range(n)]
        (folder / f"hum_{part}.ts").write_text(HEAD + "\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("series")
    return lm.fit(written(folder / "hum"), steps=80, out=folder / "run", teller=Quiet())


def test_the_classes_are_told_beside_the_nearest_series(run):
    scores = run.all_scores()
    assert scores["test"]["accuracy"]["value"] > 0.9
    assert set(scores["baseline"]) == {"majority", "nearest"}
    assert run.directory.read_json("recipe.json")["recipe"]["model"]["name"] == "tcn"


def test_new_series_need_no_label(run, tmp_path):
    draw = np.random.default_rng(1)
    text = HEAD.replace("true fast slow", "false")
    rows = [line(draw, "fast", 30).rpartition(":")[0] for _ in range(3)]
    (tmp_path / "new.ts").write_text(text + "\n".join(rows) + "\n")
    assert [a.value for a in run.predict(tmp_path / "new.ts")] == ["fast"] * 3


def test_series_of_another_length_or_with_a_gap_get_no_answer_and_say_why(run, tmp_path):
    draw = np.random.default_rng(1)
    rows = [line(draw, "fast", 30), line(draw, "slow", 20), "?," + line(draw, "slow", 30).partition(",")[2]]
    (tmp_path / "new.ts").write_text(HEAD + "\n".join(rows) + "\n")
    answers = run.predict(tmp_path / "new.ts")
    assert answers[0].value == "fast"
    assert [a.problem for a in answers[1:]] == [
        "it has 20 steps, and those of training 30",
        "1 of its 30 steps hold no number (Series(missing=hold) repeats the one before)",
    ]
    text = HEAD.replace("@dimensions 2", "@dimensions 1")
    (tmp_path / "one.ts").write_text(text + rows[0].partition(":")[0] + ":fast\n")
    with pytest.raises(KindError, match="series of 1 channels, where training had 2"):
        run.predict(tmp_path / "one.ts")


def test_the_report_shows_series_as_lines(run):
    plates = json.loads((run.path / "exhibits" / "exhibits.json").read_text())["plates"]
    assert plates[0]["title"] == "Series"
    assert (run.path / plates[0]["items"][0]["picture"]).is_file()


def test_series_of_many_lengths_are_read_to_their_own_ends(tmp_path):
    folder = written(tmp_path / "hum", range(20, 40))
    run = lm.fit(folder, steps=60, out=tmp_path / "run", teller=Quiet())
    assert run.all_scores()["test"]["accuracy"]["value"] > 0.8
    with pytest.raises(LaminaError, match="series of 20 to 39 steps are no table") as caught:
        lm.fit(folder, model="mlp", steps=1, out=tmp_path / "no", teller=Quiet())
    assert "--model tcn" in str(caught.value)
    with pytest.raises(LaminaError, match="patchtst reads rows of one length"):
        lm.fit(folder, model="patchtst", steps=1, out=tmp_path / "no", teller=Quiet())


def test_a_gap_is_held_only_where_that_is_declared(tmp_path):
    folder = written(tmp_path / "hum")
    path = folder / "hum_TRAIN.ts"
    path.write_text(re.sub(r"(?<=,)0\.1\d\d(?=,)", "?", path.read_text(), count=5))
    with pytest.raises(LaminaError, match="steps hold no number"):
        lm.fit(folder, steps=1, out=tmp_path / "no", teller=Quiet())
    run = lm.fit(folder, kinds={"series": "Series(missing=hold)"}, steps=1, out=tmp_path / "run", teller=Quiet())
    warnings = run.directory.read_json("data.json")["warnings"]
    assert any("the step before them repeated" in w["text"] for w in warnings)

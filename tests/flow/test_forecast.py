"""From a table of even times to the steps after it: fitted, scored by stretches, asked again from the run alone."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import lamina as lm
from lamina.errors import LaminaError, SourceError
from lamina.flow import Request
from lamina.flow.check import check
from lamina.teller import Quiet

ROWS, HORIZON = 700, 12
START = datetime(2024, 3, 1)


def lines(rows: int = ROWS, skip: tuple[int, ...] = ()) -> str:
    draw = np.random.default_rng(0)
    at = np.arange(rows)
    load = 100 + 20 * np.sin(2 * np.pi * at / 24) + draw.normal(0, 2, rows)
    wind = 3 + np.cos(2 * np.pi * at / 24) + draw.normal(0, 0.1, rows)
    made = [f"{START + timedelta(hours=int(i))},{load[i]:.3f},{wind[i]:.3f}" for i in at if i not in skip]
    return "\n".join(["when,load,wind", *made]) + "\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("forecast")
    (folder / "town.csv").write_text(lines())
    return lm.fit(folder / "town.csv", horizon=HORIZON, steps=200, out=folder / "run", teller=Quiet())


def test_it_is_found_to_be_a_series_and_scored_by_stretches(run):
    scores = run.all_scores()
    assert scores["main"] == "mse"
    assert set(scores["baseline"]) == {"repeat", "season", "linear"}
    assert scores["test"]["mse"]["value"] < scores["baseline"]["repeat"]["mse"]["value"] / 3
    windows = ROWS // 5 - HORIZON + 1
    assert scores["test"]["mse"]["n"] == windows
    assert f"{-(-windows // HORIZON)} groups" in scores["test"]["mse"]["method"]  # not of overlapping windows
    assert 0.6 < scores["test"]["coverage"]["value"] <= 1
    facts = run.directory.read_json("data.json")["facts"]
    assert (facts["forecast"]["past"], facts["forecast"]["step"]) == (42, "1 hour")


def test_the_steps_after_the_newest_come_with_bands_in_their_own_units(run, tmp_path):
    (tmp_path / "new.csv").write_text(lines(300))
    answers = run.predict(tmp_path / "new.csv")
    assert [a.id for a in answers[:2]] == ["2024-03-13 12:00:00", "2024-03-13 13:00:00"]
    assert len(answers) == HORIZON
    true = 100 + 20 * np.sin(2 * np.pi * np.arange(300, 300 + HORIZON) / 24)
    said = np.array([a.value["load"] for a in answers])
    assert np.abs(said - true).mean() < 4
    for answer in answers:
        assert set(answer.value) == {"load", "wind"}
        low, high = answer.bands["load"]
        assert low < answer.value["load"] < high


def test_columns_in_another_order_are_matched_by_name(run, tmp_path):
    (tmp_path / "one.csv").write_text(lines(300))
    turned = "\n".join(",".join(line.split(",")[::-1]) for line in lines(300).splitlines()) + "\n"
    (tmp_path / "other.csv").write_text(turned)
    assert run.predict(tmp_path / "one.csv") == run.predict(tmp_path / "other.csv")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (lines(30), "holds 30 steps"),
        (lines(300, skip=(290,)), "a gap in the last of them"),
        (lines(300).replace("wind", "rain"), "has no column wind"),
        (lines(300).replace("2024-03-05 00:00:00", "2024-03-04 23:00:00"), "stand twice"),
    ],
)
def test_what_cannot_be_gone_on_from_is_refused(run, tmp_path, text, why):
    (tmp_path / "new.csv").write_text(text)
    with pytest.raises(SourceError, match=why):
        run.predict(tmp_path / "new.csv")


def test_a_moved_run_scores_its_locked_windows_again_and_other_rows_too(run, tmp_path):
    shutil.copytree(run.path, tmp_path / "moved")
    moved = lm.load(tmp_path / "moved")
    again = moved.score()
    assert again["mse"].value == pytest.approx(run.scores["mse"].value, rel=1e-6)
    assert again["coverage"].value == pytest.approx(run.scores["coverage"].value)
    assert again["mse"].low == pytest.approx(run.scores["mse"].low, rel=1e-6)
    (tmp_path / "more.csv").write_text(lines(200))
    assert moved.score(tmp_path / "more.csv")["mse"].n == 200 - 42 - HORIZON + 1


def test_the_locked_windows_are_kept_once_and_the_answers_in_units(run):
    assert (run.path / "test.parquet").stat().st_size < 40_000  # each window of its own would be ten times as much
    table = pq.read_table(run.path / "predictions.parquet")
    truth = np.array(table["truth"][0].as_py())
    assert truth.shape == (HORIZON, 2)
    assert 50 < truth[:, 0].mean() < 150


def test_the_report_draws_forecasts_with_their_bands(run):
    page = (run.path / "report.html").read_text()
    assert "Forecasts" in page
    assert 'class="band" d="M' in page
    plates = json.loads((run.path / "exhibits" / "exhibits.json").read_text())["plates"]
    assert len(plates[0]["items"]) == 6  # three windows of two channels


def test_a_target_makes_it_a_plain_table_and_is_no_part_of_a_forecast(tmp_path):
    (tmp_path / "t.csv").write_text(lines(100))
    with pytest.raises(LaminaError, match="a forecast is of all its columns") as caught:
        lm.fit(tmp_path / "t.csv", target="load", horizon=5, steps=1, out=tmp_path / "r", teller=Quiet())
    assert "--input load" in str(caught.value)
    run = lm.fit(tmp_path / "t.csv", target="load", steps=1, out=tmp_path / "r", teller=Quiet())
    assert run.all_scores()["main"] == "rmse"


def test_settings_of_a_series_are_refused_where_there_is_none(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{i},{i % 3}\n" for i in range(50)))
    with pytest.raises(LaminaError, match=r"data\.parts=20/10/10 is said of a series"):
        lm.fit(tmp_path / "t.csv", settings=("data.parts=20/10/10",), steps=1, out=tmp_path / "r", teller=Quiet())
    (tmp_path / "words.csv").write_text("a,b\n" + "".join(f"{i},w{i % 3}\n" for i in range(50)))
    with pytest.raises(LaminaError, match=r'"b" of words.csv holds string, and a series holds numbers'):
        lm.fit(tmp_path / "words.csv", horizon=3, steps=1, out=tmp_path / "r", teller=Quiet())


def test_a_look_through_names_gaps_and_a_split_that_is_too_long(tmp_path):
    path = Path(tmp_path / "t.csv")
    path.write_text(lines(400, skip=(200, 201)))
    found = check(Request(str(path), horizon=4), Quiet())
    assert not found.problems
    assert any("2 steps of 1 hour are not there" in text for text in found.warnings)
    found = check(Request(str(path), horizon=4, settings=("data.parts=300/100/100",)), Quiet())
    assert "500 steps" in found.problems[0]


def test_a_channel_that_never_moves_is_said_and_its_forecast_lies_in_its_band(tmp_path):
    rows = [f"{START + timedelta(hours=i)},5,{i % 7}" for i in range(300)]
    (tmp_path / "t.csv").write_text("\n".join(["when,load,wind", *rows]) + "\n")
    run = lm.fit(tmp_path / "t.csv", horizon=8, steps=5, out=tmp_path / "r", teller=Quiet())
    warnings = [warning["text"] for warning in run.directory.read_json("data.json")["warnings"]]
    assert any('one number all through training, "load" (5)' in text for text in warnings)
    for answer in run.predict(tmp_path / "t.csv"):
        low, high = answer.bands["load"]
        assert low <= answer.value["load"] <= high


def test_a_shuffled_frame_is_put_in_the_order_of_its_index_of_times(tmp_path):
    index = pd.date_range("2022-01-01", periods=300, freq="h")
    frame = pd.DataFrame({"x": np.sin(2 * np.pi * np.arange(300) / 12)}, index=index)
    run = lm.fit(frame.sample(frac=1, random_state=0), horizon=6, steps=5, out=tmp_path / "r", teller=Quiet())
    data = run.directory.read_json("data.json")
    assert any('not stand in the order of "time"; they are sorted' in warning["text"] for warning in data["warnings"])
    assert data["facts"]["forecast"]["step"] == "1 hour"
    assert run.predict(frame)[0].id == "2022-01-13 12:00:00"


@pytest.mark.parametrize("model", ["patchtst", "lstm", "tcn", "mlp"])
def test_other_pages_forecast_too(tmp_path, model):
    (tmp_path / "t.csv").write_text(lines(300))
    run = lm.fit(
        tmp_path / "t.csv", horizon=8, model=model, steps=3, inputs=("wind",), out=tmp_path / "r", teller=Quiet()
    )
    assert run.all_scores()["test"]["mse"]["value"] > 0
    assert set(run.predict(tmp_path / "t.csv")[0].value) == {"wind"}

"""Forecasts of which something is known ahead: learned, scored, asked for, and never told what is to come."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta

import numpy as np
import pytest

import lamina as lm
from lamina.data.sources import open_source
from lamina.data.windows import every_window
from lamina.errors import LaminaError, PlanError, SourceError
from lamina.findings import Findings
from lamina.flow import Request
from lamina.flow.ahead import forecast_of
from lamina.flow.check import check
from lamina.teller import Quiet

ROWS, HORIZON, NOISE = 900, 8, 0.5
START = datetime(2024, 3, 1)
EFFECT = {"sales": 3.0, "stock": -2.0}  # of a promotion, which comes at random


def lines(rows=ROWS, ahead=0, price=None):
    draw = np.random.default_rng(0)
    at, promo = np.arange(rows), draw.random(ROWS)[:rows] < 0.3
    noise = draw.normal(0, NOISE, (2, ROWS))[:, :rows]
    sales = 20 + 2 * np.sin(2 * np.pi * at / 12) + EFFECT["sales"] * promo + noise[0]
    stock = 50 + np.cos(2 * np.pi * at / 12) + EFFECT["stock"] * promo + noise[1]
    price = promo.astype(int) if price is None else price
    full = at < rows - ahead
    made = [
        f"{START + timedelta(hours=int(i))},{f'{sales[i]:.3f}' if full[i] else ''},{price[i]},"
        f"{f'{stock[i]:.3f}' if full[i] else ''}"
        for i in at
    ]
    return "\n".join(["when,sales,promo,stock", *made]) + "\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("known")
    (folder / "shop.csv").write_text(lines())
    asked = {"horizon": HORIZON, "known": ("promo",), "steps": 400, "out": folder / "run", "teller": Quiet()}
    return lm.fit(folder / "shop.csv", **asked)


def promos(rows):
    return (np.random.default_rng(0).random(ROWS)[:rows] < 0.3).astype(int)


def told(run, folder, text):
    """What is said of sales and stock, (H, 2)."""
    (folder / "new.csv").write_text(text)
    return np.array([[answer.value[name] for name in EFFECT] for answer in run.predict(folder / "new.csv")])


def test_what_is_known_ahead_is_learned_to_near_the_noise(run):
    scores = run.all_scores()
    assert run.directory.read_json("recipe.json")["recipe"]["model"]["name"] == "tide"
    waves = (2.0, 0.5)  # the variance of the season of each
    blind, floor = [], []
    for effect, wave in zip(EFFECT.values(), waves, strict=True):
        unknown = 0.3 * 0.7 * effect**2 + NOISE**2  # of what no one can foresee who does not know of it
        blind.append(unknown / (unknown + wave))
        floor.append(NOISE**2 / (unknown + wave))
    assert np.mean(floor) < scores["test"]["mse"]["value"] < 2 * np.mean(floor)
    assert scores["test"]["mse"]["high"] < np.mean(blind) / 2
    assert scores["baseline"]["linear"]["mse"]["value"] < np.mean(blind) / 2  # which knows of it too
    assert scores["baseline"]["season"]["mse"]["value"] > np.mean(blind)


def test_what_is_known_of_a_step_moves_its_answer_by_the_effect_it_has(run, tmp_path):
    def said(ahead):
        return told(run, tmp_path, lines(300, HORIZON, np.r_[promos(300 - HORIZON), ahead]))

    steps, own, other = np.arange(HORIZON), [], []
    for step in steps:
        with_it, without = (said(np.where(steps == step, n, promos(300)[-HORIZON:])) for n in (1, 0))
        own.append((with_it - without)[step])
        other.append(np.delete(with_it - without, step, 0))
    assert np.mean(own, 0) == pytest.approx(list(EFFECT.values()), abs=0.5)
    assert np.abs(other).mean() < 0.2


def test_what_is_to_come_is_never_read(run, tmp_path):
    """The very windows that are scored, their future and what is known of it changed in turn."""
    predictor, forecast = run.predictor(), forecast_of(run.directory.read_json("data.json")["facts"])
    rows = forecast.past + HORIZON
    plain = lines(rows)
    future = "\n".join([*plain.splitlines()[:-HORIZON], *lines(rows + HORIZON).splitlines()[-HORIZON:]])
    turned = 1 - promos(rows)[-HORIZON:]
    said = []
    for text in (plain, moments_of(plain, future), lines(rows, price=np.r_[promos(rows)[:-HORIZON], turned])):
        (tmp_path / "window.csv").write_text(text)
        table = every_window(open_source(tmp_path / "window.csv", None, Findings()), forecast, Findings())
        assert len(table) == 1
        said.append((predictor.outputs(table, np.arange(1)).array, table.columns["future"].take(np.arange(1)).values))
    assert not np.array_equal(said[0][1], said[1][1])  # another future,
    assert np.array_equal(said[0][0], said[1][0])  # the same answer
    assert np.abs(said[0][0] - said[2][0]).max() > 0.1


def moments_of(text, other):
    """The moments and what is known of one text, the numbers that are forecast of another."""
    rows = zip(text.splitlines(), other.splitlines(), strict=True)
    pairs = [(one.split(","), another.split(",")) for one, another in rows]
    return "".join(f"{one[0]},{another[1]},{one[2]},{another[3]}\n" for one, another in pairs)


def test_a_moved_run_scores_its_locked_windows_again_and_other_rows_too(run, tmp_path):
    shutil.copytree(run.path, tmp_path / "moved")
    moved = lm.load(tmp_path / "moved")
    assert moved.score()["mse"].value == pytest.approx(run.scores["mse"].value, rel=1e-6)
    (tmp_path / "more.csv").write_text(lines(200, ahead=HORIZON))
    assert moved.score(tmp_path / "more.csv")["mse"].n == 200 - HORIZON - 28 - HORIZON + 1


def test_the_report_tells_what_was_known(run):
    page = (run.path / "report.html").read_text()
    assert "something is known ahead" in page
    assert "known" in page
    assert 'class="band" d="M' in page


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (lines(300), "holds 0 of the 8 rows to forecast: behind 2024-03-13 11:00:00 it ends"),
        (lines(300, 7), "holds 7 of the 8 rows to forecast: behind 2024-03-13 11:00:00 it ends"),
        (lines(300, 8).replace("2024-03-13 09:00:00,,0", "2024-03-13 09:00:00,,"), '"promo" holds no number at 2024'),
        (lines(300, 8).replace("promo", "offer"), "has no column promo"),
    ],
)
def test_what_is_not_known_of_the_future_stops_with_its_column_moment_and_row(run, tmp_path, text, why):
    (tmp_path / "new.csv").write_text(text)
    with pytest.raises(SourceError, match=why) as caught:
        run.predict(tmp_path / "new.csv")
    assert "fix:" in str(caught.value) or "expected: the columns" in str(caught.value)


def test_a_page_that_reads_one_series_alone_is_refused_at_the_door_and_others_take_both(tmp_path):
    (tmp_path / "t.csv").write_text(lines(200))
    asked = {"horizon": 4, "known": ("promo",), "steps": 3, "out": tmp_path / "r", "teller": Quiet()}
    with pytest.raises(PlanError, match="dlinear reads one series") as caught:
        lm.fit(tmp_path / "t.csv", model="dlinear", **asked)
    assert "--model tide" in str(caught.value)
    assert not (tmp_path / "r").exists()
    run = lm.fit(tmp_path / "t.csv", model="mlp", inputs=("sales",), **asked)
    assert set(run.predict(lines_file(tmp_path, lines(200, 4)))[0].value) == {"sales"}


def lines_file(folder, text):
    (folder / "lately.csv").write_text(text)
    return folder / "lately.csv"


def test_nothing_is_known_ahead_where_nothing_is_forecast(tmp_path):
    (tmp_path / "t.csv").write_text(lines(100))
    with pytest.raises(LaminaError, match="--known promo is said of a series to forecast"):
        lm.fit(tmp_path / "t.csv", target="sales", known=("promo",), out=tmp_path / "r", teller=Quiet())
    found = check(Request(str(tmp_path / "t.csv"), horizon=4, known=("price",)), Quiet())
    assert '--known names "price", and t.csv has no such column' in found.problems[0]

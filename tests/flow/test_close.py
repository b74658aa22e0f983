"""What a report draws is of the rows that could be read."""

from __future__ import annotations

import importlib

import numpy as np
import pandas as pd
import pytest

import lamina
from lamina.errors import Stopped
from lamina.evaluate.calibrate import Calibration
from lamina.heads.tags import TagsHead
from lamina.teller import Quiet


def test_a_damaged_test_picture_is_missing_from_the_scores_and_stands_in_no_table(halves, tmp_path):
    source = halves(10, train=60, valid=20, test=30)
    run = lamina.fit(
        source,
        model="mlp",
        steps=60,
        settings=["data.quarantine=0.5"],
        out=tmp_path / "run",
        teller=Quiet(),
    )
    found = run.all_scores()
    assert found["test"]["log_loss"]["n"] == 50
    assert found["detail"]["confusion"]["counts"] == [[30, 0], [0, 20]]
    assert found["detail"]["per_class"][0]["precision"] == 1.0
    assert sum(bin_["n"] for bin_ in found["detail"]["reliability"]["after"]) == 50


@pytest.fixture
def broken(tmp_path):
    """A table with its own test part of 100 rows, 10 more that are no rows of it, and 5 without an answer."""
    draw = np.random.default_rng(0)
    for part, rows in {"train": 400, "test": 100}.items():
        x = draw.normal(size=(rows, 2))
        lines = [f"{a:.4f},{b:.4f},{'up' if a > 0 else 'down'}" for a, b in x]
        if part == "test":
            lines += ["1,2,up,3,4,5"] * 10 + ["1,2,"] * 5
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / f"data/{part}.csv").write_text("\n".join(["a,b,y", *lines]) + "\n")
    return tmp_path / "data"


def test_lines_that_are_no_rows_count_alike_for_the_net_its_baselines_and_a_second_look(broken, tmp_path):
    told = Quiet()
    run = lamina.fit(broken, target="y", steps=60, settings=["data.quarantine=0.5"], out=tmp_path / "run", teller=told)
    found = run.all_scores()
    scores = [found["test"], *found["baseline"].values()]
    assert [score["accuracy"]["n"] for score in scores] == [110] * len(scores)
    assert "10 rows without an answer" in found["test"]["accuracy"]["method"]
    warned = next(text for text in told.lines if "locked test rows cannot be used" in text)
    assert "one without an answer is left out" in warned
    assert "wrong" not in warned
    assert lamina.load(tmp_path / "run").score()["accuracy"].value == found["test"]["accuracy"]["value"]
    again = lamina.load(tmp_path / "run").score(broken / "test.csv")["accuracy"]
    assert (again.value, again.n) == (found["test"]["accuracy"]["value"], 110)


def test_a_temperature_of_tags_is_fitted_on_the_log_odds_of_the_net(tmp_path, monkeypatch):
    """A share in float32 is 1 from 17 log-odds on, and what is read back from it would be 69."""
    said, fitted, plain = [], [], TagsHead.logits

    def logits(head, form):
        made = 100 * plain(head, form)
        if not head.training:
            said.extend(made.flatten().tolist())
        return made

    monkeypatch.setattr(TagsHead, "logits", logits)
    closing = importlib.import_module("lamina.flow.close")
    monkeypatch.setattr(closing, "fit_temperature", lambda odds, _: fitted.extend(odds.flatten()) or Calibration())
    draw = np.random.default_rng(0)
    x = draw.normal(size=(300, 2))
    tags = [[name for name, on in zip("uv", row, strict=True) if on] for row in x > 0]
    table = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": tags})
    lamina.fit(table, target="y", steps=10, out=tmp_path / "run", teller=Quiet())
    said = np.sort(said)
    fitted = np.array(fitted)
    assert np.abs(fitted).max() > 20
    near = np.clip(np.searchsorted(said, fitted), 1, len(said) - 1)
    assert np.minimum(np.abs(said[near] - fitted), np.abs(said[near - 1] - fitted)).max() < 1e-2


def test_a_page_of_an_unfinished_run_does_not_finish_it(tmp_path, monkeypatch):
    def killed(*_, **__):
        raise KeyboardInterrupt

    table = pd.DataFrame({"x": np.arange(200.0), "y": ["u", "v"] * 100})
    with monkeypatch.context() as patched:
        patched.setattr(lamina.flow, "close", killed)
        with pytest.raises(Stopped):
            lamina.fit(table, target="y", steps=3, out=tmp_path / "run", teller=Quiet())
    run = lamina.load(tmp_path / "run")
    run.report()
    assert not run.finished
    assert lamina.resume(tmp_path / "run", source=table, teller=Quiet()).finished

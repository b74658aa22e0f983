"""Rows that a run has learned from are known again wherever they would be scored on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import lamina as lm
from lamina.teller import Quiet


def noise(rows: int = 240) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    return pd.DataFrame({**{f"x{i}": draw.normal(size=rows) for i in range(6)}, "y": draw.choice(["u", "v"], rows)})


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return lm.fit(noise(), "y", steps=3, out=tmp_path_factory.mktemp("first") / "run", teller=Quiet())


@pytest.mark.parametrize("way", ["start", "weights"])
@pytest.mark.parametrize("seed", [0, 1])
def test_test_rows_that_an_earlier_run_learned_from_are_a_leak(way, seed, first, tmp_path):
    run = lm.fit(noise(), "y", steps=3, seed=seed, out=tmp_path / "run", teller=Quiet(), **{way: str(first.path)})
    found = run.directory.read_json("leaks.json")["found"]
    assert [record["code"] for record in found] == ([f"seen by {way}"] if seed else [])
    if seed:
        split, before = run.directory.read_arrays("split.npz"), first.directory.read_arrays("split.npz")
        assert found[0]["count"] == len(np.setdiff1d(split["test"], before["test"]))


def test_rows_to_score_that_training_saw_are_counted(first):
    split, told = first.directory.read_arrays("split.npz"), Quiet()
    first.score(noise().iloc[split["test"]], teller=told)
    assert not told.lines
    first.score(noise(), teller=told)
    seen = 240 - len(split["test"])
    assert told.lines == [f"warning {seen} of these 240 rows are among those it learned from: their scores flatter"]

"""The same values get the same answers, from whatever they are read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import lamina
from lamina.teller import Quiet


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A run on a CSV file whose codes look like numbers but for one of them, with truths as input and as target."""
    folder, draw = tmp_path_factory.mktemp("told"), np.random.default_rng(0)
    code, vip = draw.choice(["1.0", "1.10", "2.0", "A"], 300), draw.random(300) < 0.5
    churn = (code == "2.0") ^ vip
    frame = pd.DataFrame({"code": code, "vip": vip, "churn": churn})
    frame.to_csv(folder / "all.csv", index=False)
    frame[frame["code"] != "A"].to_csv(folder / "some.csv", index=False)
    run = lamina.fit(folder / "all.csv", target="churn", steps=40, out=folder / "run", teller=Quiet())
    return run, folder, frame


def values(answers):
    return [(a.value, a.probabilities, a.warnings) for a in answers]


def test_a_file_without_the_one_code_that_is_no_number_is_read_as_before(told):
    run, folder, frame = told
    kept = np.flatnonzero(frame["code"] != "A")
    whole = values(run.predict(folder / "all.csv"))
    some = values(run.predict(folder / "some.csv"))
    assert [w for _, _, w in some] == [()] * len(kept)
    assert [v for v, _, _ in some] == [whole[i][0] for i in kept]


def test_truths_of_a_frame_are_those_of_the_file(told):
    run, folder, frame = told
    assert values(run.predict(frame)) == values(run.predict(folder / "all.csv"))
    assert run.score(frame)["accuracy"].value == run.score(folder / "all.csv")["accuracy"].value > 0.9

"""A run that is split by groups is scored by groups."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

import lamina
from lamina.teller import Quiet


def test_intervals_of_a_run_split_by_groups_draw_whole_groups(tmp_path):
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(40), 10)
    x = rng.normal(size=400)
    frame = pa.table(
        {"patient": [f"p{g}" for g in group], "x": x, "ill": np.where(x + rng.normal(size=400) > 0, "y", "n")}
    )
    run = lamina.fit(frame, target="ill", inputs=("x",), group="patient", steps=5, out=tmp_path / "run", teller=Quiet())
    assert "groups" in run.scores["accuracy"].method
    assert "groups" in run.score()["accuracy"].method
    assert repr(run.score()["accuracy"]) == repr(run.scores["accuracy"])

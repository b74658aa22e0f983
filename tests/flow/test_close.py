"""What a report draws is of the rows that could be read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import lamina
from lamina.errors import Stopped
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

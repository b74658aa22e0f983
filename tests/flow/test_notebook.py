"""A run from Python, in a process that goes on: what was there before it is there after it."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
import torch

import lamina as lm
from lamina.errors import RunError
from lamina.flow import clock
from lamina.run import RunDirectory
from lamina.teller import Quiet


def table(sign: float = 1.0) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    x = draw.normal(size=(200, 2))
    return pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": sign * x[:, 0] + x[:, 1]})


def test_minutes_are_counted_from_the_call_and_of_a_command_from_its_process():
    assert time.monotonic() - clock.began() < 1
    with clock.command():
        assert time.monotonic() - clock.began() > 1  # what it takes to load torch
    assert time.monotonic() - clock.began() < 1


def test_random_numbers_and_threads_are_the_callers(tmp_path):
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        run = lm.fit(table(), "y", steps=3, out=tmp_path / "run", teller=Quiet())
        run.predict(table())
        assert torch.get_num_threads() == 2
        assert torch.equal(torch.rand(3), wanted)
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("way", ["fit", "resume"])
def test_a_run_is_not_gone_on_with_on_other_rows(way, tmp_path):
    asked = {"steps": 3, "out": tmp_path / "run", "teller": Quiet()}
    lm.fit(table(), "y", **asked)
    ways = {"fit": lambda rows: lm.fit(rows, "y", resume=True, **asked)}
    ways["resume"] = lambda rows: lm.resume(tmp_path / "run", source=rows, teller=Quiet())
    assert ways[way](table()).finished
    with pytest.raises(RunError, match=r"is not the data that .* has read"):
        ways[way](table(-1))


def test_a_name_that_another_process_takes_meanwhile_is_not_taken_twice(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plain, taken = RunDirectory.create, []

    def create(path, request):
        if not taken:
            taken.append(path)
            plain(path, request)
        return plain(path, request)

    monkeypatch.setattr(RunDirectory, "create", create)
    run = lm.fit(table(), "y", steps=3, teller=Quiet())
    assert run.path.name == "DataFrame-2"


def test_runs_are_sorted_by_a_score():
    low, high = lm.flow.Score(0.1, None, None, 5, ""), lm.flow.Score(0.7, None, None, 5, "")
    assert sorted([high, low]) == [low, high]
    assert low < 0.5

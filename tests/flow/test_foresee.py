from __future__ import annotations

import pytest

import lamina as lm
from lamina.errors import Stopped
from lamina.flow import foresee
from lamina.teller import Quiet


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on only when work says so."""
    now = [0.0]
    monkeypatch.setattr(foresee, "perf_counter", lambda: now[0])
    return now


@pytest.mark.parametrize(("call", "row"), [(0.0, 0.002), (0.3, 0.0), (5.0, 0.05), (0.01, 0.0001)])
def test_what_a_call_costs_and_what_a_row_are_told_apart(clock, call, row):
    def work(count):
        clock[0] += call + row * count

    foreseen = foresee.timed(1_000, 100, work)
    assert foreseen == pytest.approx(10 * call + 1_000 * row)


def test_a_first_call_that_finds_nothing_ready_is_not_counted(clock):
    called = []

    def work(count):
        called.append(count)
        clock[0] += 0.001 * count + (1.5 if len(called) == 1 else 0)

    assert foresee.timed(1_000, 500, work) == pytest.approx(1.0)


def test_dear_rows_are_timed_on_few(clock):
    called = []

    def work(count):
        called.append(count)
        clock[0] += 10.0 * count

    assert foresee.timed(1_000, 500, work) == pytest.approx(10_000)
    assert called == [2, 16]


def test_no_rows_take_no_time():
    assert foresee.timed(0, 500, lambda count: None) == 0


def test_a_run_of_minutes_keeps_what_scoring_takes_and_says_it_where_it_is_much(tmp_path, monkeypatch):
    monkeypatch.setattr(foresee, "REST", 1_000.0)
    said = []

    class Telling(Quiet):
        def say(self, what, text):
            said.append((what, text))
            if what == "closing":
                raise Stopped("seen enough")

    with pytest.raises(Stopped):
        lm.fit("digits", minutes=10, plan="default", out=tmp_path / "run", teller=Telling())
    assert ("closing", "240 of 600 s are kept for scoring the test part and the baselines, as timed") in said

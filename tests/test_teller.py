"""Long work told in plain lines: a share, what is left at the pace since the start, never more than a line a second."""

from __future__ import annotations

import sys
import threading
from types import SimpleNamespace

import pytest

from lamina.teller import Lines, Pace, late, put, spoken


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that a test moves; that of the module alone, since other threads sleep by the real one."""
    now = [100.0]
    monkeypatch.setattr("lamina.teller.time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def test_what_is_left_is_counted_from_the_first_report(clock):
    pace = Pace()
    assert pace.left(900, 1000) == ""
    clock[0] += 10
    assert pace.left(910, 1000) == "1 min 30 s left"
    assert pace.rate(910) == 1.0
    assert pace.said(910, "step") == "1.0 s a step"
    clock[0] += 1
    assert pace.said(1340, "step") == "40 steps/s"


def test_plain_lines_come_by_tenths_and_not_in_a_rush(clock, capsys):
    with Lines().bar("train", 100) as tell:
        for done in range(101):
            clock[0] += 0.0625
            tell(done, "loss 1.0")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split("%")[0].split()[1] for line in lines] == ["15", "31", "47", "63", "79", "95"]
    assert lines[0].endswith("loss 1.0 · 5 s left")


def test_nobody_listening_is_no_error(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    put("unheard")

    class Broken:
        def write(self, text: str) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Broken())
    put("unheard")


def test_seconds_are_spoken():
    assert [spoken(s) for s in (4.2, 200, 7500)] == ["4 s", "3 min 20 s", "2 h 5 min"]


def test_what_is_waited_for_too_long_is_said_once_and_what_is_not_is_not():
    said = threading.Event()
    with late(said.set, 0.01):
        assert said.wait(60)
    told = []
    with late(lambda: told.append(1), 60):
        pass
    assert not told

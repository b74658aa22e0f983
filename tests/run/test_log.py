"""The log is cut back to the checkpoint it belongs to, and a torn line costs nothing."""

from __future__ import annotations

import pytest

from lamina.errors import RunError
from lamina.run import Log


@pytest.fixture
def log(tmp_path):
    made = Log(tmp_path / "log.jsonl")
    made.append({"step": 1, "loss": 0.1 + 0.2})
    made.append({"step": 2, "loss": float("nan"), "name": "é\n"})
    return made


def test_lines_come_back(log):
    assert log.lines() == [{"step": 1, "loss": 0.1 + 0.2}, {"step": 2, "loss": None, "name": "é\n"}]
    assert log.length == log.path.stat().st_size


def test_no_log_is_no_lines(tmp_path):
    assert Log(tmp_path / "none").lines() == []
    assert Log(tmp_path / "none").length == 0


def test_a_torn_line_is_cut_at_every_place(log):
    whole = log.path.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole)):
        log.path.write_bytes(whole[:end])
        assert [line["step"] for line in log.lines()] == [1]
        assert log.length == first
        log.append({"step": 9})
        assert [line["step"] for line in log.lines()] == [1, 9]


def test_a_resumed_log_continues_where_the_checkpoint_was(log):
    length = log.length
    before = log.path.read_bytes()
    log.append({"step": 3})
    log.truncate_to(length)
    assert log.path.read_bytes() == before
    with pytest.raises(RunError, match=r"holds .* bytes, and the checkpoint was saved after"):
        log.truncate_to(length + 1)


def test_a_damaged_line_is_named(log):
    data = log.path.read_bytes()
    log.path.write_bytes(b"{}\n" + data.replace(b"{", b"[", 1))
    with pytest.raises(RunError, match=r"log.jsonl, line 2"):
        log.lines()


def test_a_full_disk_is_said(log, full_disk):
    with full_disk(), pytest.raises(RunError, match="disk is full"):
        log.append({"step": 3})

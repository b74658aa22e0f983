"""A run replaced under a live server: the old one answers until the new one has been read whole."""

from __future__ import annotations

import os
import shutil

import pytest

from lamina.errors import RunError
from lamina.run import RunDirectory
from lamina.serve.live import Live

from .conftest import until


@pytest.fixture
def live(bench) -> Live:
    return Live(bench.path, bench.read, bench.heard.warn)


def other(path, weights: bytes = b"other weights"):
    """Another run beside one."""
    run = RunDirectory.create(path.with_name("other"), {"source": "other"})
    run.write("weights.safetensors", weights)
    return run.path


def test_a_whole_new_run_takes_the_place_of_the_old_one(live, bench):
    before = live.model
    live.look()
    assert live.model is before
    new = other(bench.path)
    os.rename(bench.path, bench.path.with_name("old"))
    live.look()
    assert live.model is before
    os.rename(new, bench.path)
    live.look()
    assert live.model.weights != before.weights
    assert live.model.weights == RunDirectory.open(bench.path).files()["weights.safetensors"]["sha256"]
    assert ["not whole" in line for line in bench.heard.lines] == [True, False]
    assert f"weights {live.model.weights[:12]} are served" in bench.heard.lines[1]


def test_a_damaged_new_run_is_said_once_and_the_old_one_kept(live, bench):
    before, new = live.model, other(bench.path)
    (new / "weights.safetensors").write_bytes(b"other wEights")
    shutil.copytree(new, bench.path, dirs_exist_ok=True)
    for moment in range(3):
        live.look()
        os.utime(bench.path / "request.json", ns=(moment, moment))
    assert live.model is before
    assert len(bench.heard.lines) == 1
    assert "weights.safetensors" in bench.heard.lines[0]


def test_a_run_that_is_copied_file_by_file_is_taken_when_its_last_file_is_there(live, bench):
    before, new = live.model, other(bench.path)
    for name in ("manifest.json", "request.json", "weights.safetensors"):
        assert live.model is before
        shutil.copy(new / name, bench.path / name)
        live.look()
    assert live.model is not before
    assert live.model.weights == RunDirectory.open(new).files()["weights.safetensors"]["sha256"]


def test_a_run_that_changes_while_it_is_read_is_not_taken(live, bench):
    before, read = live.model, bench.read

    def written_to():
        made = read()
        RunDirectory.open(bench.path).write("more.json", {"a": os.urandom(4).hex()})
        return made

    RunDirectory.open(bench.path).write("more.json", {})
    live.read = written_to
    live.look()
    assert live.model is before
    assert "is being written to" in bench.heard.lines[0]
    live.read = read
    live.look()
    assert live.model is not before


def test_a_damaged_run_is_not_served_at_all(bench):
    (bench.path / "weights.safetensors").write_bytes(b"weightS")
    with pytest.raises(RunError, match="damaged"):
        Live(bench.path, bench.read, bench.heard.warn)


def test_requests_are_answered_by_one_model_or_the_other_while_it_changes(bench, served, monkeypatch):
    monkeypatch.setattr("lamina.serve.live.APART", 0.02)
    with served(bench.server()) as ask:
        first = ask("GET", "/health")[2]["run"]
        RunDirectory.open(bench.path).write("weights.safetensors", b"new weights")
        until(lambda: ask("GET", "/health")[2]["run"] != first)
        assert ask.rows({"age": 1, "colour": "red"})[0] == 200

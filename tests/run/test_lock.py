"""One process a run, and whoever is kept out is told by whom."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from lamina.errors import RunError
from lamina.run.lock import LOCK, locked

HOLD = "import sys, time; from pathlib import Path; from lamina.run.lock import locked\n"
HOLD += "with locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the folder."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def refused(folder):
    with pytest.raises(RunError) as error, locked(folder):
        pass
    return error.value


def test_whoever_is_kept_out_is_told_by_whom_and_what_to_do(tmp_path, holder):
    error = refused(tmp_path)
    assert f"{tmp_path} is being written by process {holder.pid} on {socket.gethostname()} since 20" in error.what
    assert f"(-c {tmp_path})" in error.what
    assert f"kill -TERM {holder.pid}" in error.fix


def test_a_killed_holder_holds_nobody_up(tmp_path, holder):
    refused(tmp_path)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert (tmp_path / LOCK).exists()
    with locked(tmp_path):
        assert json.loads((tmp_path / LOCK).read_bytes())["process"] == os.getpid()
    assert not (tmp_path / LOCK).exists()


def test_a_holder_elsewhere_is_to_be_stopped_there(tmp_path):
    with locked(tmp_path):
        told = json.loads((tmp_path / LOCK).read_bytes())
        (tmp_path / LOCK).write_text(json.dumps({**told, "host": "node\n7"}))
        assert f"kill -TERM {os.getpid()} on node\\n7" in refused(tmp_path).fix


@pytest.mark.parametrize("torn", [b"", b'{"process": 4', b"[1]", b"\xff", b'{"process": "x"}'])
def test_a_name_that_is_just_being_written_is_another_process(tmp_path, torn):
    with locked(tmp_path):
        (tmp_path / LOCK).write_bytes(torn)
        assert "is being written by another process" in refused(tmp_path).what


def test_a_lock_on_a_file_that_is_gone_is_no_lock(tmp_path, monkeypatch):
    taken = []

    def flock(handle, how, plain=fcntl.flock):
        if not taken:  # its holder takes the file away between our opening and our locking it
            (tmp_path / LOCK).unlink()
        taken.append(handle)
        plain(handle, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with locked(tmp_path):
        assert len(taken) == 2
        assert "process" in refused(tmp_path).what


def test_a_folder_that_takes_no_lock_is_named(tmp_path):
    with pytest.raises(RunError, match=r"cannot write .*missing"), locked(tmp_path / "missing"):
        pass


def test_a_lock_file_that_cannot_be_removed_is_left(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch, locked(tmp_path):
        patch.setattr("os.unlink", refuse)
    with locked(tmp_path):
        pass


def test_what_goes_wrong_while_holding_is_not_taken_for_a_refusal(tmp_path):
    with pytest.raises(BlockingIOError), locked(tmp_path):
        raise BlockingIOError
    with locked(tmp_path):
        pass

"""What only a process of its own can show: signals, streams that close, how soon help is there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lamina.run import RunDirectory

LAMINA = [sys.executable, "-m", "lamina"]
WAIT = 120  # seconds until a process that should have ended has not; how soon it must is for the proof to measure


@contextmanager
def running(*words: object) -> Iterator[subprocess.Popen[str]]:
    """A command at work, killed at the end of the block where it has not ended."""
    asked = [*LAMINA, *map(str, words)]
    with subprocess.Popen(asked, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def call(*words: object, **options: object) -> subprocess.CompletedProcess[str]:
    settings = {"capture_output": True, "text": True, "timeout": WAIT, **options}
    return subprocess.run([*LAMINA, *map(str, words)], **settings)  # type: ignore[call-overload]


def test_help_loads_nothing_heavy():
    code = (
        "import sys; sys.argv = ['lamina', '--help']\n"
        "from lamina.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'torch', 'numpy', 'pyarrow', 'pydantic', 'sklearn', 'PIL', 'yaml', 'jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=WAIT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_training_saves_and_says_how_to_go_on(tmp_path, number):
    out = tmp_path / "a run"
    words = ["fit", "digits", "--epochs", "2000", "--plan", "default", "--out", out, "--set", "train.judge_every=20"]
    with running(*words) as process:
        wait_for(out / "log.jsonl")
        process.send_signal(number)
        said, told = process.communicate(timeout=WAIT)
    assert process.returncode == 75, told
    assert f"lamina fit '{out}' --resume" in told
    assert "Traceback" not in told
    assert not said
    assert (out / "resume" / "a" / "manifest.json").exists()
    assert not list(out.rglob(".lamina-*"))


@pytest.mark.parametrize("after", [0, 1.5])
def test_a_signal_before_training_ends_as_quietly(tmp_path, after):
    with running("fit", "digits", "--epochs", "2000", "--out", tmp_path / "run", "--json") as process:
        wait_for_handler(process.pid)
        time.sleep(after)
        process.send_signal(signal.SIGTERM)
        said, told = process.communicate(timeout=WAIT)
    assert process.returncode == 75, told
    assert '"Stopped"' in said
    assert "Traceback" not in told


def test_signals_one_after_the_other_end_no_worse_than_one(tmp_path):
    out = tmp_path / "run"
    with running("fit", "digits", "--epochs", "2000", "--plan", "default", "--out", out) as process:
        wait_for(out / "log.jsonl")
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGINT, signal.SIGINT):
            process.send_signal(number)
        _, told = process.communicate(timeout=WAIT)
    assert process.returncode == 75, told
    assert "Traceback" not in told
    assert not list(out.rglob(".lamina-*"))
    assert RunDirectory.open(out).has("plan.json")


STUCK = """
import hashlib, time
from lamina.cli import process
process.PATIENCE = 0.5
stops = process.prepared()
with stops.heard(lambda: print("told", flush=True)):
    try:
        print("ready", flush=True)
        {work}
    except KeyboardInterrupt:
        time.sleep(60)  # as a library that makes nothing of it
"""


@pytest.mark.parametrize("work", ["hashlib.pbkdf2_hmac('sha256', b'', b'', 10**9)", "time.sleep(60)"])
def test_what_does_not_end_by_itself_is_ended(work):
    asked = [sys.executable, "-c", STUCK.format(work=work)]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=WAIT)
        finally:
            process.kill()
    assert process.returncode == 75
    assert said == "told\n"


def test_a_signal_that_comes_too_late_changes_nothing():
    code = "import os, signal, sys; from lamina.cli.process import end, prepared; prepared()\n"
    code += "class Late:\n    def __del__(self, kill=os.kill, pid=os.getpid(), n=signal.SIGINT): kill(pid, n)\n"
    code += "sys.late = Late(); end(0)"
    assert subprocess.run([sys.executable, "-c", code], timeout=WAIT).returncode == 0


def test_a_closed_terminal_is_nothing_to_what_nohup_started():
    code = "import os, signal; from lamina.cli.process import prepared; prepared(); "
    code += "os.kill(os.getpid(), signal.SIGHUP); print('alive')"
    done = subprocess.run(["nohup", sys.executable, "-c", code], capture_output=True, text=True, timeout=WAIT)
    assert done.stdout == "alive\n"


def test_streams_that_close_leave_the_work_unharmed(trained, tmp_path):
    run = tmp_path / "run"
    environment = {**os.environ, "LC_ALL": "C", "COLUMNS": "20"}
    words = " ".join([*LAMINA, "fit", "iris", "--steps", "5", "--out", str(run)])
    done = subprocess.run(["bash", "-c", f"exec {words} <&- >&- 2>&-"], env=environment, timeout=WAIT)
    assert done.returncode == 0
    assert (run / "report.html").exists()


def test_what_is_loaded_is_not_looked_through_again_and_again():
    code = "import gc; from lamina.cli.process import prepared; prepared(); looked = []\n"
    code += "gc.callbacks.append(lambda phase, told: looked.append(told['generation']))\n"
    code += "import lamina.flow; print(looked.count(2))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=WAIT)
    assert done.stdout == "0\n", done.stderr


def test_a_file_never_takes_the_place_of_a_closed_stream(tmp_path):
    code = (
        f"from lamina.cli.process import prepared; prepared(); assert open({str(tmp_path / 'f')!r}, 'w').fileno() > 2"
    )
    done = subprocess.run(["bash", "-c", f'exec {sys.executable} -c "{code}" <&- >&- 2>&-'], timeout=WAIT)
    assert done.returncode == 0


def test_signs_that_a_terminal_lacks_are_spelled_out():
    done = call("config", "--explain", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert "\\u2265 0" in done.stdout


def test_a_pipe_that_breaks_is_no_fault(trained, tmp_path):
    shown = " ".join([*LAMINA, "show", str(trained)])
    done = subprocess.run(
        ["bash", "-c", f"({shown}; echo $? > {tmp_path}/code) | head -1"], capture_output=True, text=True, timeout=WAIT
    )
    assert done.stdout.count("\n") == 1
    assert not done.stderr
    assert (tmp_path / "code").read_text() == "0\n"


def test_a_listener_that_leaves_does_not_stop_training(tmp_path):
    words = " ".join([*LAMINA, "fit", "iris", "--steps", "5", "--out", str(tmp_path / "run")])
    subprocess.run(["bash", "-c", f"{words} 2>&1 | head -1"], capture_output=True, timeout=WAIT)
    assert (tmp_path / "run" / "report.html").exists()


def wait_for(path: Path) -> None:
    for _ in range(20 * WAIT):
        if path.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} never came")


def wait_for_handler(pid: int) -> None:
    """Until the process has a handler of its own for SIGTERM."""
    mask = 1 << (signal.SIGTERM - 1)
    for _ in range(50 * WAIT):
        caught = next(
            line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigCgt")
        )
        if int(caught.split()[1], 16) & mask:
            return
        time.sleep(0.02)
    raise AssertionError("no handler")

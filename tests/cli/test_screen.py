"""A terminal: the bar with share, words and time left, at any width; lines and tables wrapped to it."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from lamina.cli.screen import print_table

BAR = """
import time
from lamina.cli.screen import Screen
screen = Screen()
screen.say("target", "a long line " * 12)
with screen.bar("train", 100) as tell:
    for done in (0, 25, 50):
        tell(done, "loss 0.123 · best accuracy 0.987 · 250 steps/s")
        time.sleep(0.15)
"""


def drawn(width: int) -> str:
    """What a terminal of a width is sent."""
    parent, child = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(width), "TERM": "xterm", "NO_COLOR": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", BAR], stdout=child, stderr=child, stdin=child, env=environment
    ) as process:
        os.close(child)
        sent = b""
        while True:
            try:
                part = os.read(parent, 4096)
            except OSError:
                break
            if not part:
                break
            sent += part
    os.close(parent)
    assert process.returncode == 0, sent.decode()
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", sent.decode())


@pytest.mark.parametrize("width", [20, 80, 120])
def test_a_bar_and_lines_stay_within_the_terminal(width):
    said = drawn(width)
    lines = [line for line in re.split(r"[\r\n]+", said) if line.strip()]
    assert max(map(len, lines)) <= width
    assert any(re.search(r"train +[━┄]", line) for line in lines)
    if width >= 80:
        assert " 50 %" in said
        assert "s left · loss 0.123" in said
        assert next(line for line in lines if line.startswith("target")).startswith("target    a long")
        assert any(line.startswith(("          a long", "          l")) for line in lines)


@pytest.mark.parametrize("last", ["", "a few words that do not fit into so narrow a terminal as this one is"])
def test_a_table_wraps_its_last_column(capsys, monkeypatch, last):
    monkeypatch.setenv("COLUMNS", "50")
    print_table([("name", "note"), ("one", last), ("two", last)])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 50
    assert " ".join(" ".join(lines).split()).count(last) >= 2


def test_a_table_escapes_what_would_move_the_cursor(capsys):
    print_table([("name",), ("a\x1b[2Jb\nc",)])
    assert "a\\x1b[2Jb\\nc" in capsys.readouterr().out

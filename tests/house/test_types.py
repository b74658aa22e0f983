"""Types are checked strictly, and the lines are as ruff writes them."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = ("src", "tests", "bench", "examples")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["mypy", "--strict", "--cache-dir", ".mypy_cache"], id="mypy"),
        pytest.param(["ruff", "check", *CODE], id="check"),
        pytest.param(["ruff", "format", "--check", *CODE], id="format"),
    ],
)
def test_the_house_is_tidy(root, words):
    made = subprocess.run([sys.executable, "-m", *words], cwd=root, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout[-6000:] + made.stderr[-2000:]

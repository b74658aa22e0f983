"""Types are checked strictly, and the lines are as ruff writes them."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["mypy", "--strict", "--cache-dir", ".mypy_cache"], id="mypy"),
        pytest.param(["ruff", "check", "."], id="check"),
        pytest.param(["ruff", "format", "--check", "."], id="format"),
    ],
)
def test_the_house_is_tidy(root, words):
    made = subprocess.run([sys.executable, "-m", *words], cwd=root, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout[-6000:] + made.stderr[-2000:]

"""Killed twenty times and taken up again, runs of several sorts end in the bytes of ones that never were."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.parametrize(("task", "kills"), [("digits", 8), ("numbers", 6), ("corpus", 6)])
def test_a_killed_run_ends_in_the_same_bytes(root, task, kills):
    words = [sys.executable, "-m", "bench.proof_kill", "--task", task, "--kills", str(kills), "--json"]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["kills"] == kills

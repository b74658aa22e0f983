"""Killed twenty times and taken up again, a run ends in the bytes of one that never was."""

from __future__ import annotations

import importlib.util
import sys

import pytest


@pytest.mark.slow
def test_a_killed_run_ends_in_the_same_bytes(root, tmp_path):
    spec = importlib.util.spec_from_file_location("proof_kill", root / "bench" / "proof_kill.py")
    bench = importlib.util.module_from_spec(spec)
    sys.modules["proof_kill"] = bench  # where its dataclass looks for itself
    spec.loader.exec_module(bench)
    proof = bench.prove(tmp_path, kills=20, seed=0, epochs=4)
    assert not proof.failed, "\n".join(proof.failed)
    assert not proof.differ, bench.table(proof)
    assert proof.kills.total() == 20
    assert proof.finished >= 1
    assert len(proof.kills) >= 3, bench.table(proof)  # kills fell into most stages
    assert "missing" not in bench.hashes(tmp_path / "peaceful").values()

"""Killed twenty times and taken up again, a run ends in the bytes of one that never was."""

from __future__ import annotations

import pytest
from bench import proof_kill as bench


@pytest.mark.slow
def test_a_killed_run_ends_in_the_same_bytes(tmp_path):
    proof = bench.prove(tmp_path, kills=20, seed=0, epochs=4)
    assert not proof.failed, "\n".join(proof.failed)
    assert not proof.differ, bench.table(proof)
    assert proof.kills.total() == 20
    assert proof.finished >= 1
    assert len(proof.kills) >= 3, bench.table(proof)  # kills fell into most stages
    assert "missing" not in bench.hashes(tmp_path / "peaceful").values()

"""Numbers that are not finite in what is read back: said when a run goes on, refused when it answers."""

from __future__ import annotations

import torch

from lamina.flow.disk import Disk
from lamina.run import RunDirectory
from lamina.teller import Quiet


def test_a_checkpoint_with_numbers_that_are_not_finite_is_warned_of(tmp_path):
    run, teller = RunDirectory.create(tmp_path / "run", {"source": "x"}), Quiet()
    disk = Disk(run, teller, {})
    disk.save({"whole": torch.ones(2), "broken": torch.tensor([1.0, float("nan")])}, {"step": 1, "log": 0})
    assert disk.load() is not None
    assert any("not finite" in line and "broken" in line for line in teller.lines)


def test_a_whole_checkpoint_is_not(tmp_path):
    run, teller = RunDirectory.create(tmp_path / "run", {"source": "x"}), Quiet()
    disk = Disk(run, teller, {})
    disk.save({"whole": torch.ones(2), "count": torch.tensor(3)}, {"step": 1, "log": 0})
    assert disk.load() is not None
    assert not teller.lines

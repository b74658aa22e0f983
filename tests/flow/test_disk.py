"""A checkpoint belongs to one training and one log, and is taken for no other's."""

from __future__ import annotations

import pytest
import torch

from lamina.errors import RunError
from lamina.flow.disk import Disk, Follower
from lamina.run import RunDirectory
from lamina.teller import Quiet

OF = {"optimizer": {"rate": 0.1, "betas": (0.9, 0.99)}, "data": "a", "model": {"name": "mlp", "depth": 3}}


@pytest.fixture
def run(tmp_path):
    made = RunDirectory.create(tmp_path / "run", {"source": "x"})
    disk = Disk(made, Quiet(), OF)
    for step in (1, 2):
        disk.append({"step": step})
        disk.save({"w": torch.full((3,), float(step))}, {"step": step, "log": disk.log_length()})
    return made


def test_what_was_saved_comes_back_as_it_was(run):
    tensors, state = Disk(run, Quiet(), OF).load()
    assert tensors["w"].tolist() == [2, 2, 2]
    assert state == {"step": 2, "log": 26 - 2}


def test_a_checkpoint_of_another_training_is_refused_with_what_differs(run):
    other = {**OF, "optimizer": {"rate": 0.2, "betas": (0.9, 0.99)}, "model": {"name": "mlp", "width": 8}}
    with pytest.raises(RunError, match=r"resume/ is of another run: model\.depth: 3, now None; model\.width: None, "):
        Disk(run, Quiet(), other).load()
    with pytest.raises(RunError, match=r"optimizer\.rate: 0\.1, now 0\.2\n"):
        Disk(run, Quiet(), {**OF, "optimizer": other["optimizer"]}).load()


def test_at_most_ten_differences_are_named(run):
    with pytest.raises(RunError, match=r"n\.0: None, now 0;.*, and 2 more"):
        Disk(run, Quiet(), {**OF, "n": {str(i): 0 for i in range(12)}}).load()


@pytest.mark.parametrize("harm", ["flip", "cut", "gone"])
def test_a_log_that_is_not_the_one_the_checkpoint_followed_is_named(run, harm):
    path = run.path / "log.jsonl"
    data = path.read_bytes()
    path.write_bytes({"flip": data.replace(b"1", b"7"), "cut": data[:-9], "gone": b""}[harm])
    if harm == "gone":
        path.unlink()
    with pytest.raises(RunError, match=r"log\.jsonl is damaged"):
        Disk(run, Quiet(), OF).load()


def test_lines_after_the_checkpoint_are_no_damage(run):
    with open(run.path / "log.jsonl", "ab") as log:
        log.write(b'{"step": 3}\n{"to')
    assert Disk(run, Quiet(), OF).load()[1]["step"] == 2


def test_a_process_that_follows_writes_and_says_nothing(run):
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    teller = Quiet()
    follower = Follower(run, teller, OF)
    assert follower.load()[1]["step"] == 2
    follower.append({"step": 3})
    follower.save({"w": torch.zeros(3)}, {"step": 3, "log": 0})
    follower.truncate(0)
    follower.replan({"slices": 2}, "memory ran out")
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()} == before
    assert not teller.lines

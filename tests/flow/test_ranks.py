"""Several processes learn what one learns, may be more or fewer when a run goes on, and are named when lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import lamina
from lamina.errors import PlanError, RunError, Stopped
from lamina.flow import team
from lamina.run.tensors import read_tensors
from lamina.teller import Quiet

PLAIN = ("optimizer.name=adamw", "model.drop=0", "head.drop=0", "train.judge_every=10")
MLP = {"model": "mlp", "steps": 20, "plan": "default", "settings": PLAIN}
NORMED = {"model": "cnn", "steps": 6, "plan": "default", "settings": ("head.drop=0", "optimizer.name=sgd")}


def lines(run):
    return [json.loads(line) for line in (run.path / "log.jsonl").read_text().splitlines()]


def losses(run):
    return [line["loss"] for line in lines(run)]


class At(Quiet):
    """Does something once, when training has come to a step."""

    def __init__(self, step, act):
        super().__init__()
        self.step, self.act = step, act

    @contextmanager
    def bar(self, what, total):
        def tell(done, words):
            if what == "train" and self.act and done >= self.step:
                act, self.act = self.act, None
                act()

        yield tell


@pytest.mark.parametrize("asked", [MLP, NORMED], ids=["slices that add up", "batch norm over all rows"])
def test_two_processes_learn_what_one_does(tmp_path, asked):
    one = lamina.fit("digits", out=tmp_path / "one", teller=Quiet(), **asked)
    two = lamina.fit("digits", out=tmp_path / "two", teller=Quiet(), ranks=2, **asked)
    assert losses(two) == pytest.approx(losses(one), abs=1e-6)
    judged = [[line["valid"]["log_loss"] for line in lines(run) if "valid" in line] for run in (one, two)]
    assert judged[1] == pytest.approx(judged[0], abs=1e-5)
    assert float(two.scores["log_loss"]) == pytest.approx(float(one.scores["log_loss"]), abs=1e-5)


def test_two_processes_that_hold_a_half_each_learn_what_one_does(tmp_path):
    """Widths and batches that are odd, one batch of validation rows, and whole weights at the end."""
    asked = {**MLP, "settings": (*PLAIN, "model.width=51", "train.batch=101", "optimizer.clip_norm=0.3")}
    one = lamina.fit("digits", out=tmp_path / "one", teller=Quiet(), **asked)
    asked["settings"] += ("train.sharded=true",)
    two = lamina.fit("digits", out=tmp_path / "two", teller=Quiet(), ranks=2, **asked)
    assert losses(two) == pytest.approx(losses(one), abs=1e-6)
    judged = [[line["valid"]["log_loss"] for line in lines(run) if "valid" in line] for run in (one, two)]
    assert judged[1] == pytest.approx(judged[0], abs=1e-5)
    whole, made = (read_tensors(run.path / "weights.safetensors") for run in (one, two))
    assert {name: x.shape for name, x in made.items()} == {name: x.shape for name, x in whole.items()}
    assert float(two.scores["log_loss"]) == pytest.approx(float(one.scores["log_loss"]), abs=1e-5)
    assert len(list((two.path / "resume").glob("*/shard-*-of-2.safetensors"))) in (2, 4)


def test_a_run_of_two_goes_on_with_three_and_with_one(tmp_path):
    asked = {**MLP, "settings": (*PLAIN, "train.slices=3")}
    whole = lamina.fit("digits", out=tmp_path / "whole", teller=Quiet(), **asked)
    for name, ranks in (("a", (2, 3)), ("b", (2, 1))):
        stop = At(8, lambda: os.kill(os.getpid(), signal.SIGTERM))
        with pytest.raises(Stopped, match="everything is saved"):
            lamina.fit("digits", out=tmp_path / name, teller=stop, ranks=ranks[0], **asked)
        assert not (tmp_path / name / "weights.safetensors").exists()
        run = lamina.resume(tmp_path / name, teller=Quiet(), ranks=ranks[1])
        assert losses(run) == pytest.approx(losses(whole), abs=1e-6)


def test_two_players_move_alike_in_all_processes(tmp_path):
    settings = ("train.judge_every=2", "train.save_seconds=0")
    run = lamina.fit(
        "digits", out=tmp_path / "run", teller=Quiet(), ranks=2, objective="gan", steps=4, settings=settings
    )
    assert len(losses(run)) >= 2
    assert all(loss is not None for loss in losses(run))


def test_a_process_that_dies_is_named(tmp_path, monkeypatch):
    others = []
    start = team._start
    monkeypatch.setattr(team, "_start", lambda *words: others.append(start(*words)) or others[-1])
    with pytest.raises(RunError, match=r"process 1 of 2 was ended by signal 9(.|\n)*--resume"):
        lamina.fit("digits", out=tmp_path / "run", teller=At(8, lambda: others[0].kill()), ranks=2, **MLP)
    run = lamina.resume(tmp_path / "run", teller=Quiet())
    assert run.finished


def test_a_process_that_hangs_is_named(tmp_path, monkeypatch):
    others = []
    start = team._start
    monkeypatch.setattr(team, "_start", lambda *words: others.append(start(*words)) or others[-1])
    monkeypatch.setattr("lamina.ranks.STUCK", 5.0)
    monkeypatch.setattr("lamina.ranks.TOLD", 0.2)
    hang = At(8, lambda: others[0].send_signal(signal.SIGSTOP))
    with pytest.raises(RunError, match=r"process 1 of 2 did not answer(.|\n)*--resume"):
        lamina.fit("digits", out=tmp_path / "run", teller=hang, ranks=2, **MLP)


TORCHRUN = [sys.executable, "-m", "torch.distributed.run"]
SMALL = ["-m", "lamina", "fit", "digits", "--model", "mlp", "--steps", "10", "--plan", "default", "--resume", "--json"]


@pytest.fixture
def hosts():
    """Two network namespaces with a cable between them: names, addresses, and the devices at its ends."""
    names = [f"lamina-{os.getpid()}-{i}" for i in (0, 1)]
    ends = [f"lm{os.getpid() % 100_000}{side}" for side in "ab"]
    made = [["ip", "netns", "add", name] for name in names]
    made += [["ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1]]]
    for name, end, address in zip(names, ends, ("10.213.7.1", "10.213.7.2"), strict=True):
        made += [
            ["ip", "link", "set", end, "netns", name],
            ["ip", "-n", name, "addr", "add", f"{address}/24", "dev", end],
        ]
        made += [["ip", "-n", name, "link", "set", device, "up"] for device in (end, "lo")]
    try:
        for words in made:
            if shutil.which("ip") is None or subprocess.run(words, capture_output=True).returncode:
                pytest.skip("network namespaces cannot be made here")
        yield list(zip(names, ends, strict=True))
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True) if shutil.which("ip") else None


def test_two_hosts_train_one_run(tmp_path, hosts):
    started = []
    for rank, (name, end) in enumerate(hosts):
        words = ["ip", "netns", "exec", name, *TORCHRUN, "--nnodes=2", "--nproc-per-node=1", f"--node-rank={rank}"]
        words += ["--master-addr=10.213.7.1", "--master-port=29511", *SMALL, "--out", str(tmp_path / "run")]
        env = {**os.environ, "GLOO_SOCKET_IFNAME": end, "OMP_NUM_THREADS": "1"}
        started.append(subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env))
    said = [process.communicate(timeout=240) for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    assert lamina.load(tmp_path / "run").finished
    assert json.loads(said[0][0])["main"] == "accuracy"
    assert not said[1][0]


def started_as(rank: int, launcher: int) -> list[int]:
    """The processes that torchrun started as some rank and that are at work now."""
    found = []
    for pid in map(int, Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()):
        with suppress(OSError):
            if f"RANK={rank}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                found.append(pid)
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are told from /proc")
def test_torchrun_starts_again_what_one_killed_process_ended(tmp_path):
    """With the weights, to the bit, of two processes that nobody disturbed."""
    settings = ("model.width=16", "train.save_seconds=0.1")
    asked = {"model": "mlp", "steps": 400, "plan": "default", "settings": settings}
    whole = lamina.fit("digits", out=tmp_path / "whole", teller=Quiet(), ranks=2, **asked)
    run = tmp_path / "run"
    words = [*TORCHRUN, "--standalone", "--nproc-per-node=2", "--max-restarts=2", "-m", "lamina", "fit", "digits"]
    words += ["--model", "mlp", "--steps", "400", "--plan", "default", "--resume", "--json", "--out", str(run)]
    words += [part for setting in settings for part in ("--set", setting)]
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as launcher:
        while not any(run.glob("resume/*/manifest.json")) and launcher.poll() is None:
            time.sleep(0.01)
        killed, trained = started_as(1, launcher.pid), (run / "weights.safetensors").exists()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        said = launcher.communicate(timeout=240)
    assert (len(killed), trained, launcher.returncode) == (1, False, 0), said
    assert "process 1 of 2 was lost" in said[0]
    for name in ("weights.safetensors", "scores.json"):
        assert (run / name).read_bytes() == (whole.path / name).read_bytes()
    again = subprocess.run(words, capture_output=True, text=True, env=env)  # a finished run is left as it is
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["main"] == "accuracy"  # one object: the others say nothing


def test_what_several_processes_cannot_share_is_refused(tmp_path):
    with pytest.raises(PlanError, match=r"3 processes share batches of 2 rows(.|\n)*--ranks 2"):
        lamina.fit("digits", out=tmp_path / "a", teller=Quiet(), ranks=3, steps=5, settings=("train.batch=2",))
    with pytest.raises(PlanError, match=r"simclr compares the rows of a batch(.|\n)*one process"):
        lamina.fit("digits", out=tmp_path / "b", teller=Quiet(), ranks=2, steps=5, objective="simclr")
    soap = ("optimizer.name=soap", "train.sharded=true")
    with pytest.raises(PlanError, match=r"soap keeps the axes of whole matrices(.|\n)*optimizer.name=muon"):
        lamina.fit("digits", out=tmp_path / "c", teller=Quiet(), ranks=2, steps=5, settings=soap)
    assert not any(tmp_path.iterdir())

"""Weights cut over processes learn what whole ones learn, in checkpoints that any number of processes takes up."""

from __future__ import annotations

import weakref

import pytest
import torch
import torch._dynamo
import torch.distributed.fsdp
import torch.distributed.tensor
from torch import nn

from lamina.errors import RunError
from lamina.flow.disk import Disk, Follower
from lamina.forms import Vector
from lamina.heads import NumberHead
from lamina.objectives import Supervised
from lamina.ranks import ALONE
from lamina.recipe import Budget
from lamina.run import RunDirectory
from lamina.run.checkpoint import Checkpoint
from lamina.run.tensors import read_tensors
from lamina.teller import Quiet
from lamina.train import Mover, Plan, Session, fit

CUT = Plan(sharded=True)


class Block(nn.Module):
    """Three matrices in one, a way back, and a single number, which cannot be cut."""

    def __init__(self, width):
        super().__init__()
        self.qkv, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(3 * width, width)
        self.share = nn.Parameter(torch.tensor(0.5))

    def forward(self, x):
        return x + self.share * self.out(self.qkv(x).tanh())


class Deep(nn.Module):
    """Blocks in a list, with a way in and a norm that are in none."""

    def __init__(self, width=9, norm=nn.LayerNorm):
        super().__init__()
        self.into, self.norm = nn.Linear(3, width), norm(width)
        self.blocks = nn.ModuleList([Block(width) for _ in range(2)])
        self.head = NumberHead(width)

    def forward(self, inputs):
        x = self.into(inputs["x"])
        for block in self.blocks:
            x = block(x)
        return Vector(self.norm(x))


@pytest.fixture(autouse=True)
def every_block(monkeypatch):
    """Blocks are gathered one by one however small they are."""
    monkeypatch.setattr("lamina.train.cut.LEAST", 1)


def deep(norm=nn.LayerNorm):
    torch.manual_seed(0)
    return Supervised(Deep(norm=norm), "y")


def trained(toys, recipe, plan=CUT, game=deep, batches=None, judge=None):
    """Work for `together`: train, and give the weights and the losses."""

    def work(ranks):
        keeper = toys.Keeper()
        session = Session(recipe, keeper=keeper if ranks is ALONE else None, judge_every=5, ranks=ranks)
        losses = []
        session.observe = lambda told: losses.append(told.loss)
        made = fit(game(), batches or toys.numbers(8), recipe, plan, session, judge)
        return toys.tensors_of(made), losses

    return work


def near(found, wanted, within=1e-6):
    assert not isinstance(found, str), found
    assert found.keys() == wanted.keys()
    assert max(float((found[name] - wanted[name]).abs().max()) for name in wanted) <= within


OPTIMIZERS = {
    "adamw": {"name": "adamw", "rate": 0.003, "decay": 0.05},
    "sgd, clipped": {"rate": 0.05, "momentum": 0.9, "clip_norm": 0.5, "clip_value": 0.1},
}


@pytest.mark.parametrize(("name", "world"), [("adamw", 2), ("sgd, clipped", 3)])
def test_shards_learn_what_one_process_learns(toys, together, name, world):
    """Nine rows of weights, and one, over two processes and three."""
    recipe = toys.recipe(OPTIMIZERS[name], budget=Budget(steps=20), average=0.9)
    weights, losses = trained(toys, recipe, Plan())(ALONE)
    for found, told in together(world, trained(toys, recipe)):
        assert len(told) == 20
        assert told == pytest.approx(losses, abs=1e-6)
        near(found, weights)


@pytest.mark.parametrize("name", ["muon", "rmsprop"])
def test_two_with_shards_learn_what_two_without_learn(toys, together, name):
    """Muon to the bit, of one matrix and of three in one; the rest but for the last bits of vectors of odd lengths."""
    recipe = toys.recipe({"name": name, "rate": 0.003}, average=0.5)
    (wanted, losses), _ = together(2, trained(toys, recipe, Plan()))
    for found, told in together(2, trained(toys, recipe)):
        assert told == losses
        near(found, wanted, within=1e-8)
        assert all(torch.equal(found[f"blocks.{i}.qkv.weight"], wanted[f"blocks.{i}.qkv.weight"]) for i in (0, 1))


def test_batch_norm_reads_all_rows(toys, together):
    recipe, game = toys.recipe(OPTIMIZERS["sgd, clipped"], budget=Budget(steps=6)), lambda: deep(nn.BatchNorm1d)
    wanted, _ = trained(toys, recipe, Plan(), game)(ALONE)
    for found, _ in together(3, trained(toys, recipe, game=game)):
        near(found, wanted)


def test_of_two_players_each_is_cut(toys, together):
    """Games call players, and parts of them, several times a turn, before they move and after."""

    class Wide(toys.Duel):
        def __init__(self):
            torch.manual_seed(0)
            super().__init__()
            self.first, self.second = nn.Sequential(nn.Linear(3, 5), nn.Linear(5, 2)), nn.Linear(3, 2)

    recipe = toys.recipe({"momentum": 0.9}, budget=Budget(steps=6), average=0.5)
    wanted, losses = trained(toys, recipe, Plan(), Wide)(ALONE)
    for found, told in together(2, trained(toys, recipe, game=Wide)):
        assert told == pytest.approx(losses, abs=1e-6)
        near(found, wanted)


def held(mover):
    """Bytes of weights, averages and optimiser state that a process keeps of a player."""
    states = [x for p in mover.params for x in mover.state_of[p][p].values() if isinstance(x, torch.Tensor)]
    return sum(x.nbytes for x in (*mover.params, *mover.averaged, *states))


@pytest.mark.parametrize("world", [2, 3])
def test_each_holds_its_share(toys, together, monkeypatch, world):
    recipe, seen, settle = toys.recipe(OPTIMIZERS["adamw"], budget=Budget(steps=2), average=0.5), [], Mover.settle
    monkeypatch.setattr(Mover, "settle", lambda self, finite: seen.append(held(self)) or settle(self, finite))

    def kept(ranks):
        game = Supervised(Deep(width=48), "y")
        weights = [weakref.ref(p) for p in game.net.parameters() if p.dim()]
        trained(toys, recipe, game=lambda: game)(ranks)
        return seen[-1], sum(weight() is not None for weight in weights)  # how many of those it began with are there

    whole, _ = kept(ALONE)
    for mine, left in together(world, kept):
        assert mine <= 1.05 * whole / world
        assert left == 0


class Stop:
    """Asks a session to stop at a step."""

    def __init__(self, session, step):
        self.session, self.step = session, step

    def __call__(self, told):
        self.session.asked_to_stop |= told.step == self.step


def kept_in(path, toys, recipe, stop=0, plan=CUT):
    """Work for `together`: train in a run directory, and go on where it has come to."""

    def work(ranks):
        keeper = (Disk if ranks.first else Follower)(
            RunDirectory.open(path), Quiet(), {}, ranks if plan.sharded else ALONE
        )
        session = Session(recipe, keeper=keeper, judge_every=2, ranks=ranks)
        session.observe = Stop(session, stop)
        scores = {2: 0.5, 4: 0.4, 6: 0.6, 8: 0.7}
        return toys.tensors_of(
            fit(deep(), toys.numbers(8), recipe, plan, session, lambda _: {"loss": scores[session.step]})
        )

    return work


def test_a_checkpoint_of_two_is_taken_up_by_any_number(toys, together, tmp_path):
    """With weights, averages, optimiser state and the best weights so far; by those who cut nothing, too."""
    recipe = toys.recipe(OPTIMIZERS["adamw"], budget=Budget(steps=8), average=0.5)
    RunDirectory.create(tmp_path / "run", {"source": "x"})
    wanted = kept_in(tmp_path / "run", toys, recipe, plan=Plan())(ALONE)
    for first, then, plan in ((2, 3, CUT), (2, 1, CUT), (2, 2, Plan()), (1, 2, CUT)):
        path = tmp_path / f"{first}-{then}-{plan.sharded}"
        RunDirectory.create(path, {"source": "x"})
        for said in together(first, kept_in(path, toys, recipe, stop=4)):
            assert f"stopped after step {5 if first > 1 else 4}; everything is saved" in said  # one owes a judgement
        written = sorted(file.name for file in (path / "resume" / "a").iterdir())
        shards = [f"shard-{i}-of-{first}.safetensors" for i in range(first)] if first > 1 else []
        assert written == ["manifest.json", *shards, "state.json", "tensors.safetensors"]
        for found in together(then, kept_in(path, toys, recipe, plan=plan)):
            near(found, wanted)


def test_a_damaged_shard_is_named_and_the_checkpoint_before_it_used(toys, together, tmp_path):
    recipe, path = toys.recipe(OPTIMIZERS["adamw"], budget=Budget(steps=4), save_seconds=0.0), tmp_path / "run"
    RunDirectory.create(path, {"source": "x"})
    for stop in (1, 3):
        together(2, kept_in(path, toys, recipe, stop=stop))
    newest = Checkpoint(path / "resume").load()
    other = {"a": "b", "b": "a"}[newest.slot]
    whole = read_tensors(path / "resume" / newest.slot / "tensors.safetensors")
    assert all(x.numel() == 1 for x in whole.values())
    shard = path / "resume" / newest.slot / "shard-1-of-2.safetensors"
    data = bytearray(shard.read_bytes())
    data[-3] ^= 16
    shard.write_bytes(data)
    saved = Checkpoint(path / "resume").load()
    assert saved.state["step"] < newest.state["step"]
    assert saved.tensors.keys() == newest.tensors.keys()
    assert f'resume/{newest.slot}/shard-1-of-2.safetensors is damaged: tensor "' in saved.warnings[0]
    (path / "resume" / other / "shard-0-of-2.safetensors").unlink()
    with pytest.raises(RunError, match=r"shard-0-of-2.safetensors cannot be read: No such file"):
        Checkpoint(path / "resume").load()


def test_what_is_not_finite_is_named_as_by_one(toys, together):
    def batches(start):
        for step, batch in enumerate(toys.numbers(8)(start), start):
            if step == 2:
                batch.inputs["x"][5, 1] = float("nan")
            yield batch

    for said in together(2, trained(toys, toys.recipe(OPTIMIZERS["adamw"]), batches=batches)):
        assert "not finite at step 3: rows 105; first in what is given to the layer" in said
        assert "no step was taken" in said


def test_memory_that_runs_out_in_one_is_an_error_in_all(toys, together, monkeypatch):
    gather = Mover.gather

    def tight(self, *given):
        if self.ranks.rank == 1 and self.moves == 2:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8000000000 bytes")
        gather(self, *given)

    monkeypatch.setattr(Mover, "gather", tight)
    first, second = together(2, trained(toys, toys.recipe(OPTIMIZERS["adamw"])))
    assert "memory ran out at step 3 in one of 2 processes, while the others waited for it" in second
    assert "process 1 of 2 was lost" in first


def test_slices_are_dealt_evenly():
    """All are called for the weights of a block, so each plays as many slices."""
    assert [CUT.dealt_at(0, rows, world) for rows, world in ((8, 3), (2, 2), (7, 1))] == [3, 2, 1]
    cut = Plan(sharded=True, slices=4)
    assert [cut.dealt_at(0, rows, 3) for rows in (100, 6, 5)] == [6, 6, 3]
    assert Plan(slices=4).dealt_at(0, 100, 3) == 4

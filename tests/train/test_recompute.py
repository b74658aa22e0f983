"""Blocks that are computed again on the way back: the same is learned, to the bit, with less memory."""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

import lamina
from lamina.errors import PlanError, Stopped, TrainingError
from lamina.forms import Map, Vector
from lamina.heads import CategoryHead, NumberHead
from lamina.recipe import Budget, Recipe, Train
from lamina.run import RunDirectory
from lamina.teller import Quiet
from lamina.train import Plan, Session, blocks, default_plan, fit, measure
from lamina.train.memory import halved
from lamina.train.recompute import Recomputed

ADAM = {"name": "adamw", "rate": 0.01}
AGAIN = Plan(recompute=True)


class Step(nn.Module):
    """(B, D) -> (B, D)"""

    def __init__(self, width: int):
        super().__init__()
        self.norm, self.up, self.drop = nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.Dropout(0.3)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x):
        return x + self.down(self.drop(self.up(self.norm(x)).tanh()))


class Deep(nn.Module):
    """Blocks with dropout, over numbers."""

    def __init__(self, depth: int = 3):
        super().__init__()
        self.first, self.steps = nn.Linear(3, 8), nn.Sequential(*[Step(8) for _ in range(depth)])
        self.head = NumberHead(8)

    def forward(self, inputs):
        return Vector(self.steps(self.first(inputs["x"])))


class Normed(nn.Module):
    """Blocks with batch norm and dropout, over pictures."""

    def __init__(self, depth: int = 3):
        super().__init__()
        step = [nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.Dropout(0.2)]
        self.steps = nn.ModuleList(nn.Sequential(*copy.deepcopy(step)) for _ in range(depth))
        self.head = CategoryHead(3, 3, drop=0.1)

    def forward(self, inputs):
        x = inputs["x"]
        for step in self.steps:
            x = step(x)
        return Map(x)


def run(toys, net, plan, steps=4, keeper=None, ranks=None):
    """Train, and give the weights and statistics, the lines of the log and the newest checkpoint."""
    game, keeper = toys.supervised(net), keeper or toys.Keeper()
    recipe = toys.recipe(ADAM, budget=Budget(steps=steps), average=0.5)
    session = Session(recipe, keeper=keeper, judge_every=1, **({"ranks": ranks} if ranks else {}))
    fit(game, toys.pictures() if net is Normed else toys.numbers(8), recipe, plan, session)
    return toys.tensors_of(game.net), keeper.lines, keeper.load()[0]


def alike(toys, one, other):
    """The same weights and statistics, log and checkpoint."""
    return toys.same(one[0], other[0]) and one[1] == other[1] and toys.same(one[2], other[2])


def saved(net, x):
    """Bytes that a net keeps between its forward pass and its gradients, each tensor once."""
    held = {}
    with torch.autograd.graph.saved_tensors_hooks(
        lambda t: held.update({t.untyped_storage().data_ptr(): (t, t.untyped_storage().nbytes())}) or t, lambda t: t
    ):
        net({"x": x})
    return sum(size for _, size in held.values())


@pytest.mark.parametrize("net", [Deep, Normed])
@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_the_same_is_learned_to_the_bit(toys, net, precision):
    plain = run(toys, net, Plan(precision=precision))
    assert alike(toys, plain, run(toys, net, Plan(precision=precision, recompute=True)))
    assert not alike(toys, plain, run(toys, net, Plan(), 3))


def test_a_batch_norm_sees_each_batch_once(toys):
    learned, *_ = run(toys, Normed, AGAIN, steps=4)
    assert [int(learned[f"steps.{i}.1.num_batches_tracked"]) for i in range(3)] == [4, 4, 4]


def test_gradients_may_be_asked_for_twice():
    grads = []
    for prepared in (Plan(), AGAIN):
        torch.manual_seed(0)
        net = prepared.prepare(Normed())
        made = net({"x": torch.randn(6, 3, 6, 6)}).x.square().sum()
        made.backward(retain_graph=True)
        made.backward()
        grads.append({**{name: p.grad for name, p in net.steps.named_parameters()}, **dict(net.named_buffers())})
    assert all(torch.equal(x, grads[1][name]) for name, x in grads[0].items())


def test_statistics_are_right_where_computing_again_breaks_off(toys):
    game = toys.supervised(Normed)
    net = AGAIN.prepare(game.net)
    (turn,) = game.turns(next(toys.pictures()(0)), None)
    after = toys.tensors_of(net)

    def broken(*_):
        raise MemoryError

    net.steps[1][1].register_forward_pre_hook(broken)
    with pytest.raises(MemoryError):
        turn.loss.backward()
    assert toys.same(toys.tensors_of(net), after)


def test_slices_learn_the_same(toys):
    plain = run(toys, Deep, Plan(slices=4))
    assert alike(toys, plain, run(toys, Deep, Plan(slices=4, recompute=True)))


@pytest.mark.parametrize("net", [Deep, Normed])
def test_a_resumed_run_learns_the_same(toys, net):
    whole, keeper = run(toys, net, AGAIN, 4), toys.Keeper()
    game, recipe = toys.supervised(net), toys.recipe(ADAM, budget=Budget(steps=4), average=0.5)
    session = Session(recipe, keeper=keeper, judge_every=1)
    batches = toys.pictures() if net is Normed else toys.numbers(8)

    def until(start):
        for step, batch in enumerate(batches(start), start):
            session.asked_to_stop = step == 1
            yield batch

    with pytest.raises(Stopped):
        fit(game, until, recipe, AGAIN, session)
    assert alike(toys, whole, run(toys, net, AGAIN, 4, keeper))


@pytest.mark.parametrize("net", [Deep, Normed])
def test_several_processes_learn_the_same(toys, together, net):
    found = [together(2, lambda ranks, plan=plan: run(toys, net, plan, ranks=ranks)) for plan in (Plan(), AGAIN)]
    assert not any(isinstance(made, str) for made in (*found[0], *found[1])), found
    assert all(alike(toys, *pair) for pair in zip(*found, strict=True))


def test_what_is_kept_is_what_goes_into_the_blocks():
    x, plain, again = torch.randn(64, 3), Deep(8).train(), AGAIN.prepare(Deep(8))
    weights = sum(p.numel() * 4 for p in plain.parameters())
    assert saved(plain, x) - weights > 8 * 64 * 4 * (8 + 8 + 32 + 32)  # norm, its sum, tanh, dropout
    assert saved(again, x) < 64 * 4 * (3 + 8 * 9) + 1000


def test_nothing_is_kept_or_computed_twice_without_gradients(toys):
    net, seen = AGAIN.prepare(Deep()), []
    net.steps[0].up.register_forward_hook(lambda *_: seen.append(1))
    with torch.no_grad():
        net({"x": torch.randn(4, 3)})
    assert seen == [1]
    net({"x": torch.randn(4, 3)}).x.sum().backward()
    assert seen == [1, 1, 1]


def test_a_copy_computes_its_own_blocks():
    net = AGAIN.prepare(Deep())
    twin = AGAIN.prepare(copy.deepcopy(net))
    nn.init.zeros_(twin.steps[0].up.weight)
    twin({"x": torch.randn(4, 3)}).x.sum().backward()
    assert all(step.forward.plain.__self__ is step for step in twin.steps)
    assert all(p.grad is None for p in net.parameters())
    assert all(not isinstance(step.forward.plain, Recomputed) for step in twin.steps)
    assert net.state_dict().keys() == Deep().state_dict().keys()


def test_blocks_are_the_innermost_members_that_hold_layers():
    pairs = nn.ModuleList(nn.Sequential(Step(8), nn.Identity(), Step(8)) for _ in range(2))
    assert blocks(pairs) == [pairs[0][0], pairs[0][2], pairs[1][0], pairs[1][2]]
    assert blocks(nn.Sequential(nn.Linear(3, 3), spectral_norm(nn.Linear(3, 3)), nn.ReLU())) == []


def test_a_layer_that_spoils_a_step_is_named_as_ever(toys):
    class Bad(nn.Module):
        def forward(self, x):
            return x / (x - x).detach() if x.requires_grad else x

    said = []
    for plan in (Plan(), AGAIN):
        game = toys.supervised(Deep)
        game.net.steps[1].add_module("drop", Bad())
        with pytest.raises(TrainingError) as caught:
            fit(game, toys.numbers(8), toys.recipe(ADAM), plan)
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert "steps.1.drop" in said[0]


def test_the_plan_follows_the_recipe_and_says_so():
    recipe = Recipe(train=Train(recompute=True))
    plan = default_plan(recipe, pictures=False, work=1.0, threads=1)
    assert plan.recompute
    assert "blocks computed again" in plan.words()
    assert not default_plan(Recipe(), pictures=False, work=1.0, threads=1).recompute


def test_a_plan_does_not_compile_too(toys):
    with pytest.raises(PlanError, match="compiles"):
        Plan(compile="net", recompute=True)
    base = dataclasses.replace(AGAIN, threads=1)
    plan = measure(
        toys.recipe(), toys.supervised(Deep), next(toys.numbers()(0)), base, seconds=0.05, left=1e9, threads=1
    )
    assert plan.recompute
    assert "not tried" in plan.timings[-1]["why"]


def test_where_memory_runs_out_it_is_named_for_nets_that_have_blocks(toys):
    for net, plan, named in ((Normed, Plan(), True), (Normed, AGAIN, False), (toys.Conv, Plan(), False)):
        with pytest.raises(TrainingError) as caught:
            halved(plan, toys.supervised(net), 0, 8)
        assert ("train.recompute=true" in caught.value.fix) == named
        assert "train.batch=4" in caught.value.fix


def test_a_run_is_asked_for_it_by_a_setting(tmp_path):
    words = {"steps": 3, "model": "cnn", "teller": Quiet()}
    again = lamina.fit("digits", out=tmp_path / "a", settings=("train.recompute=true", "model.width=4"), **words)
    plain = lamina.fit("digits", out=tmp_path / "b", settings=("model.width=4",), **words)
    weights = [(tmp_path / name / "weights.safetensors").read_bytes() for name in "ab"]
    assert weights[0] == weights[1]
    assert again.scores == plain.scores
    assert RunDirectory.open(tmp_path / "a").read_json("plan.json")["recompute"] is True


def test_a_net_without_blocks_is_refused_and_leaves_nothing(tmp_path):
    source = np.random.default_rng(0).integers(0, 255, (60, 12, 12), dtype=np.uint8), np.arange(60) % 2
    asked = {"model": "lenet", "steps": 1, "settings": ("train.recompute=true",), "teller": Quiet()}
    with pytest.raises(PlanError, match="lenet has no blocks") as caught:
        lamina.fit(source, out=tmp_path / "run", **asked)
    assert "train.batch" in caught.value.fix
    assert not (tmp_path / "run").exists()

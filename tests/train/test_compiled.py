"""A step as one compiled graph learns what the step itself learns."""

from __future__ import annotations

import dataclasses
from functools import partial

import pytest
import torch
from torch import nn

from lamina.errors import PlanError, TrainingError
from lamina.objectives import Supervised, Turn
from lamina.recipe import Budget
from lamina.rng import Rng
from lamina.train import Plan, fit, measure
from lamina.train.compiled import Compiled

TORCH_COMPILE = torch.compile


@pytest.fixture
def traced(monkeypatch):
    """Graphs are traced and checked as ever, but run without being compiled, which takes seconds."""
    torch.compiler.reset()
    monkeypatch.setattr(torch, "compile", partial(TORCH_COMPILE, backend="aot_eager"))


def trained(toys, plan, net=nn.BatchNorm1d, rows=8, batch=8, steps=5):
    torch.manual_seed(0)
    game = toys.supervised(toys.Dense, net)
    fit(game, toys.numbers(rows), toys.recipe(budget=Budget(steps=steps), batch=batch), plan)
    return toys.tensors_of(game.net)


@pytest.mark.parametrize("slices", [1, 2])
@pytest.mark.parametrize("batch", [8, 16])  # with 16, every batch of 8 rows is as the last of an epoch
def test_a_compiled_step_is_the_step(toys, traced, slices, batch):
    norm = nn.BatchNorm1d if slices == 1 else nn.LayerNorm
    made = trained(toys, Plan(compile="step", slices=slices), norm, batch=batch)
    wanted = trained(toys, Plan(slices=slices), norm, batch=batch)
    assert made.keys() == wanted.keys()
    for name, x in wanted.items():
        torch.testing.assert_close(made[name], x, rtol=1e-5, atol=1e-6)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_a_step_compiled_to_machine_code_is_the_step_and_the_same_each_time(toys):
    torch.compiler.reset()
    made, again = (trained(toys, Plan(compile="step")) for _ in range(2))
    assert toys.same(made, again)
    for name, x in trained(toys, Plan()).items():
        torch.testing.assert_close(made[name], x, rtol=1e-4, atol=1e-5)


def test_only_batches_of_the_planned_size_are_compiled(toys, traced):
    game = toys.supervised(toys.Dense)
    compiled = Compiled(game, 8)
    assert [next(compiled.turns(next(toys.numbers(rows)(0)), Rng(0))).grads is None for rows in (8, 7)] == [False, True]


class Drawing(Supervised):
    """A game that draws numbers of its own."""

    def turns(self, batch, rng):
        for turn in super().turns(batch, rng):
            yield Turn(turn.player, turn.loss * rng.uniform(1), turn.count)


class Twice(Supervised):
    """A game of two turns."""

    def turns(self, batch, rng):
        yield from super().turns(batch, rng)
        yield from super().turns(batch, rng)


@pytest.mark.parametrize("sort", [Drawing, Twice])
def test_a_game_that_is_no_graph_is_told(toys, traced, sort):
    compiled = Compiled(sort(toys.Dense(), "y"), 8)
    with pytest.raises(PlanError, match="cannot be one compiled graph"):
        next(compiled.turns(next(toys.numbers(8)(0)), Rng(0)))


def test_two_players_are_no_graph(toys):
    with pytest.raises(PlanError, match="2 players"):
        Compiled(toys.Duel(), 8)


def test_where_the_step_is_no_graph_the_net_is_compiled(toys, traced):
    game, batch = Twice(toys.Dense(), "y"), next(toys.numbers(8)(0))
    plan = measure(toys.recipe(), game, batch, Plan(threads=1), seconds=0.1, left=1e9, threads=1)
    assert [row["candidate"].split(", ")[1] for row in plan.timings[-2:]] == ["step compiled", "net compiled"]
    assert "cannot be one compiled graph" in plan.timings[-2]["why"]


def test_the_row_that_is_not_finite_is_named_under_a_compiled_step_too(toys, traced):
    game = toys.supervised(toys.Dense)

    def batches(start):
        for batch in toys.numbers(8)(start):
            batch.inputs["x"][3] = torch.nan
            yield batch

    with pytest.raises(TrainingError, match=r"rows 103; first in what is given to the layer"):
        fit(game, batches, toys.recipe(batch=8), Plan(compile="step"))


def test_many_runs_in_one_process_have_a_graph_each(toys, traced):
    kept = [Compiled(toys.supervised(toys.Dense), 8) for _ in range(12)]
    assert all(next(compiled.turns(next(toys.numbers(8)(0)), Rng(0))).grads for compiled in kept)


def test_each_shape_has_a_graph_and_other_things_than_tensors_have_none(toys, traced):
    game = toys.supervised(toys.Dense)
    compiled, batch = Compiled(game, 8), next(toys.numbers(8)(0))
    turn = next(compiled.turns(batch, Rng(0)))
    torch.testing.assert_close(turn.norm, torch.nn.utils.get_total_norm([g for g in turn.grads if g is not None]))
    assert next(compiled.turns(dataclasses.replace(batch, mixed=True), Rng(0))).grads
    assert len(compiled.graphs) == 2
    with pytest.raises(PlanError, match="more than plain tensors"):
        next(compiled.turns(dataclasses.replace(batch, inputs={"x": [1.0] * 8}), Rng(0)))

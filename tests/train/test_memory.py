"""When memory runs out, the same batch is taken in more slices, and nothing of the step that failed is left."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys

import pytest
import torch
from torch import nn

import lamina
from lamina.config import build
from lamina.errors import Stopped, TrainingError
from lamina.recipe import Budget
from lamina.run import RunDirectory
from lamina.teller import Quiet
from lamina.train import Mover, Plan, Session, fit, measure

FULL = RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8000000000 bytes")


def short(monkeypatch, most: int, since: int = 0, error: Exception = FULL, place: str = "gather"):
    """From some step on, memory is too short for slices of more than `most` rows; elsewhere than where gradients are
    gathered, for none at all or for any."""
    plain = getattr(Mover, place)

    def tight(self, *given, **named):
        rows = given[0].count if place == "gather" else 0
        if self.moves >= since and rows > most:
            raise error
        return plain(self, *given, **named)

    monkeypatch.setattr(Mover, place, tight)


def run(toys, recipe, plan=None, keeper=None, game=None, batches=None):
    """Train, and give the game and the keeper."""
    game, keeper = game or toys.supervised(toys.Dense, nn.LayerNorm, 0.3), keeper or toys.Keeper()
    fit(game, batches or toys.numbers(8), recipe, plan, Session(recipe, keeper=keeper, judge_every=5))
    return game, keeper


ADAM = {"name": "adamw", "rate": 0.01}


@pytest.mark.parametrize(("most", "slices"), [(4, 2), (3, 4), (1, 8)])
@pytest.mark.parametrize("since", [0, 2])
def test_it_trains_as_if_the_slices_had_been_planned(toys, most, slices, since, monkeypatch):
    recipe = toys.recipe(ADAM, budget=Budget(steps=5), average=0.5)
    planned, wanted = run(toys, recipe, Plan(halved=((since, slices),)))
    short(monkeypatch, most, since)
    game, keeper = run(toys, recipe)
    assert toys.same(toys.tensors_of(game.net), toys.tensors_of(planned.net))  # dropout as well
    assert toys.same(keeper.load()[0], wanted.load()[0])
    assert keeper.lines == wanted.lines
    assert build(Plan, keeper.plan) == Plan(halved=((since, slices),))
    assert len(keeper.said) == 1
    assert f"memory ran out at step {since + 1}: " in keeper.said[0]
    assert f"8 rows is taken in {slices} slices of {8 // slices}, the same rows" in keeper.said[0]


def test_without_draws_the_step_is_that_of_the_whole_batch(toys, monkeypatch):
    recipe = toys.recipe(ADAM, budget=Budget(steps=5))
    whole, _ = run(toys, recipe, game=toys.supervised())
    short(monkeypatch, 4)
    cut, _ = run(toys, recipe, game=toys.supervised())
    for name, x in toys.tensors_of(whole.net).items():
        torch.testing.assert_close(toys.tensors_of(cut.net)[name], x, rtol=1e-5, atol=1e-6)


def test_a_resumed_run_has_the_same_slices_from_the_same_step_on(toys, monkeypatch):
    """Memory runs out at the fourth step, the newest checkpoint is of the second, and later there is enough again."""
    recipe = toys.recipe(ADAM, budget=Budget(steps=6), average=0.5)
    wanted, _ = run(toys, recipe, Plan(halved=((3, 2),)))
    keeper, current = toys.Keeper(), [None]

    def stopped_after(step):
        current[0] = Session(recipe, keeper=keeper, judge_every=5)

        def batches(start):
            for at, batch in enumerate(toys.numbers(8)(start), start):
                current[0].asked_to_stop = at == step - 1
                yield batch

        with pytest.raises(Stopped):
            fit(toys.supervised(toys.Dense, nn.LayerNorm, 0.3), batches, recipe, None, current[0])

    stopped_after(2)
    early, lines = keeper.saved, keeper.lines[:]
    with monkeypatch.context() as patch:
        short(patch, 4, since=3)
        stopped_after(5)
    keeper.saved, keeper.lines = early, lines  # killed: what was saved last is that of the second step
    game, _ = run(toys, recipe, build(Plan, keeper.plan), keeper)
    assert toys.same(toys.tensors_of(game.net), toys.tensors_of(wanted.net))


@pytest.mark.parametrize("place", ["gather", "move"])
@pytest.mark.parametrize("since", [0, 2])
def test_of_two_players_neither_has_moved_in_a_step_that_failed(toys, monkeypatch, place, since):
    """It is the second's turn when memory runs out, and the first has moved."""

    recipe = toys.recipe({"momentum": 0.9}, budget=Budget(steps=4), average=0.5)
    planned, wanted = run(toys, recipe, Plan(halved=((since, 2),)), game=toys.Thrice())
    plain, made, failed = getattr(Mover, place), Mover.__init__, []
    movers: list[Mover] = []
    monkeypatch.setattr(Mover, "__init__", lambda self, *given: (movers.append(self), made(self, *given))[1])

    def fails(self, *given, **named):
        if self is movers[1] and self.moves == since and not failed:
            failed.append(movers[0].turns)
            raise FULL
        return plain(self, *given, **named)

    monkeypatch.setattr(Mover, place, fails)
    game, keeper = run(toys, recipe, game=toys.Thrice())
    assert failed == [1]
    assert toys.same(keeper.load()[0], wanted.load()[0])
    assert toys.same(toys.tensors_of(game.first), toys.tensors_of(planned.first))
    assert game.rounds == planned.rounds


def test_memory_that_runs_out_while_the_optimizer_makes_its_state_leaves_no_half_of_it(toys, monkeypatch):
    recipe = toys.recipe({"name": "rmsprop", "rate": 0.01, "momentum": 0.9}, budget=Budget(steps=3))
    planned, _ = run(toys, recipe, Plan(halved=((0, 2),)))
    plain, left = torch.zeros_like, [4]

    def zeros(*given, **named):
        left[0] -= 1
        if left[0] == 0:
            raise FULL
        return plain(*given, **named)

    monkeypatch.setattr(torch, "zeros_like", zeros)  # the second of a parameter's two
    game, keeper = run(toys, recipe)
    assert left[0] < 0
    assert len(keeper.said) == 1
    assert toys.same(toys.tensors_of(game.net), toys.tensors_of(planned.net))


def test_a_batch_that_cannot_be_cut_says_what_to_type_and_moves_nothing(toys, monkeypatch):
    game = toys.supervised(toys.Dense, nn.BatchNorm1d)
    before = toys.tensors_of(game.net)
    short(monkeypatch, 4)
    with pytest.raises(TrainingError, match=r"step 1 with a batch of 8 rows.* batch norm[^$]*--set train.batch=4"):
        run(toys, toys.recipe(), game=game)
    assert toys.same(toys.tensors_of(game.net), before)


def test_memory_that_runs_out_while_a_lone_player_moves_ends_the_run(toys, monkeypatch):
    """A lone player keeps no copy of what it was: half a move could not be put back."""
    short(monkeypatch, -1, since=2, place="settle")
    with pytest.raises(TrainingError, match=r"step 3 while the weights moved, with 1 slice of [^$]*--resume"):
        run(toys, toys.recipe(ADAM, budget=Budget(steps=5)))


def test_a_row_that_does_not_fit_alone_ends_the_run(toys, monkeypatch):
    short(monkeypatch, 0)
    with pytest.raises(TrainingError, match="memory ran out at step 1 with a single row"):
        run(toys, toys.recipe())


def test_another_error_is_not_taken_for_one_of_memory(toys, monkeypatch):
    short(monkeypatch, 4, error=RuntimeError("a shape that does not fit"))
    with pytest.raises(RuntimeError, match="a shape that does not fit"):
        run(toys, toys.recipe())


def test_a_plan_is_timed_in_slices_that_fit(toys, monkeypatch):
    short(monkeypatch, 4)
    game = toys.supervised()
    plan = measure(toys.recipe(), game, next(toys.numbers(8)(0)), Plan(threads=1), seconds=0.1, left=0.0, threads=1)
    assert (plan.slices, plan.halved) == (2, ())


def test_a_candidate_that_does_not_fit_is_not_taken(toys, monkeypatch):
    plain = Plan.autocast

    def autocast(self):
        if self.precision == "bf16":
            raise FULL
        return plain(self)

    monkeypatch.setattr(Plan, "autocast", autocast)
    plan = measure(
        toys.recipe(), toys.supervised(), next(toys.numbers(8)(0)), Plan(threads=1), seconds=0.1, left=0.0, threads=1
    )
    assert plan.precision == "float32"
    assert {"candidate": dataclasses.replace(plan, precision="bf16", threads=1).words(), "ms": None} == {
        k: plan.timings[1][k] for k in ("candidate", "ms")
    }


def test_a_run_says_it_once_and_keeps_it(tmp_path, monkeypatch):
    short(monkeypatch, 32, since=7)
    teller, out = Quiet(), tmp_path / "run"
    lamina.fit("digits", model="mlp", steps=12, out=out, teller=teller, plan="default")
    said = [line for line in teller.lines if "memory ran out" in line]
    assert len(said) == 1
    assert "at step 8: " in said[0]
    kept = json.loads((out / "plan.json").read_text())
    assert [step for step, _ in kept["halved"]] == [7]
    assert RunDirectory.open(out).read_json("plan.json") == kept


REAL = """
import resource, sys, torch
from torch import nn
from lamina.forms import Batch, Vector
from lamina.heads import NumberHead
from lamina.objectives import Supervised
from lamina.recipe import Budget, Optimizer, Recipe, Schedule, Train
from lamina.train import Plan, Session, fit

class Wide(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Sequential(nn.Linear(2, 60_000), nn.GELU(), nn.Linear(60_000, 4)), NumberHead(4)
    def forward(self, inputs):
        return Vector(self.body(inputs["x"]))

class Keeper:
    def append(self, line): ...
    def log_length(self): return 0
    def truncate(self, length): ...
    def save(self, tensors, state): ...
    def load(self): return None
    def replan(self, plan, why): print("SAID", why)

torch.set_num_threads(1)
torch.manual_seed(0)
x = torch.randn(1024, 2)
recipe = Recipe(budget=Budget(steps=2), optimizer=Optimizer(name="sgd", rate=0.001, momentum=0.0, decay=0.0),
                schedule=Schedule(name="constant", warmup=0.0), train=Train(average=0.0))
net = Wide()
net.head.loss(net({"x": x[:8]}), x[:8, 0])[0].backward()  # what torch itself needs is there
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 400 * 2**20,) * 2)  # a layer of the whole batch has 246 MB
fit(Supervised(net, "y"), lambda start: iter([Batch({"x": x}, {"y": x[:, 0]}, torch.arange(1024))] * 9), recipe,
    Plan(), Session(recipe, keeper=Keeper()))
print("DONE", all(bool(p.isfinite().all()) for p in net.parameters()))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a limit of address space, as Linux keeps it")
def test_under_a_real_limit_of_memory_a_run_goes_on_in_slices():
    done = subprocess.run([sys.executable, "-c", REAL], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("SAID memory ran out at step 1: ") == 1
    assert "1,024 rows is taken in" in done.stdout
    assert "DONE True" in done.stdout

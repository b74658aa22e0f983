"""Small nets and games to train, and a keeper in memory that loses what a disk would lose."""

from __future__ import annotations

import json
import os
import pickle
import traceback
from types import SimpleNamespace

import pytest
import torch
import torch._dynamo  # loaded by optimisers' first step, once for all forks
import torch.distributed as dist
from torch import nn

from lamina import ranks as meeting
from lamina.errors import LaminaError
from lamina.forms import Batch, Map, Vector
from lamina.heads import CategoryHead, NumberHead
from lamina.objectives import Supervised, Turn
from lamina.recipe import Budget, Optimizer, Recipe, Schedule, Train
from lamina.rng import generator
from lamina.run.tensors import from_bytes, to_bytes

HERE = "127.0.0.1"


class Dense(nn.Module):
    """A net with a norm, so that it has biases, gains and, with batch norm, running statistics."""

    def __init__(self, norm: type[nn.Module] = nn.LayerNorm, drop: float = 0.0):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 8), norm(8), nn.GELU(), nn.Dropout(drop), nn.Linear(8, 4))
        self.head = NumberHead(4)

    def forward(self, inputs):
        return Vector(self.body(inputs["x"]))


class Conv(nn.Module):
    """Convolutions with batch norm and dropout, over pictures."""

    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.2), nn.Conv2d(8, 8, 3)]
        self.body, self.head = nn.Sequential(*layers), CategoryHead(8, 3, drop=0.1)

    def forward(self, inputs):
        return Map(self.body(inputs["x"]))


class Duel:
    """Two players of one number each: the first goes to 1, the second to where the first is by then."""

    additive = True

    def __init__(self):
        self.first, self.second, self.rounds = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False), 0
        for player in (self.first, self.second):
            nn.init.zeros_(player.weight)

    def players(self):
        return {"first": self.first, "second": self.second}

    def modules(self):
        return {}

    def turns(self, batch, rng):
        x = batch.inputs["x"]
        yield Turn("first", (self.first(x) - 1).square().mean(), len(batch))
        seen = self.first(x).detach()
        yield Turn("second", (self.second(x) - seen).square().mean(), len(batch))
        self.rounds += 1

    def product(self):
        return self.second

    def state(self):
        return {"rounds": self.rounds}

    def load(self, state):
        self.rounds = state["rounds"]


class Thrice(Duel):
    """The same two, each of three numbers and a bias."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 1), nn.Linear(3, 1)
        for p in [*self.first.parameters(), *self.second.parameters()]:
            nn.init.ones_(p)


class Keeper:
    """Keeps a log and the newest checkpoint as bytes."""

    def __init__(self):
        self.lines, self.saved, self.saves, self.plan, self.said = [], None, 0, None, []

    def append(self, line):
        self.lines.append(json.dumps(line, allow_nan=False))

    def log_length(self):
        return len(self.lines)

    def truncate(self, length):
        del self.lines[length:]

    def save(self, tensors, state):
        self.saved, self.saves = (to_bytes(tensors), json.dumps(state, allow_nan=False)), self.saves + 1

    def load(self):
        return None if self.saved is None else (from_bytes(self.saved[0], "slot"), json.loads(self.saved[1]))

    def replan(self, plan, why):
        self.plan = json.loads(json.dumps(plan))
        self.said.append(why)


def numbers(rows: int = 8, seed: int = 0):
    """Endless batches of three numbers with an answer; the batch of a step is a function of the step."""

    def batches(start: int):
        step = start
        while True:
            draw = generator(seed, "batch", step)
            x = torch.from_numpy(draw.standard_normal((rows, 3), dtype="float32"))
            yield Batch({"x": x}, {"y": x.sum(1) + 0.5}, torch.arange(100, 100 + rows))
            step += 1

    return batches


def pictures(rows: int = 6):
    """Endless batches of pictures of three classes."""

    def batches(start: int):
        step = start
        while True:
            draw = generator(0, "picture", step)
            x = torch.from_numpy(draw.standard_normal((rows, 3, 6, 6), dtype="float32"))
            yield Batch({"x": x}, {"y": torch.from_numpy(draw.integers(0, 3, rows))}, torch.arange(rows))
            step += 1

    return batches


def recipe(optimizer: dict | None = None, schedule: dict | None = None, budget=None, seed: int = 0, **train) -> Recipe:
    """A recipe without warm-up, averaging or decay, where nothing else is said."""
    return Recipe(
        seed=seed,
        budget=budget or Budget(steps=5),
        optimizer=Optimizer(**{"name": "sgd", "rate": 0.1, "momentum": 0.0, "decay": 0.0, **(optimizer or {})}),
        schedule=Schedule(**{"name": "constant", "warmup": 0.0, **(schedule or {})}),
        train=Train(**{"average": 0.0, **train}),
    )


def supervised(net: type[nn.Module] = Dense, *args, seed: int = 0) -> Supervised:
    torch.manual_seed(seed)
    return Supervised(net(*args), "y")


def tensors_of(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: x.detach().clone() for name, x in module.state_dict().items()}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    """Equal to the bit, name by name."""
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.fixture
def toys():
    """The nets, games and batches above."""
    return SimpleNamespace(
        Dense=Dense, Conv=Conv, Duel=Duel, Thrice=Thrice, Keeper=Keeper, numbers=numbers, pictures=pictures,
        recipe=recipe, supervised=supervised, tensors_of=tensors_of, same=same,
    )  # fmt: skip


@pytest.fixture
def together(tmp_path, monkeypatch):
    """`together(world, work)` gives what `work(ranks)` makes in each of some forked processes, or the words of its
    error."""
    monkeypatch.setattr(meeting, "TOLD", 0.5)
    monkeypatch.setattr(meeting, "STUCK", 30.0)
    count = 0

    def run(world, work):
        nonlocal count
        count += 1
        place, pids = tmp_path / f"team-{count}", []
        store = dist.TCPStore(HERE, 0, world, True, wait_for_workers=False)
        for rank in range(world):
            pids.append(os.fork())
            if not pids[-1]:
                _carry_out(rank, world, work, place, store.port)
        for pid in pids:
            os.waitpid(pid, 0)
        return [pickle.loads(place.with_name(f"{place.name}.{rank}").read_bytes()) for rank in range(world)]

    return run


def _carry_out(rank, world, work, place, port):
    """The work of one process, which ends with it."""
    made = "nothing"
    try:
        torch.set_num_threads(1)
        with meeting.joined(rank, world, dist.TCPStore(HERE, port, world, False)) as ranks:
            made = work(ranks)
    except LaminaError as error:
        made = str(error)
    except BaseException:
        made = traceback.format_exc()
    finally:
        place.with_name(f"{place.name}.{rank}").write_bytes(pickle.dumps(made))
        os._exit(0)

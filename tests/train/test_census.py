"""What training changes and no checkpoint holds is named before the first checkpoint is written."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from torch import nn

from lamina.errors import TrainingError
from lamina.objectives import Supervised
from lamina.recipe import Budget
from lamina.rng import Rng
from lamina.train import Session, fit
from lamina.train.census import Census


class Inner:
    """Something an objective leans on."""

    def __init__(self):
        self.steps = [0]


class Counting(nn.Module):
    """A layer that counts how often it was used, in a way that is given."""

    def __init__(self, where: str):
        super().__init__()
        self.where, self.count = where, 0
        if where.startswith("buffer"):
            self.register_buffer("seen", torch.zeros(1), persistent=where == "buffer kept")

    def forward(self, x):
        if self.where == "attribute":
            self.count += 1
        elif self.where.startswith("buffer"):
            self.seen.add_(1)
        return x


class Forgetful(Supervised):
    """A game that remembers something beside its net, and says nothing of it."""

    def __init__(self, net: nn.Module, forgets: str):
        super().__init__(net, "y")
        self.forgets, self.inner, self.other = forgets, Inner(), nn.Linear(2, 2)
        self.made, self.drawn, self.tensor = np.random.default_rng(0), torch.Generator(), torch.zeros(2)
        self.list = [[0], {"a": 1}]

    def turns(self, batch, rng):
        yield from super().turns(batch, rng)
        match self.forgets:
            case "inner.steps[0]":
                self.inner.steps[0] += 1
            case "other.weight":
                self.other.weight.data.add_(1)
            case "made":
                self.made.normal()
            case "drawn":
                torch.rand(1, generator=self.drawn)
            case "list[1]['a']":
                self.list[1]["a"] += 1
            case "list[0][1]":
                self.list[0][:] = [0, 5]
            case "tensor":
                self.tensor[1] += 1
            case "new":
                self.new = 3


def forgetful(toys, name: str) -> Forgetful:
    return Forgetful(toys.supervised().net, name)


def train(toys, game, steps: int = 3):
    recipe = toys.recipe(budget=Budget(steps=steps))
    keeper = toys.Keeper()
    fit(game, toys.numbers(), recipe, None, Session(recipe, keeper=keeper))
    return keeper


@pytest.mark.parametrize(
    "name", ["inner.steps[0]", "other.weight", "made", "drawn", "list[1]['a']", "list[0][1]", "tensor", "new"]
)
def test_what_is_forgotten_is_named(toys, name):
    game = forgetful(toys, name)
    with pytest.raises(TrainingError) as caught:
        train(toys, game)
    assert f"objective.{name} changed in training and would be lost" in str(caught.value)


def test_an_objective_that_forgets_nothing_passes(toys):
    game = forgetful(toys, "nothing")
    game.net.head.own = game.list  # and is not counted twice
    assert train(toys, game).saves == 1
    assert train(toys, toys.supervised(toys.Dense, nn.BatchNorm1d)).saves == 1


def test_what_state_holds_is_not_missed_and_what_load_forgets_is(toys):
    class Forgets(toys.Duel):
        def load(self, state):
            pass

    for made, fails in ((toys.Duel, False), (Forgets, True)):
        game = made()
        game.first, game.second = nn.Linear(3, 1), nn.Linear(3, 1)
        if not fails:
            assert train(toys, game).saves == 1
            continue
        with pytest.raises(TrainingError, match=r"objective\.rounds changed"):
            train(toys, game)


def test_numbers_for_keys_do_not_come_back_from_json(toys):
    class Keyed(toys.Duel):
        def __init__(self):
            super().__init__()
            self.first, self.second, self.rounds = nn.Linear(3, 1), nn.Linear(3, 1), {1: 0}

        def turns(self, batch, rng):
            yield from (turn for turn in super().turns(batch, rng) if turn)

    game = Keyed()
    counted = Census(game)
    game.rounds = {1: 2}
    with pytest.raises(TrainingError, match=r"objective\.rounds\[1\] "):
        counted.check(game)


@pytest.mark.parametrize(("where", "named"), [("attribute", "count"), ("buffer", "seen"), ("buffer kept", "")])
def test_a_layer_that_counts_is_named(toys, where, named):
    game = toys.supervised()
    game.net.body.append(Counting(where))
    if not named:
        assert train(toys, game).saves == 1
        return
    with pytest.raises(TrainingError, match=rf"objective\.net\.body\.5\.{named} changed"):
        train(toys, game)


def test_a_list_of_the_nets_own_weights_is_nothing_beside_them(toys):
    game = toys.supervised()
    game.params = list(game.net.parameters())
    assert train(toys, game).saves == 1


def test_what_cannot_be_copied_is_let_be_and_its_layers_are_counted(toys):
    game = toys.supervised()
    game.lock = threading.Lock()
    assert train(toys, game).saves == 1
    game.net.body.append(Counting("attribute"))
    with pytest.raises(TrainingError, match="count changed"):
        train(toys, game)


def test_a_run_that_is_taken_up_again_is_not_asked_again(toys):
    recipe, keeper = toys.recipe(budget=Budget(steps=3)), toys.Keeper()
    fit(toys.supervised(), toys.numbers(), recipe, None, Session(recipe, keeper=keeper))
    session = Session(toys.recipe(budget=Budget(steps=5)), keeper=keeper)
    fit(toys.supervised(), toys.numbers(), session.recipe, None, session)
    assert session._census is None
    assert keeper.saves == 2


def test_a_census_does_not_touch_what_it_counts(toys):
    game = toys.supervised(toys.Dense, nn.BatchNorm1d)
    before, counted = toys.tensors_of(game.net), Census(game)
    counted.check(game)
    assert toys.same(toys.tensors_of(game.net), before)
    list(game.turns(next(toys.numbers()(0)), Rng(0)))
    assert not toys.same(toys.tensors_of(game.net), before)  # the twin shares the net
    assert counted.twin.net is game.net

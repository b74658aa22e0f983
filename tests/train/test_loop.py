"""The loop plays turns, moves whoever's turn it is, and knows no game."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from lamina.errors import PlanError
from lamina.forms import Batch
from lamina.objectives import Turn
from lamina.recipe import Budget
from lamina.train import Plan, Session, fit


def ones(rows: int = 4):
    def batches(start):
        while True:
            yield Batch({"x": torch.ones(rows, 1)}, {}, torch.arange(rows))

    return batches


@pytest.mark.parametrize("slices", [1, 2, 4])
def test_the_second_player_sees_the_first_already_moved(toys, slices):
    game = toys.Duel()
    fit(game, ones(), toys.recipe(budget=Budget(steps=1)), Plan(slices=slices))
    assert_close(game.first.weight.item(), 0.2)  # 0 + 0.1 · 2 · (1 - 0)
    assert_close(game.second.weight.item(), 0.04)  # 0 + 0.1 · 2 · (0.2 - 0); it would stay 0 against the unmoved first


def test_the_game_is_played_to_its_end_and_gives_its_product(toys):
    game = toys.Duel()
    product = fit(game, ones(), toys.recipe(budget=Budget(steps=200)))
    assert product is game.second
    assert game.rounds == 200
    assert_close(game.second.weight.item(), 1.0, rtol=0, atol=1e-4)
    assert not product.training


@pytest.mark.parametrize("optimizer", [{"name": "sgd", "momentum": 0.9}, {"name": "adamw", "rate": 0.01}])
def test_slices_train_as_the_whole_batch(toys, optimizer):
    made = []
    for slices in (1, 3):
        game = toys.supervised()
        fit(game, toys.numbers(rows=7), toys.recipe(optimizer, budget=Budget(steps=3)), Plan(slices=slices))
        made.append(toys.tensors_of(game.net))
    whole, cut = made
    assert not toys.same(whole, toys.tensors_of(toys.supervised().net))
    for name, x in whole.items():
        assert_close(cut[name], x, rtol=1e-6, atol=1e-6, msg=name)


def test_the_logged_loss_is_that_of_the_whole_batch(toys):
    losses = []
    for slices in (1, 3):
        keeper = toys.Keeper()
        recipe = toys.recipe(budget=Budget(steps=1))
        fit(toys.supervised(), toys.numbers(7), recipe, Plan(slices=slices), Session(recipe, keeper=keeper))
        losses.append(float(keeper.lines[0].partition('"loss": ')[2].partition(",")[0]))
    assert_close(losses[0], losses[1], rtol=1e-6, atol=0)


def test_batch_norm_is_not_cut_into_slices(toys):
    game = toys.supervised(toys.Dense, nn.BatchNorm1d)
    before = toys.tensors_of(game.net)
    with pytest.raises(PlanError, match=r"batch norm[^$]*train\.slices=1"):
        fit(game, toys.numbers(), toys.recipe(), Plan(slices=2))
    assert toys.same(toys.tensors_of(game.net), before)
    fit(game, toys.numbers(), toys.recipe(), Plan(slices=1))


class Draws:
    """Records what a turn draws: from its own stream, and from torch's as dropout does."""

    additive = True

    def __init__(self):
        self.net, self.seen = nn.Linear(1, 1), []

    def players(self):
        return {"net": self.net}

    def modules(self):
        return {}

    def turns(self, batch, rng):
        for _ in range(2):
            self.seen.append((float(rng.uniform(1)), float(torch.rand(1))))
            yield Turn("net", self.net(batch.inputs["x"]).mean(), len(batch))

    def product(self):
        return self.net

    def state(self):
        return {}

    def load(self, state):
        pass


def test_every_step_slice_and_turn_draws_its_own_and_a_second_run_the_same(toys):
    runs = []
    for seed in (0, 0, 1):
        torch.manual_seed(len(runs))
        game = Draws()
        fit(game, ones(), toys.recipe(budget=Budget(steps=3), seed=seed), Plan(slices=2))
        runs.append(game.seen)
    first, again, other = runs
    assert first == again
    drawn = [x for pair in [*first, *other] for x in pair]
    assert len(set(drawn)) == len(drawn) == 48  # 2 seeds, 3 steps, 2 slices, 2 turns, 2 streams


def test_training_ends_when_the_budget_is_spent(toys):
    for budget, steps in [(Budget(steps=7), 7), (Budget(epochs=2), 8)]:
        recipe = toys.recipe(budget=budget)
        session = Session(recipe, steps_per_epoch=4)
        fit(toys.supervised(), toys.numbers(), recipe, None, session)
        assert session.step == steps

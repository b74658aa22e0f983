"""The exam that every objective sits."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn

from lamina.forms import Batch, Vector
from lamina.heads import CategoryHead
from lamina.objectives import OBJECTIVES, Supervised
from lamina.rng import Rng


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(3, 4), CategoryHead(4, 2)

    def forward(self, inputs):
        return Vector(self.body(inputs["x"]))


def batch(rows: int = 6) -> Batch:
    draw = torch.Generator().manual_seed(0)
    targets = torch.randint(2, (rows,), generator=draw)
    return Batch({"x": torch.randn(rows, 3, generator=draw)}, {"y": targets}, torch.arange(rows))


MADE = {"supervised": lambda: Supervised(Net(), "y")}


@pytest.fixture(params=list(OBJECTIVES))
def objective(request):
    torch.manual_seed(0)
    return MADE[request.param]()


def test_every_objective_sits_the_exam():
    assert list(MADE) == list(OBJECTIVES)


def test_every_turn_is_that_of_a_known_player_who_can_be_moved(objective):
    turns = 0
    for turn in objective.turns(batch(), Rng(0)):
        player = objective.players()[turn.player]
        assert turn.loss.shape == ()
        assert turn.loss.isfinite()
        assert turn.count > 0
        player.zero_grad()
        turn.loss.backward()
        assert any(p.grad is not None and p.grad.any() for p in player.parameters())
        turns += 1
    assert turns >= 1


def test_every_player_gets_a_turn_and_none_is_a_bystander(objective):
    assert {turn.player for turn in objective.turns(batch(), Rng(0))} == set(objective.players())
    assert not set(objective.players()) & set(objective.modules())


def test_the_product_is_made_of_what_is_saved(objective):
    saved = {id(p) for module in {**objective.players(), **objective.modules()}.values() for p in module.parameters()}
    assert {id(p) for p in objective.product().parameters()} <= saved


def test_the_same_draws_give_the_same_turns(objective):
    for module in objective.players().values():
        module.eval()
    first = [turn.loss.item() for turn in objective.turns(batch(), Rng(0, 1))]
    assert first == [turn.loss.item() for turn in objective.turns(batch(), Rng(0, 1))]


def test_what_it_remembers_is_json_and_comes_back(objective):
    list(objective.turns(batch(), Rng(0)))
    state = json.loads(json.dumps(objective.state()))
    objective.load(state)
    assert objective.state() == state


def test_an_additive_game_adds_up_over_slices(objective):
    if not objective.additive:
        pytest.skip("says itself that it does not")
    whole = [t.loss * t.count for t in objective.turns(batch(), Rng(0))]
    parts = [[t.loss * t.count for t in objective.turns(part, Rng(0))] for part in batch().slices(4)]
    for turn, total in enumerate(whole):
        torch.testing.assert_close(sum(part[turn] for part in parts), total)

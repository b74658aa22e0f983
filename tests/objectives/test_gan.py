"""Two players on pictures of one shade a class: the critic comes to tell them apart, the generator to make them."""

from __future__ import annotations

import torch
from torch import nn

from lamina.forms import Batch
from lamina.heads.picture import PictureHead
from lamina.models.dcgan import Critic, CriticPlan, Dcgan, DcganPlan
from lamina.objectives.gan import Gan, GanPlan
from lamina.rng import Rng


class Named(nn.Module):
    """A learned vector for each of two classes."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(2, 4)

    def codes(self, inputs):
        return inputs["c"]

    def forward(self, inputs):
        return self.table(inputs["c"])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.entry = Named()
        self.body = Dcgan(DcganPlan(width=4, noise=3, stages=1), 4, 1, 4, 4)
        self.head = PictureHead(4, 1)


def batch(step: int = 0, rows: int = 32) -> Batch:
    codes = Rng(0, "codes", step).integers(2, rows)
    shade = torch.where(codes == 0, 40, 210)[:, None, None, None]
    pixels = (shade + Rng(0, "pixels", step).integers(20, rows, 1, 4, 4)).to(torch.uint8)
    return Batch({"c": codes}, {"x": pixels}, torch.arange(rows))


def game(turns: int = 1) -> Gan:
    net = Net()
    return Gan(net, "x", (1, 4, 4), 2, GanPlan(critic=8, turns=turns))


def test_the_critic_has_as_many_turns_as_asked_for_and_the_generator_the_last():
    assert [turn.player for turn in game(3).turns(batch(), Rng(0))] == ["critic", "critic", "critic", "generator"]


def test_the_generator_meets_a_critic_that_has_moved():
    losses = []
    for move in (False, True):
        duel = game()
        turns = duel.turns(batch(), Rng(0))
        next(turns)
        if move:
            with torch.no_grad():
                duel.critic.real.parametrizations.weight.original.neg_()
        losses.append(next(turns).loss.item())
    assert losses[0] != losses[1]


def test_the_critic_does_not_move_the_generator():
    duel = game()
    next(duel.turns(batch(), Rng(0))).loss.backward()
    assert all(p.grad is None for p in duel.net.parameters())


def test_no_layer_of_the_critic_stretches():
    """The largest singular value of each weight is one, once the power iteration has run."""
    torch.manual_seed(0)
    critic = Critic(CriticPlan(width=8, stages=1), 1, 8, 8)
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter *= 7
        for _ in range(200):
            critic(torch.randn(2, 1, 8, 8))
    for layer in critic.convs:
        if isinstance(layer, nn.Conv2d):
            largest = torch.linalg.matrix_norm(layer.weight.flatten(1), 2)
            torch.testing.assert_close(largest, torch.tensor(1.0), rtol=1e-3, atol=1e-3)


def test_it_learns_what_each_class_looks_like():
    duel = game()
    movers = {name: torch.optim.Adam(m.parameters(), 0.01, (0.0, 0.9)) for name, m in duel.players().items()}
    for step in range(150):
        for turn in duel.turns(batch(step), Rng(0, step)):
            movers[turn.player].zero_grad()
            turn.loss.backward()
            movers[turn.player].step()
    duel.net.eval()
    with torch.no_grad():
        shades = duel.sample({"c": torch.tensor([0] * 50 + [1] * 50)}, 100, Rng(1)).mean((1, 2, 3)) * 255
    assert shades[:50].mean() < 110 < 150 < shades[50:].mean(), shades

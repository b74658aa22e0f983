"""The mover is the bare optimiser, no more and no less, where nothing else is asked of it."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from lamina.forms import Batch, Pyramid
from lamina.heads.boxes import BoxesHead
from lamina.objectives import Supervised, Turn
from lamina.recipe import Budget
from lamina.train import Mover, Plan, fit
from lamina.train.loop import play

STEPS = 6
OPTIMIZERS = {
    "sgd": (
        {"name": "sgd", "rate": 0.05, "momentum": 0.9, "nesterov": True, "decay": 0.01},
        lambda groups: torch.optim.SGD(groups, lr=0.05, momentum=0.9, nesterov=True, fused=True),
    ),
    "plain": (
        {"name": "sgd", "rate": 0.05, "momentum": 0.0, "nesterov": True},
        lambda groups: torch.optim.SGD(groups, lr=0.05, fused=True),
    ),
    "rmsprop": (
        {"name": "rmsprop", "rate": 0.01, "momentum": 0.5, "beta2": 0.95, "decay": 0.01},
        lambda groups: torch.optim.RMSprop(groups, lr=0.01, alpha=0.95, momentum=0.5),
    ),
    "adam": (
        {"name": "adam", "rate": 0.01, "momentum": 0.8, "beta2": 0.9, "decay": 0.01},
        lambda groups: torch.optim.Adam(groups, lr=0.01, betas=(0.8, 0.9), fused=True),
    ),
    "adamw": (
        {"name": "adamw", "rate": 0.01, "momentum": 0.8, "beta2": 0.9, "decay": 0.5},
        lambda groups: torch.optim.AdamW(groups, lr=0.01, betas=(0.8, 0.9), fused=True),
    ),
}


def bare(toys, optimizer, decay, clip=lambda params: None, steps=STEPS):
    """The textbook's loop; the weights after each step."""
    game = toys.supervised()
    net = game.net.train()
    params = list(net.parameters())
    matrices, vectors = [p for p in params if p.dim() > 1], [p for p in params if p.dim() < 2]
    made = optimizer([{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}])
    history, batches = [], toys.numbers()(0)
    for _ in range(steps):
        batch = next(batches)
        made.zero_grad()
        net.head.loss(net(batch.inputs), batch.targets["y"])[0].backward()
        clip(params)
        made.step()
        history.append(toys.tensors_of(net))
    return history


def moved(toys, optimizer, **train):
    game = toys.supervised()
    fit(game, toys.numbers(), toys.recipe(optimizer, budget=Budget(steps=STEPS), **train))
    return toys.tensors_of(game.net)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_moves_as_the_bare_optimizer_to_the_bit(toys, name):
    settings, optimizer = OPTIMIZERS[name]
    assert toys.same(moved(toys, settings), bare(toys, optimizer, settings.get("decay", 0.0))[-1])


@pytest.mark.parametrize("size", [0.05, 100.0])
def test_clipping_by_norm_is_torchs(toys, size):
    settings, optimizer = OPTIMIZERS["adamw"]
    want = bare(toys, optimizer, 0.5, lambda params: nn.utils.clip_grad_norm_(params, size))[-1]
    assert toys.same(moved(toys, {**settings, "clip_norm": size}), want)
    assert toys.same(want, moved(toys, settings)) is (size == 100.0)


def test_clipping_by_value_is_torchs(toys):
    settings, optimizer = OPTIMIZERS["sgd"]
    want = bare(toys, optimizer, 0.01, lambda params: nn.utils.clip_grad_value_(params, 0.02))[-1]
    assert toys.same(moved(toys, {**settings, "clip_value": 0.02}), want)
    assert not toys.same(want, moved(toys, settings))


def test_weight_decay_falls_on_matrices_only(toys):
    game = toys.supervised()
    with torch.no_grad():
        for p in game.net.parameters():
            p.fill_(1.0)
    mover = Mover(game.net, toys.recipe({"name": "adamw", "rate": 0.1, "decay": 0.5}))
    for p in mover.params:
        p.grad = torch.zeros_like(p)
    mover.begin()
    for p in mover.params:
        p.grad = torch.zeros_like(p)
    mover.move(1.0, alone=True)
    for name, p in game.net.named_parameters():
        assert_close(p, torch.full_like(p, 0.95 if p.dim() > 1 else 1.0), msg=name)


def test_averaged_weights_follow_their_formula(toys):
    settings, optimizer = OPTIMIZERS["sgd"]
    average = toys.tensors_of(toys.supervised().net)
    for n, weights in enumerate(bare(toys, optimizer, 0.01), 1):
        keep = min(0.4, (1 + n) / (10 + n))
        average = {name: keep * average[name] + (1 - keep) * weights[name] for name in average}
    made = moved(toys, settings, average=0.4)
    assert (1 + 2) / (10 + 2) < 0.4 < (1 + STEPS) / (10 + STEPS)  # both arms of the minimum were passed
    for name in made:
        assert_close(made[name], average[name], rtol=1e-6, atol=1e-6, msg=name)


def test_running_statistics_are_averaged_with_the_weights(toys):
    game = toys.supervised(toys.Dense, nn.BatchNorm1d)
    mover = Mover(game.net.train(), toys.recipe(average=0.5))
    norm = game.net.body[1]
    mover.remember()
    norm.running_mean.fill_(3.0)
    for p in mover.params:
        p.grad = torch.zeros_like(p)
    mover.move(1.0, alone=True)
    mover.settle(True)
    mover.swap()
    assert_close(norm.running_mean, torch.full((8,), 3.0 * (1 - 2 / 11)))
    mover.swap()
    assert_close(norm.running_mean, torch.full((8,), 3.0))


def test_swapping_twice_is_as_never(toys):
    game = toys.supervised()
    mover = Mover(game.net, toys.recipe(average=0.9))
    with torch.no_grad():
        game.net.body[0].weight.add_(1)
    live = toys.tensors_of(game.net)
    mover.swap()
    assert not toys.same(toys.tensors_of(game.net), live)
    mover.swap()
    assert toys.same(toys.tensors_of(game.net), live)


def test_a_weight_that_is_not_to_be_moved_is_not(toys):
    game = toys.supervised()
    game.net.body[0].weight.requires_grad_(False)
    before = toys.tensors_of(game.net)
    fit(game, toys.numbers(), toys.recipe({"name": "adamw", "decay": 0.5}))
    after = toys.tensors_of(game.net)
    assert torch.equal(after["body.0.weight"], before["body.0.weight"])
    assert not torch.equal(after["body.4.weight"], before["body.4.weight"])


@pytest.mark.parametrize("slices", [2, 4])
def test_slices_in_which_nothing_is_asked_for_weigh_nothing(toys, slices):
    """Boxes of a batch of which two pictures hold none: the gradient of the whole, however it is cut."""

    def moved_by(slices):
        torch.manual_seed(0)
        net = nn.Module()
        net.body, net.head = nn.Conv2d(3, 8, 8, 8), BoxesHead(8, 2, (32, 32))
        net.forward = lambda inputs: Pyramid((net.body(inputs["x"]),))
        recipe = toys.recipe({"name": "sgd", "rate": 1.0, "momentum": 0.0, "decay": 0.0}, average=0.0)
        mover, target = Mover(net, recipe), torch.full((4, 1, 5), -1.0)
        target[0, 0] = torch.tensor([1.0, 4, 4, 20, 20])
        target[1, 0] = torch.tensor([0.0, 10, 8, 26, 28])
        batch = Batch({"x": torch.randn(4, 3, 32, 32)}, {"y": target}, torch.arange(4))
        before = toys.tensors_of(net)
        assert play(Supervised(net, "y"), Plan(slices=slices), {"model": mover}, batch, (0, 0), 1.0)
        return {name: x - before[name] for name, x in toys.tensors_of(net).items()}, float(mover.loss)

    (whole, loss), (cut, lost) = moved_by(1), moved_by(slices)
    assert lost == pytest.approx(loss, rel=1e-5)
    for name, step in whole.items():
        assert_close(cut[name], step, atol=1e-6, rtol=1e-4)


def test_gradients_that_lie_otherwise_than_their_weights_are_laid_like_them(toys):
    class Taken(Supervised):
        def turns(self, batch, rng):
            (turn,) = super().turns(batch, rng)
            grads = torch.autograd.grad(turn.loss, list(self.net.parameters()))
            turned = tuple(g.mT.contiguous().mT if g.dim() == 2 else g for g in grads)
            yield Turn("model", turn.loss.detach(), turn.count, turned)

    ends = []
    for game in (Supervised, Taken):
        made = toys.supervised()
        made = game(made.net, made.target)
        fit(made, toys.numbers(), toys.recipe({"name": "adamw", "rate": 0.01}, budget=Budget(steps=STEPS)))
        ends.append(toys.tensors_of(made.net))
    for name, x in ends[0].items():
        assert_close(ends[1][name], x)

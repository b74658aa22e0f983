"""An objective of your own with two players: a generator learns to draw points of a ring, a critic tells them apart.

`train.fit` knows nothing of the game. It asks whose turn it is, moves that player, and resumes the objective.
Run it: python examples/05_own_objective.py [steps]
"""

import sys
from collections.abc import Iterator

import torch
from torch import nn
from torch.nn.functional import softplus

from lamina.forms import Batch
from lamina.objectives import Turn
from lamina.recipe import Budget, Optimizer, Recipe, Schedule, Train
from lamina.rng import Rng
from lamina.train import Plan, fit

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 1500


class Gan:
    """Two players in the softplus form of Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661."""

    additive = True  # a batch may be cut into slices

    def __init__(self) -> None:
        self.generator, self.critic = (
            nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, out))
            for out in (2, 1)
        )

    def players(self) -> dict[str, nn.Module]:
        return {"critic": self.critic, "generator": self.generator}

    def modules(self) -> dict[str, nn.Module]:
        return {}

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        real = batch.inputs["points"]  # (B, 2)
        made = self.generator(rng.normal(len(real), 2))  # (B, 2)
        yield Turn("critic", (softplus(-self.critic(real)) + softplus(self.critic(made.detach()))).mean(), len(real))
        yield Turn("generator", softplus(-self.critic(made)).mean(), len(real))  # the critic has moved by now

    def product(self) -> nn.Module:
        return self.generator

    def state(self) -> dict[str, object]:
        return {}  # nothing is remembered between steps, so there is nothing to load

    def load(self, state: dict[str, object]) -> None: ...


def ring(start: int) -> Iterator[Batch]:
    """Points at distance 1 from the middle, drawn by step, so that a run taken up again sees what it would have."""
    for step in range(start, sys.maxsize):
        angle = Rng(0, "ring", step).uniform(256) * 2 * torch.pi  # (256,)
        points = torch.stack([angle.cos(), angle.sin()], dim=1)  # (256, 2)
        yield Batch({"points": points}, {}, torch.arange(256))


torch.manual_seed(0)
adam = Optimizer(name="adam", rate=0.001, momentum=0.5, decay=0.0)
recipe = Recipe(budget=Budget(steps=steps), optimizer=adam, schedule=Schedule(name="constant"), train=Train(batch=256))
generator = fit(Gan(), ring, recipe, Plan(threads=1))  # steps so small that a second thread only costs
with torch.inference_mode():
    far = generator(Rng(1).normal(1000, 2)).norm(dim=1)  # (1000,)
print(f"distance from the middle {far.mean():.2f}, give or take {far.std():.2f}; the ring has 1")

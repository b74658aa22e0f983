"""Deep Q-learning: learn what each action is worth from what was lived through, and mostly take the best."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Batch
from ..kinds.episode import Episode
from ..play.episodes import Episodes
from ..play.replay import Replay
from ..rng import Rng
from .acting import acted, greedy, plain, starts_of
from .base import Turn


@dataclass(frozen=True)
class DqnPlan:
    """Settings of the game."""

    actors: Annotated[int, Field(ge=1, le=4096)] = 4  # episodes side by side, one action in each a step
    replay: Annotated[int, Field(ge=1, le=10**7)] = 50_000  # experiences that are kept
    rows: Annotated[int, Field(ge=1, le=65_536)] = 128  # of them that a step learns from
    warm: Annotated[int, Field(ge=1, le=10**7)] = 1_000  # that are there before anything is learned
    sync: Annotated[int, Field(ge=1, le=10**6)] = 20  # steps after which the target net is made equal
    discount: Annotated[float, Field(ge=0, le=1)] = 0.99  # of what is earned a step later
    explore: Annotated[int, Field(ge=1, le=10**9)] = 10_000  # actions over which chance gives way to the net
    chance: Annotated[float, Field(ge=0, le=1)] = 0.05  # of a random action after that


class Dqn:
    """Mnih et al. 2015, https://doi.org/10.1038/nature14236, with the target of van Hasselt et al. 2016 (the net
    chooses the next action, the target net says what it is worth) and the two streams of Wang et al. 2016,
    https://arxiv.org/abs/1511.06581, equation 9: Q = worth + logits - their mean.

    A step is one action in each episode and one turn. The rows of a batch are where new episodes start.
    """

    additive = False
    apart = True

    def __init__(self, net: Any, target: str, kind: Episode, plan: DqnPlan | None = None):
        self.net, self.target, self.kind, self.plan = net, target, kind, plan or DqnPlan()
        self.frozen = copy.deepcopy(net).eval().requires_grad_(False)
        self.episodes = Episodes(kind.world, self.plan.actors)
        seen = (kind.width,)
        shapes: dict[str, tuple[int, ...]] = {"seen": seen, "action": (), "reward": (), "next": seen, "over": ()}
        self.replay = Replay(self.plan.replay, shapes)
        self.steps = 0

    def players(self) -> dict[str, nn.Module]:
        """The net, called "model"."""
        return {"model": self.net}

    def modules(self) -> dict[str, nn.Module]:
        """The target net, and what was lived through."""
        return {"target": self.frozen, "replay": self.replay}

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """Act once in each episode, or more often while little was lived through, then learn from some of it."""
        self.live(batch.targets[self.target], rng)
        device = next(self.net.parameters()).device
        self.frozen.to(device)
        kept = self.replay.draw(self.plan.rows, rng, device)
        with torch.no_grad():
            best = self.worths(self.net, kept["next"]).argmax(1, keepdim=True)
            beyond = self.worths(self.frozen, kept["next"]).gather(1, best).squeeze(1)
            wanted = kept["reward"] + self.plan.discount * beyond * (1 - kept["over"])
        said = self.worths(self.net, kept["seen"]).gather(1, kept["action"].long()[:, None]).squeeze(1)
        yield Turn("model", F.smooth_l1_loss(said, wanted), len(said))
        self.steps += 1
        if self.steps % self.plan.sync == 0:
            self.frozen.load_state_dict(self.net.state_dict())

    def worths(self, net: Any, seen: Tensor) -> Tensor:
        """What each action is worth, (B, A)."""
        logits, worth = plain(net, self.target, seen)
        return worth[:, None] + logits - logits.mean(1, keepdim=True)

    @torch.no_grad()
    def live(self, rows: Tensor, rng: Rng) -> None:
        """One action in each episode into the replay, the best or any; so many more as the replay lacks to be warm."""
        starts, plan, act = starts_of(rows), self.plan, greedy(self.net, self.target)
        self.episodes.open(starts)
        while True:
            now = self.episodes.now
            share = max(plan.chance, 1 - (1 - plan.chance) * self.steps * plan.actors / plan.explore)
            random = rng.uniform(len(now)) < share
            action = torch.where(
                random, rng.integers(self.kind.actions, len(now)), torch.from_numpy(act(now)).to(random.device)
            ).cpu()
            moved = self.episodes.act(action.numpy(), starts)
            lived = {"seen": now, "reward": moved.reward, "next": moved.seen, "over": moved.over}
            self.replay.add({"action": action} | {name: torch.from_numpy(x) for name, x in lived.items()})
            if len(self.replay) >= min(plan.warm, plan.replay):
                return

    def figures(self, batch: Batch, rng: Rng) -> Tensor:
        """(B, 3 + A): of a start what was earned from it, 1 and the steps; of a situation 1 for the best action."""
        del rng  # nothing is left to chance where actions are judged
        rows, act = batch.inputs[self.target], greedy(self.net, self.target)
        best = F.one_hot(torch.from_numpy(act(rows[:, 1:])), self.kind.actions).double()
        return torch.cat([acted(self.kind, rows, act), best], 1)

    def product(self) -> nn.Module:
        """The net."""
        net: nn.Module = self.net
        return net

    def state(self) -> dict[str, Any]:
        """The episodes that are not over, and the steps so far."""
        return {"episodes": self.episodes.state(), "steps": self.steps}

    def load(self, state: dict[str, Any]) -> None:
        """Take `state` back."""
        self.episodes.load(state["episodes"])
        self.steps = int(state["steps"])

"""Proximal policy optimisation: act, see what came of it, and move the policy towards what came out better, not far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor, nn

from ..forms import Batch
from ..heads.policy import entropy
from ..kinds.episode import Episode
from ..play.episodes import Episodes
from ..rng import Rng
from .acting import acted, greedy, plain, starts_of
from .base import Turn


@dataclass(frozen=True)
class PpoPlan:
    """Settings of the game."""

    actors: Annotated[int, Field(ge=1, le=4096)] = 8  # episodes side by side
    moves: Annotated[int, Field(ge=1, le=100_000)] = 128  # actions in each before the policy is moved
    passes: Annotated[int, Field(ge=1, le=100)] = 6  # over what was lived through
    parts: Annotated[int, Field(ge=1, le=1024)] = 4  # of a pass, a turn each
    clip: Annotated[float, Field(gt=0, le=1)] = 0.2  # how far a chance may move, as a share of itself
    discount: Annotated[float, Field(ge=0, le=1)] = 0.99  # of what is earned a step later
    trace: Annotated[float, Field(ge=0, le=1)] = 0.95  # lambda of the advantage
    curious: Annotated[float, Field(ge=0, le=1)] = 0.01  # weight of being undecided
    worth: Annotated[float, Field(ge=0, le=10)] = 0.5  # weight of the worth's error


@dataclass(frozen=True)
class Lived:
    """What was lived through, a row an action: what was seen (n, N), the action and the log of its chance (n,), its
    advantage and what the situation came to (n,)."""

    seen: Tensor
    action: Tensor
    chance: Tensor
    advantage: Tensor
    came: Tensor


class Ppo:
    """Schulman et al. 2017, https://arxiv.org/abs/1707.06347, equation 7, with the advantages of Schulman et al. 2016,
    https://arxiv.org/abs/1506.02438, equation 16. An episode that is only cut for its length goes on to be worth
    something: the worth of where it was cut is added to its last reward (Pardo et al. 2018).

    A step is `moves` actions in each episode, then `passes` over them in `parts`, a turn each. The rows of a batch are
    where new episodes start. Not additive: advantages are standardised over a part.
    """

    additive = False
    apart = True

    def __init__(self, net: Any, target: str, kind: Episode, plan: PpoPlan | None = None):
        self.net, self.target, self.kind, self.plan = net, target, kind, plan or PpoPlan()
        self.episodes = Episodes(kind.world, self.plan.actors)

    def players(self) -> dict[str, nn.Module]:
        """The net, called "model"."""
        return {"model": self.net}

    def modules(self) -> dict[str, nn.Module]:
        """None beside the player."""
        return {}

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """Live through some actions, then a turn for each part of each pass."""
        lived = self.live(batch.targets[self.target], rng)
        rows = len(lived.action)
        for _ in range(self.plan.passes):
            order = rng.uniform(rows).argsort()
            for part in order.tensor_split(min(self.plan.parts, rows)):
                yield Turn("model", self.loss(lived, part), len(part))

    def loss(self, lived: Lived, part: Tensor) -> Tensor:
        """The clipped loss of a part of what was lived through, (n,) rows."""
        logits, worth = plain(self.net, self.target, lived.seen[part])
        chance = torch.log_softmax(logits, 1).gather(1, lived.action[part][:, None]).squeeze(1)
        gain = lived.advantage[part]
        gain = (gain - gain.mean()) / (gain.std(correction=0) + 1e-8)
        ratio = (chance - lived.chance[part]).exp()
        kept = torch.minimum(ratio * gain, ratio.clamp(1 - self.plan.clip, 1 + self.plan.clip) * gain)
        missed = (worth - lived.came[part]).square().mean()
        return -kept.mean() + self.plan.worth * missed - self.plan.curious * entropy(logits).mean()

    @torch.no_grad()
    def live(self, rows: Tensor, rng: Rng) -> Lived:
        """Act as the policy has it, `moves` times in each episode."""
        starts, plan = starts_of(rows), self.plan
        self.episodes.open(starts)
        kept: dict[str, list[Any]] = {name: [] for name in ("seen", "action", "chance", "worth", "reward", "end")}
        for _ in range(plan.moves):
            now = self.episodes.now
            logits, worth = plain(self.net, self.target, now)
            logs = torch.log_softmax(logits, 1)
            action = (logs.exp().cumsum(1) < rng.uniform(len(now), 1).to(logs)).sum(1).clamp(max=logs.shape[1] - 1)
            moved = self.episodes.act(action.cpu().numpy(), starts)
            reward = torch.from_numpy(moved.reward).to(logs)
            if moved.cut.any():
                beyond = plain(self.net, self.target, moved.seen)[1]
                reward = reward + plan.discount * beyond * torch.from_numpy(moved.cut & ~moved.over).to(logs)
            kept["seen"].append(torch.from_numpy(now).to(logs))
            kept["action"].append(action)
            kept["chance"].append(logs.gather(1, action[:, None]).squeeze(1))
            kept["worth"].append(worth)
            kept["reward"].append(reward)
            kept["end"].append(torch.from_numpy(moved.over | moved.cut).to(logs))
        last = plain(self.net, self.target, self.episodes.now)[1]
        made = {name: torch.stack(found) for name, found in kept.items()}  # (moves, actors, …)
        gain = advantages(made["reward"], made["worth"], made["end"], last, plan.discount, plan.trace)
        flat = {name: x.flatten(0, 1) for name, x in made.items()}
        came = (gain + made["worth"]).flatten()
        return Lived(flat["seen"], flat["action"], flat["chance"], gain.flatten(), came)

    def figures(self, batch: Batch, rng: Rng) -> Tensor:
        """(B, 3 + A): of a start what was earned from it, 1 and the steps; of a situation the chances of actions."""
        del rng  # nothing is left to chance where the policy is judged
        rows = batch.inputs[self.target]
        with torch.no_grad():
            chances = self.net.head.decode(self.net({self.target: rows})).double().cpu()
        return torch.cat([acted(self.kind, rows, greedy(self.net, self.target)), chances], 1)

    def product(self) -> nn.Module:
        """The net."""
        net: nn.Module = self.net
        return net

    def state(self) -> dict[str, Any]:
        """The episodes that are not over."""
        return {"episodes": self.episodes.state()}

    def load(self, state: dict[str, Any]) -> None:
        """Take `state` back."""
        self.episodes.load(state["episodes"])


def advantages(reward: Tensor, worth: Tensor, end: Tensor, last: Tensor, discount: float, trace: float) -> Tensor:
    """How much better each action came out than was expected, (T, E): sums of surprises, each step back `discount` ×
    `trace` as much. `end` is 1 where an episode ended with the action; `last` (E,) is the worth of what is seen after.
    """
    gain, beyond, made = torch.zeros_like(last), last, torch.zeros_like(reward)
    for t in range(len(reward) - 1, -1, -1):
        goes_on = 1 - end[t]
        surprise = reward[t] + discount * beyond * goes_on - worth[t]
        gain = surprise + discount * trace * goes_on * gain
        made[t], beyond = gain, worth[t]
    return made

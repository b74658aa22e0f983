"""Variational inference: make a bound on the likelihood of the rows larger. Kingma and Welling 2014, equation 10.

A picture is a draw of black and white: each share of white is the chance that its pixel is white, and a fresh picture
is drawn each time one is looked at (Salakhutdinov and Murray 2008; "stochastically binarised" in Burda et al. 2016). So
the likelihood is a probability, in nats a picture, and figures may be held against those of the literature.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from ..forms import Batch
from ..rng import Rng
from .base import OneNet, Turn, row_by_row


@dataclass(frozen=True)
class VaePlan:
    """Settings of the bound."""

    samples: Annotated[int, Field(ge=1, le=10_000)] = 50  # codes a picture that the tighter bound weighs
    warm: Annotated[float, Field(ge=0, le=10)] = 1.0  # what the distance to the prior counts in the loss


class Vae(OneNet):
    """One player, an encoder and a decoder: the error of drawing a picture again, and the nats its code costs."""

    def __init__(self, net: Any, target: str, plan: VaePlan | None = None):
        self.net, self.target, self.plan = net, target, plan or VaePlan()
        self.additive = row_by_row(net)

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """One turn: the negative bound in nats a picture, with one code drawn for each."""
        pixels = batch.targets[self.target]
        seen = binarise(pixels, rng.uniform(*pixels.shape))  # (B, C, H, W) of 0 and 1
        mean, spread = self.net.body.cloud(self.net.entry({self.target: seen}))  # (B, D) each
        code = mean + (spread / 2).exp() * rng.normal(*mean.shape)
        missed = -log_chance(self.net, seen, code[:, None]).squeeze(1)  # (B,)
        yield Turn("model", (missed + self.plan.warm * divergence(mean, spread)).mean(), len(seen))

    def figures(self, batch: Batch, rng: Rng) -> Tensor:
        """(B, 3): negative bounds in nats a picture, with 1 between them for the picture. The first has one code, the
        last weighs `samples` codes against each other and is never looser on average (Burda et al. 2016, theorem 1).
        """
        pixels = batch.targets[self.target]
        seen = binarise(pixels, rng.uniform(*pixels.shape))
        mean, spread = self.net.body.cloud(self.net.entry({self.target: seen}))
        one, many = bounds(partial(log_chance, self.net, seen), mean, spread, self.plan.samples, rng).unbind(1)
        return torch.stack([one, torch.ones_like(one), many], dim=1)

    def sample(self, inputs: dict[str, Tensor], count: int, rng: Rng) -> Tensor:
        """Shares of white (B, C, H, W) drawn from codes of the prior."""
        del inputs  # nothing is given
        made: Tensor = self.net.head.decode(self.net.body.decode(rng.normal(count, self.net.body.code)))
        return made


def bounds(likelihood: Callable[[Tensor], Tensor], mean: Tensor, spread: Tensor, samples: int, rng: Rng) -> Tensor:
    """(B, 2) nats: the negative bound with one code a row, and with `samples` codes; codes are as in `weight`.

    The first is the mean over the same codes: it is of one code all the same, and varies less.
    """
    logs = []
    for _ in range(samples):  # one code at a time: a hundred pictures a row would not fit
        code = mean + (spread / 2).exp() * rng.normal(*mean.shape)
        logs.append(weight(likelihood, mean, spread, code[:, None]))
    found = torch.cat(logs, dim=1)  # (B, samples)
    return -torch.stack([found.mean(1), found.logsumexp(1) - math.log(samples)], dim=1)


def weight(likelihood: Callable[[Tensor], Tensor], mean: Tensor, spread: Tensor, code: Tensor) -> Tensor:
    """log p(x | z) + log p(z) - log q(z | x) of codes (B, K, D), with q given by mean and log-variance (B, D). (B, K)

    Where q is the posterior, this is log p(x) whatever the code: the bound is tight.
    """
    prior = -0.5 * (code.square() + math.log(2 * math.pi)).sum(2)  # (B, K)
    apart = (code - mean[:, None]).square() / spread[:, None].exp()
    posterior = -0.5 * (apart + spread[:, None] + math.log(2 * math.pi)).sum(2)
    return likelihood(code) + prior - posterior


def divergence(mean: Tensor, spread: Tensor) -> Tensor:
    """KL(N(mean, exp spread) || N(0, 1)) in nats, (B, D) and (B, D) -> (B,). Kingma and Welling 2014, appendix B."""
    return 0.5 * (mean.square() + spread.exp() - 1 - spread).sum(1)


def log_chance(net: Any, seen: Tensor, code: Tensor) -> Tensor:
    """log p(x | z) of pictures of 0 and 1, (B, C, H, W), under codes (B, K, D): (B, K)."""
    odds = net.head.plain(net.body.decode(code.flatten(0, 1))).unflatten(0, code.shape[:2])  # (B, K, C, H, W)
    wanted = seen[:, None].expand_as(odds)
    return -F.binary_cross_entropy_with_logits(odds, wanted, reduction="none").flatten(2).sum(2)


def binarise(pixels: Tensor, draw: Tensor) -> Tensor:
    """Each pixel white with its share of white as the chance; bytes or shares and uniform draws, (B, C, H, W) each."""
    level = pixels if pixels.is_floating_point() else pixels.float() / 255
    return (level > draw).float()

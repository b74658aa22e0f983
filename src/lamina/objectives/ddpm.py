"""Denoising diffusion: learn to tell the noise in a noisy picture, then draw one by taking noise away step by step.

Ho, Jain and Abbeel 2020, https://arxiv.org/abs/2006.11239 (training: algorithm 1); Song, Meng and Ermon 2021,
https://arxiv.org/abs/2010.02502 (drawing in few steps: equation 12); Ho and Salimans 2022,
https://arxiv.org/abs/2207.12598 (guidance without a classifier: algorithms 1 and 2). Differs: the noise grows as a
cosine (Nichol and Dhariwal 2021, equation 17), which leaves small pictures readable for longer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from ..forms import Batch
from ..heads.picture import shares
from ..rng import Rng
from .base import OneNet, Turn, row_by_row

SMALLEST = 1e-4  # share of the picture that is left in the noisiest step, so that it can be divided by


@dataclass(frozen=True)
class DdpmPlan:
    """Settings of denoising."""

    levels: Annotated[int, Field(ge=2, le=10_000)] = 1000  # of noise, in training
    steps: Annotated[int, Field(ge=1, le=10_000)] = 25  # of drawing
    eta: Annotated[float, Field(ge=0, le=1)] = 0.0  # fresh noise on the way: 0 is DDIM, 1 is DDPM
    guidance: Annotated[float, Field(ge=0, le=100)] = 1.0  # 0: the class as learned; more: away from no class at all
    forget: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of rows whose class is hidden in training


class Ddpm(OneNet):
    """One player: squared error between the noise that was put into a picture and what the net says it was."""

    def __init__(self, net: Any, target: str, plan: DdpmPlan | None = None):
        self.net, self.target, self.plan = net, target, plan or DdpmPlan()
        self.kept = cosine(self.plan.levels)
        self.additive = row_by_row(net)

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """One turn: a level of noise drawn for each picture, and the class of some hidden."""
        missed = self._missed(batch, rng, self.plan.forget)
        yield Turn("model", missed.mean(), len(missed))

    def figures(self, batch: Batch, rng: Rng) -> Tensor:
        """(B, 2): the mean squared error of the noise, at a level of noise drawn for each picture, and 1."""
        missed = self._missed(batch, rng, 0.0)
        return torch.stack([missed, torch.ones_like(missed)], dim=1)

    def sample(self, inputs: dict[str, Tensor], count: int, rng: Rng) -> Tensor:
        """Shares of white (B, C, H, W), one for each row of the inputs."""
        plan, kept = self.plan, self.kept
        said = guided(self.net, inputs, count, plan, kept)
        made = draw(said, rng.normal(count, *self.net.body.shape), kept, rng, steps=plan.steps, eta=plan.eta)
        return ((made + 1) / 2).clamp(0, 1)

    def _missed(self, batch: Batch, rng: Rng, forget: float) -> Tensor:
        clean = 2 * shares(batch.targets[self.target]) - 1  # (B, C, H, W)
        level = rng.integers(self.plan.levels, len(clean))  # (B,)
        noise, hidden = rng.normal(*clean.shape), rng.uniform(len(clean)) < forget
        kept = self.kept.to(clean.device)[level][:, None, None, None]
        noisy = kept.sqrt() * clean + (1 - kept).sqrt() * noise  # equation 4
        condition = self.net.entry(batch.inputs, hidden)  # (B, N) or None
        said = self.net.head.plain(self.net.body(noisy, ((level + 1) / self.plan.levels, condition)))
        return F.mse_loss(said, noise, reduction="none").mean((1, 2, 3))


def cosine(levels: int) -> Tensor:
    """The share of a picture's variance that is left at each level of noise, the least noisy first, (levels,)."""
    at = torch.arange(1, levels + 1, dtype=torch.float64) / levels
    start = math.cos(0.008 / 1.008 * math.pi / 2) ** 2
    kept = ((at + 0.008) / 1.008 * (math.pi / 2)).cos() ** 2 / start
    return kept.clamp(min=SMALLEST).float()


def spread_of(kept: Tensor, before: Tensor, eta: float) -> Tensor:
    """The standard deviation of fresh noise in a step from `kept` to `before`, less noisy. Song et al., equation 16.

    With eta 1 and neighbouring levels its square is the posterior variance of Ho et al., equation 7.
    """
    return eta * ((1 - before) / (1 - kept) * (1 - kept / before)).clamp(min=0).sqrt()


def draw(
    noise_in: Callable[[Tensor, int], Tensor], noisy: Tensor, kept: Tensor, rng: Rng, *, steps: int, eta: float
) -> Tensor:
    """From noise (B, …) to what has none, in `steps` steps over the levels of `kept`. Song et al., equation 12.

    `noise_in(x, level)` says what of x is noise. What it leaves is held within -1 and 1 by the caller, if at all.
    """
    path = torch.linspace(len(kept) - 1, 0, steps).round().long().tolist() if steps > 1 else [len(kept) - 1]
    x = noisy
    for level, after in zip(path, [*path[1:], None], strict=True):
        now, then = kept[level], kept[after] if after is not None else torch.ones_like(kept[0])
        said = noise_in(x, level)
        clean = (x - (1 - now).sqrt() * said) / now.sqrt()
        fresh = spread_of(now, then, eta)
        x = then.sqrt() * clean + (1 - then - fresh**2).clamp(min=0).sqrt() * said
        if float(fresh):
            x = x + fresh * rng.normal(*x.shape)
    return x


def guided(
    net: Any, inputs: dict[str, Tensor], count: int, plan: DdpmPlan, kept: Tensor
) -> Callable[[Tensor, int], Tensor]:
    """What of a noisy picture is noise, as the net says it, pushed away from what it says without the class.

    (1 + w) · said with the class - w · said without; and moved so that no pixel of the picture leaves -1 to 1.
    """
    condition = net.entry(inputs)
    nothing = None if condition is None else net.entry(inputs, torch.ones(count, dtype=torch.bool))

    def said(x: Tensor, level: int) -> Tensor:
        at = torch.full((count,), (level + 1) / plan.levels)
        noise: Tensor = net.head.plain(net.body(x, (at, condition)))
        if plan.guidance and nothing is not None:
            plain = net.head.plain(net.body(x, (at, nothing)))
            noise = noise + plan.guidance * (noise - plain)
        signal, loud = kept[level].sqrt(), (1 - kept[level]).sqrt()
        clean = ((x - loud * noise) / signal).clamp(-1, 1)
        return (x - signal * clean) / loud

    return said

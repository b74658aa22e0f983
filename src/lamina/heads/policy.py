"""What to do, and what is to be expected of it: a chance for each action, and a worth, from one form."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Form, Map, pooled
from ..layers import orthogonal

PLANES = 2  # of the policy's own convolution, Silver et al. 2017
HIDDEN = 64  # units of the worth's own layer


class PolicyHead(nn.Module):
    """Form -> logits of actions (B, A), and a worth (B,): `act` and `expect` of what `read` takes from the form."""

    def __init__(self, read: nn.Module, act: nn.Module, expect: nn.Module):
        super().__init__()
        self.read, self.act, self.expect = read, act, expect

    def plain(self, form: Form) -> tuple[Tensor, Tensor]:
        """Logits (B, A) and worths (B,), in float32."""
        x = self.read(form)
        return self.act(x).float(), self.expect(x).squeeze(1).float()

    def loss(self, form: Form, target: Tensor) -> tuple[Tensor, int]:
        """`lesson` of what it gives, and the rows behind it. Target (B, A + 1): shares of actions, and a worth."""
        return lesson(*self.plain(form), target), len(target)

    def decode(self, form: Form, temperature: float = 1.0) -> Tensor:
        """(B, A) chances of actions, allowed or not: rules say which are."""
        return (self.plain(form)[0] / temperature).softmax(-1)


class Even(nn.Module):
    """Any form -> one vector a row (B, D), normalised."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.LayerNorm(width)

    def forward(self, form: Form) -> Tensor:
        x: Tensor = self.norm(pooled(form))
        return x


class Places(nn.Module):
    """Map -> its places as they are (B, D, H, W)."""

    def forward(self, form: Form) -> Tensor:
        return cast(Map, form).x


def straight(width: int, actions: int) -> PolicyHead:
    """From any form: layer norm, then one linear map each.

    Begun as Andrychowicz et al. 2021, https://arxiv.org/abs/2006.05990, section 3.2, found best: actions nearly even.
    The norm bounds what a worth learned from itself can come to, without which Q-learning of a ReLU net may grow
    beyond all bounds (Gallici et al. 2024, https://arxiv.org/abs/2407.04811).
    """
    read, act, expect = Even(width), nn.Linear(width, actions), nn.Linear(width, 1)
    orthogonal(act, 0.01)
    orthogonal(expect, 1.0)
    return PolicyHead(read, act, expect)


def on_board(width: int, actions: int, places: int) -> PolicyHead:
    """From a Map: where on the board something is stays known. A worth is from -1 to 1.

    Silver et al. 2017, https://doi.org/10.1038/nature24270, methods: a convolution of one pixel each, then linear maps
    of all places. Differs: the hidden layer of the worth has 64 units, the paper's 256.
    """
    act = nn.Sequential(
        nn.Conv2d(width, PLANES, 1, bias=False),
        nn.BatchNorm2d(PLANES),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(PLANES * places, actions),
    )
    expect = nn.Sequential(
        nn.Conv2d(width, 1, 1, bias=False),
        nn.BatchNorm2d(1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(places, HIDDEN),
        nn.ReLU(),
        nn.Linear(HIDDEN, 1),
        nn.Tanh(),
    )
    return PolicyHead(Places(), act, expect)


def lesson(logits: Tensor, worth: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy with shares of actions plus the squared error of the worth, the mean over rows.

    Logits (B, A), worth (B,), target (B, A + 1): shares, then what it came to. Silver et al. 2017, equation 1, without
    its decay of weights, which is the optimiser's.
    """
    shares, came = target[:, :-1].to(logits.dtype), target[:, -1].to(logits.dtype)
    return F.cross_entropy(logits, shares) + (came - worth).square().mean()


def entropy(logits: Tensor) -> Tensor:
    """How undecided chances are, in nats: (B, A) -> (B,)."""
    logs = torch.log_softmax(logits, -1)
    return -(logs.exp() * logs).sum(-1)

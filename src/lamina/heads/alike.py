"""A vector a row, and the class of the prototype that is nearest: the mean of the vectors of a class's examples.

Snell, Swersky and Zemel 2017, https://arxiv.org/abs/1703.05175, equations 1 and 2: a softmax over the negative squared
distances. Differs: distances are divided by the root of the width, so that a net of any width begins undecided.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Form, Map, pooled

SIDE = 4  # a map is shrunk to at most that side, and kept: where a stroke stands is part of what it is


class AlikeHead(nn.Module):
    """Form -> vectors (B, D). Target (B,): numbers of classes; of each, the first `shots` rows are the examples."""

    def __init__(self, shots: int = 1):
        super().__init__()
        self.shots = shots

    def decode(self, form: Form, temperature: float = 1.0) -> Tensor:
        """Vectors (B, D), as far apart as the squared distance is to count."""
        del temperature
        x = pooled(form) if not isinstance(form, Map) else _small(form.x).flatten(1)
        made: Tensor = x / float(x.shape[1]) ** 0.25
        return made

    def loss(self, form: Form, target: Tensor) -> tuple[Tensor, int]:
        """Minus the log of the chance of the right prototype, a mean over the rows that are asked."""
        vectors = self.decode(form)
        figures = by_prototypes(vectors, target, self.shots)
        asked = figures[:, 1].sum()
        return figures[:, 2].sum() / asked.clamp(min=1) + 0 * vectors.sum(), int(asked)

    def figures(self, form: Form, target: Tensor) -> Tensor:
        """(B, 3): wrong, asked, nats."""
        return by_prototypes(self.decode(form), target, self.shots)


def by_prototypes(x: Tensor, target: Tensor, shots: int) -> Tensor:
    """What the nearest prototypes answer: (B, D) vectors and (B,) classes -> (B, 3): wrong, asked, nats.

    The first `shots` rows of a class are its examples and the others are asked; a class with no more rows is left out.
    """
    classes, of = torch.unique(target, return_inverse=True)
    order = of.argsort(stable=True)
    sizes = torch.bincount(of, minlength=len(classes))
    place = torch.empty_like(of)
    place[order] = torch.arange(len(of), device=of.device) - (sizes.cumsum(0) - sizes)[of[order]]
    plays = (sizes > shots) & (classes >= 0)
    example, asked = (place < shots) & plays[of], (place >= shots) & plays[of]
    with torch.autocast(x.device.type, enabled=False):  # a small difference of large squares
        x = x.float()
        middle = x.new_zeros(len(classes), x.shape[1]).index_add_(0, of[example], x[example]) / shots
        far = x.square().sum(1)[:, None] - 2 * x @ middle.T + middle.square().sum(1)  # (B, classes)
    scores = (-far).masked_fill(~plays, -1e30)
    nats, wrong = F.cross_entropy(scores, of, reduction="none"), scores.argmax(1) != of
    return torch.stack([wrong & asked, asked, torch.where(asked, nats, 0.0)], 1).to(nats.dtype)


def _small(x: Tensor) -> Tensor:
    return F.adaptive_avg_pool2d(x, (min(SIDE, x.shape[2]), min(SIDE, x.shape[3])))

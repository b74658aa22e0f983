"""Which rows are views of one thing: a projection, and the chance of the other view among all rows.

Chen et al. 2020, https://arxiv.org/abs/2002.05709, section 2.1: two layers, cosine similarities over a heat, and
cross-entropy (NT-Xent, equation 1).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Form, pooled

PROJECTED = 128  # numbers of a projection
HEAT = 0.5


class ViewsHead(nn.Module):
    """Form -> unit vectors (B, P). Target (B,): which thing a row is a view of."""

    def __init__(self, width: int, heat: float = HEAT):
        super().__init__()
        self.heat = heat
        self.layers = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, PROJECTED))

    def decode(self, form: Form, temperature: float = 1.0) -> Tensor:
        """Unit vectors (B, P)."""
        del temperature
        return F.normalize(self.layers(pooled(form)).float(), dim=1)

    def loss(self, form: Form, target: Tensor) -> tuple[Tensor, int]:
        """The mean, over rows that another row is a view with, of minus the log of the chance of that other."""
        figures = by_views(self.decode(form), target, self.heat)
        asked = figures[:, 1].sum()
        return figures[:, 0].sum() / asked.clamp(min=1), int(asked)


def by_views(x: Tensor, target: Tensor, heat: float) -> Tensor:
    """Unit vectors (B, P) and what they are views of (B,) -> (B, 3): nats, asked, whether another thing is nearer.

    A row with several others of its thing has the mean of their losses (Khosla et al. 2020, equation 2).
    """
    itself = torch.eye(len(x), dtype=torch.bool, device=x.device)
    near = (x @ x.T / heat).masked_fill(itself, -1e9)
    same = (target[:, None] == target) & ~itself
    count = same.sum(1)
    nats = -(F.log_softmax(near, 1) * same).sum(1) / count.clamp(min=1)
    missed = ~same.gather(1, near.argmax(1, keepdim=True))[:, 0]
    asked = count > 0
    return torch.stack([nats * asked, asked.to(nats.dtype), (missed & asked).to(nats.dtype)], 1)

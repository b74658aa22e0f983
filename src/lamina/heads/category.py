"""Category from any form: one linear layer, softmax, cross-entropy."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Form, pooled
from ..layers import Dropout


class CategoryHead(nn.Module):
    """Form -> probabilities of classes.

    `smoothing` s gives each wrong class s / classes of the target (Szegedy et al. 2016, section 7). `weights` by class
    multiply the loss of its rows; they are scaled to a mean of one over `counts`, so that a mean over rows stays a
    mean and slices of a batch add up.
    """

    weights: Tensor | None

    def __init__(
        self, width: int, classes: int, *, drop: float = 0.0, smoothing: float = 0.0, weights: Sequence[float] = ()
    ):
        super().__init__()
        self.smoothing = smoothing
        self.drop = Dropout(drop)
        self.out = nn.Linear(width, classes)
        self.register_buffer("weights", torch.tensor(weights) if weights else None, persistent=False)

    def logits(self, form: Form) -> Tensor:
        """(B, classes), before the softmax, in float32."""
        made: Tensor = self.out(self.drop(pooled(form)))
        return made.float()

    def loss(self, form: Form, target: Tensor) -> tuple[Tensor, int]:
        """Mean cross-entropy in nats, and the rows behind it. Target: classes (B,) or shares of them (B, classes)."""
        logits = self.logits(form)
        if self.weights is None:
            return F.cross_entropy(logits, target, label_smoothing=self.smoothing), len(logits)
        if target.dim() == 1:
            by_row = F.cross_entropy(logits, target, label_smoothing=self.smoothing, reduction="none")  # (B,)
            return (by_row * self.weights[target]).mean(), len(logits)
        shares = target * self.weights  # of a mixture: each class's part of the loss has its own weight
        even = self.smoothing * shares.sum(1, keepdim=True) / shares.shape[1]
        return -(((1 - self.smoothing) * shares + even) * logits.log_softmax(1)).sum(1).mean(), len(logits)

    def decode(self, form: Form, temperature: float = 1.0) -> Tensor:
        """(B, classes) probabilities; logits are divided by the temperature first."""
        return (self.logits(form) / temperature).softmax(-1)


def balanced(counts: Sequence[int]) -> list[float]:
    """Class weights in inverse proportion to how often a class occurs, with mean one over the rows.

    >>> balanced([30, 10])
    [0.6666666666666666, 2.0]
    """
    seen = sum(c > 0 for c in counts)
    return [sum(counts) / (seen * c) if c else 0.0 for c in counts]

"""Tags from any form: one logit a label, each on its own."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Form, pooled
from ..layers import Dropout


class TagsHead(nn.Module):
    """Form -> a probability for each label, independent of the others."""

    def __init__(self, width: int, labels: int, *, drop: float = 0.0, smoothing: float = 0.0):
        super().__init__()
        self.smoothing = smoothing
        self.drop = Dropout(drop)
        self.out = nn.Linear(width, labels)

    def logits(self, form: Form) -> Tensor:
        """(B, labels), before the sigmoid, in float32."""
        made: Tensor = self.out(self.drop(pooled(form)))
        return made.float()

    def loss(self, form: Form, target: Tensor) -> tuple[Tensor, int]:
        """Mean binary cross-entropy over rows and labels, and the rows behind it. Target: (B, labels) of 0 and 1."""
        soft = target * (1 - self.smoothing) + self.smoothing / 2
        return F.binary_cross_entropy_with_logits(self.logits(form), soft), len(target)

    def decode(self, form: Form, temperature: float = 1.0) -> Tensor:
        """(B, labels) probabilities; logits are divided by the temperature first."""
        return (self.logits(form) / temperature).sigmoid()

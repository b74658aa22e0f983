"""A label for every token: one linear layer at each place, softmax, cross-entropy."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Tokens
from ..layers import Dropout

NOTHING = -1  # a place without a label


class EachHead(nn.Module):
    """Tokens -> probabilities of classes at every place."""

    def __init__(self, width: int, classes: int, *, drop: float = 0.0, smoothing: float = 0.0):
        super().__init__()
        self.smoothing = smoothing
        self.drop = Dropout(drop)
        self.out = nn.Linear(width, classes)

    def logits(self, form: Tokens) -> Tensor:
        """(B, T, classes), before the softmax, in float32."""
        made: Tensor = self.out(self.drop(form.x))
        return made.float()

    def loss(self, form: Tokens, target: Tensor) -> tuple[Tensor, int]:
        """Mean cross-entropy in nats over the places that have a label, and how many. Target: (B, T), -1 for none."""
        logits = self.logits(form).flatten(0, 1)
        count = int((target != NOTHING).sum())
        total = F.cross_entropy(
            logits, target.flatten(), ignore_index=NOTHING, label_smoothing=self.smoothing, reduction="sum"
        )
        return total / max(1, count), count

    def decode(self, form: Tokens, temperature: float = 1.0) -> Tokens:
        """Probabilities (B, T, classes) where there is a token; logits are divided by the temperature first."""
        return Tokens((self.logits(form) / temperature).softmax(-1), form.mask)

"""Number from any form: one linear layer, squared error in standardised units."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Form, pooled
from ..layers import Dropout


class NumberHead(nn.Module):
    """Form -> one value in units of the training rows' standard deviation."""

    def __init__(self, width: int, *, drop: float = 0.0):
        super().__init__()
        self.drop = Dropout(drop)
        self.out = nn.Linear(width, 1)

    def loss(self, form: Form, target: Tensor) -> tuple[Tensor, int]:
        """Mean squared error, and the rows behind it. Target: (B,)."""
        value = self.decode(form)
        return F.mse_loss(value, target), len(value)

    def decode(self, form: Form, temperature: float = 1.0) -> Tensor:
        """(B,) standardised values; a temperature means nothing here and is not used."""
        del temperature
        made: Tensor = self.out(self.drop(pooled(form)))
        return made.squeeze(-1).float()

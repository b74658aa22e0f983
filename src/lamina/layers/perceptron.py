"""Rosenblatt's unit, many side by side."""

from __future__ import annotations

from torch import Tensor, nn

from .dropout import Dropout


class Perceptron(nn.Module):
    """Weigh every input for every output, cut at zero, drop some while training.

    (B, N) -> (B, D)
    """

    def __init__(self, given: int, width: int, drop: float = 0.0):
        super().__init__()
        self.linear = nn.Linear(given, width)
        self.drop = Dropout(drop)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.drop(self.linear(x).relu())
        return out

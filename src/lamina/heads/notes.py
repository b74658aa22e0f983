"""Notes of a frame from what came before it: each key sounds or not, by a chance of its own.

The convention of Boulanger-Lewandowski, Bengio and Vincent 2012, https://arxiv.org/abs/1206.6392, section 6: the nats
of all 88 keys of a frame are added up, and the mean is over frames. The first frame counts too: its chances are learned
as they are.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Tokens
from ..kinds.notes import AFTER, KEYS
from ..layers import Dropout

RARE = -3.0  # log-odds of a key at first: one in twenty


class NotesHead(nn.Module):
    """Tokens (B, T, D) -> chances of the keys of the frame after each, (B, T, 88). Target (B, T, 88): bytes."""

    def __init__(self, width: int, drop: float = 0.0):
        super().__init__()
        self.drop, self.linear = Dropout(drop), nn.Linear(width, KEYS)
        self.first = nn.Parameter(torch.full((KEYS,), RARE))
        nn.init.constant_(self.linear.bias, RARE)

    def logits(self, form: Tokens) -> Tensor:
        """Log-odds (B, T, 88) of the frame after each."""
        made: Tensor = self.linear(self.drop(form.x)).float()
        return made

    def decode(self, form: Tokens, temperature: float = 1.0) -> Tokens:
        """Chances (B, T, 88) of the frame after each."""
        return Tokens((self.logits(form) / temperature).sigmoid(), form.mask)

    def loss(self, form: Tokens, target: Tensor) -> tuple[Tensor, int]:
        """Nats a frame, and the frames behind them."""
        figures = self.figures(form, target).sum(0)
        return figures[0] / figures[1].clamp(min=1), int(figures[1])

    def figures(self, form: Tokens, target: Tensor) -> Tensor:
        """(B, 2): the nats of a row, and its frames."""
        told = self.logits(form)[:, :-1]
        chances = torch.cat([self.first.expand(len(told), 1, -1), told], 1)  # (B, T, 88), of the frame itself
        here = target[:, :, 0] != AFTER
        nats = F.binary_cross_entropy_with_logits(chances, (target == 1).float(), reduction="none").sum(2)
        return torch.stack([(nats * here).sum(1), here.sum(1).to(nats.dtype)], 1)

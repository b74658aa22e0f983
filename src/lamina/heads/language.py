"""Text token by token: what comes next, or what was hidden; the vectors of the way in are those of the way out."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Tokens
from ..kinds import Text
from ..kinds.text import MARKS, PADDING
from ..layers import Dropout


class LanguageHead(nn.Module):
    """Tokens -> probabilities of the vocabulary at every place.

    With `shift` the form at a place answers for the token after it, else for the token at it. The weights are those of
    the way in where that is as wide (Press and Wolf 2017, https://arxiv.org/abs/1608.05859). All of a row is learned;
    its figures leave out the lead that its kind may have.
    """

    def __init__(self, width: int, kind: Text, *, drop: float = 0.0, smoothing: float = 0.0, shift: bool = True):
        super().__init__()
        self.smoothing, self.shift, self.vocab, self.lead = smoothing, shift, len(kind.vocab), kind.lead
        self.drop = Dropout(drop)
        self.out = nn.Linear(width, self.vocab, bias=False)
        nn.init.normal_(self.out.weight, std=0.02)

    def tie(self, entry: nn.Module, std: float) -> None:
        """Share the vectors of the one table of the way in, where it is of the same size, drawn anew with `std`."""
        tables = [m for m in entry.modules() if isinstance(m, nn.Embedding)]
        if len(tables) == 1 and tables[0].weight.shape == self.out.weight.shape:
            nn.init.normal_(tables[0].weight, std=std)
            self.out.weight = tables[0].weight

    def logits(self, form: Tokens) -> Tensor:
        """(B, T, V), before the softmax, in float32."""
        made: Tensor = self.out(self.drop(form.x)).float()
        return made

    def loss(self, form: Tokens, target: Tensor) -> tuple[Tensor, int]:
        """Mean cross-entropy in nats over the tokens that are asked for, and how many. Target: ids (B, T), 0 where
        nothing is asked."""
        logits, wanted = self._pairs(self.logits(form), target)
        count = int((wanted != PADDING).sum())
        total = F.cross_entropy(
            logits.flatten(0, 1),
            wanted.flatten(),
            ignore_index=PADDING,
            label_smoothing=self.smoothing,
            reduction="sum",
        )
        return total / max(1, count), count

    def figures(self, form: Tokens, target: Tensor) -> Tensor:
        """(B, 3): nats lost in each row, tokens asked for, tokens that were the likeliest."""
        x, wanted = (form.x[:, :-1], target[:, 1:]) if self.shift else (form.x, target)
        if self.shift and self.lead:
            long = (wanted != PADDING).sum(1, keepdim=True) > self.lead  # a shorter row is asked for as a whole
            led = torch.arange(wanted.shape[1], device=wanted.device) < self.lead
            wanted = wanted.masked_fill(long & led, PADDING)
        asked = wanted != PADDING  # few, where words were hidden, and the vocabulary is far wider than the net
        logits, wanted = self.logits(Tokens(x[asked])), wanted[asked]  # (N, V), (N,)
        lost = F.cross_entropy(logits, wanted, reduction="none")
        found = torch.stack([lost, torch.ones_like(lost), logits.argmax(-1) == wanted], dim=1)
        return found.new_zeros(len(target), 3).index_add_(0, asked.nonzero()[:, 0], found)

    def decode(self, form: Tokens, temperature: float = 1.0) -> Tokens:
        """Probabilities (B, T, V); marks have none."""
        logits = self.logits(form) / temperature
        logits[..., : len(MARKS)] = float("-inf")
        return Tokens(logits.softmax(-1), form.mask)

    def _pairs(self, logits: Tensor, target: Tensor) -> tuple[Any, Tensor]:
        return (logits[:, :-1], target[:, 1:]) if self.shift else (logits, target)

"""Where an answer begins and ends: two pointers at the tokens of a text.

Devlin et al. 2018, https://arxiv.org/abs/1810.04805, section 4.2: each place has a score for the first and one for the
last token of the answer; the answer is the pair with the greatest sum, first before last.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Tokens
from ..layers import Dropout

TEXT = 1  # the segment in which answers stand, where there are several


class SpanHead(nn.Module):
    """Tokens -> the first and the last token of an answer of at most `most`, counted from the start of its text."""

    def __init__(self, width: int, most: int, *, drop: float = 0.0, smoothing: float = 0.0):
        super().__init__()
        self.most, self.smoothing = max(1, most), smoothing
        self.drop = Dropout(drop)
        self.out = nn.Linear(width, 2, bias=False)  # what is added at all places changes nothing

    def logits(self, form: Tokens) -> tuple[Tensor, Tensor]:
        """Scores (B, 2, T) in float32 of the first and last token, -inf outside the text; where it begins, (B,)."""
        scores = self.out(self.drop(form.x)).float().mT
        inside = torch.ones_like(scores[:, 0], dtype=torch.bool) if form.mask is None else form.mask
        if form.segments is not None:
            inside = inside & (form.segments == TEXT)
        return scores.masked_fill(~inside[:, None], -torch.inf), inside.long().argmax(1)

    def loss(self, form: Tokens, target: Tensor) -> tuple[Tensor, int]:
        """The mean over both ends of the cross-entropy in nats, and how many rows. Target: (B, 2) places in a text."""
        nats = self._nats(form, target)
        return nats.mean(), len(target)

    def figures(self, form: Tokens, target: Tensor) -> Tensor:
        """(B, 4): nats of both ends, two, whether both are right, one."""
        nats = self._nats(form, target).sum(1)
        right = (self.decode(form) == target).all(1).to(nats)
        return torch.stack([nats, torch.full_like(nats, 2.0), right, torch.ones_like(nats)], 1)

    def _nats(self, form: Tokens, target: Tensor) -> Tensor:
        """(B, 2) nats; a place outside what is read of a text is as unlikely as can be told."""
        scores, first = self.logits(form)
        chances = scores.log_softmax(2)
        wanted = target + first[:, None]
        told = chances.gather(2, wanted.clamp(max=scores.shape[2] - 1)[..., None]).squeeze(2)
        nats = -told.masked_fill(wanted >= scores.shape[2], -torch.inf).clamp(min=-30.0)
        if not (self.training and self.smoothing):
            return nats
        inside = chances.isfinite()
        even = -(chances.masked_fill(~inside, 0.0).sum(2) / inside.sum(2).clamp(min=1))
        return (1 - self.smoothing) * nats + self.smoothing * even

    def decode(self, form: Tokens, temperature: float = 1.0) -> Tensor:
        """(B, 2) the best pair of places: first, and last not before it and less than `most` after it."""
        del temperature  # the best stays the best
        scores, first = self.logits(form)
        begin, end = scores.unbind(1)
        longer = [begin[:, : end.shape[1] - n] + end[:, n:] for n in range(min(self.most, end.shape[1]))]
        sums = torch.stack([F.pad(x, (0, n), value=-torch.inf) for n, x in enumerate(longer)], 1)  # (B, lengths, T)
        best = sums.flatten(1).argmax(1)
        start = best % begin.shape[1]
        return torch.stack([start - first, start - first + best // begin.shape[1]], 1)

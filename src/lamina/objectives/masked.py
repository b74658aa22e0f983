"""Learning from what was hidden: some words of a text are covered, and the net says what they were.

Devlin et al. 2019, https://arxiv.org/abs/1810.04805, section 3.1: of the tokens asked for, 80 % are covered, 10 % are
replaced by another, 10 % stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor, nn

from ..errors import PlanError
from ..forms import Batch, Tokens
from ..heads import Head
from ..kinds import Schema, Text
from ..kinds.text import MARKS, MASK, PADDING
from ..rng import Rng
from .base import OneNet, Turn

COVERED, REPLACED = 0.8, 0.9  # of the draws under the share


class Masked(OneNet):
    """Make the loss of `net.head` on hidden tokens smaller; `share` of the tokens of a row are asked for."""

    def __init__(self, net: nn.Module, schema: Schema, share: float = 0.15):
        kind = schema.target.kind
        if not isinstance(kind, Text):
            raise PlanError(f"a {type(kind).__name__} has no words to hide", expected="a column of text")
        if not 0 < share < 1:
            raise PlanError(f"a share of {share:g} of the words hidden", expected="a share between 0 and 1")
        self.net, self.target, self.share, self.vocab = net, schema.target.name, share, len(kind.vocab)
        self.additive = True

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """One turn: the loss at the places asked for."""
        seen, asked = self.hidden(batch.targets[self.target], rng)
        form, there = self.net({**batch.inputs, self.target: seen}), asked != PADDING
        # only these are asked, and the vocabulary is far wider than the net: a sixth of the work
        loss, count = self._head.loss(Tokens(form.x[there].unsqueeze(0)), asked[there].unsqueeze(0))
        yield Turn("model", loss, count)

    def hidden(self, ids: Tensor, rng: Rng) -> tuple[Tensor, Tensor]:
        """Ids (B, T) -> what the net sees, and what it is asked: the true id where one is hidden, else 0; (B, T)
        each. Every row is asked for one token at least."""
        draw = rng.uniform(*ids.shape).to(ids.device)
        draw = draw.masked_fill(ids == PADDING, 1.0)
        least = draw.argmin(1, keepdim=True)
        pick = (draw < self.share) | (torch.arange(ids.shape[1], device=ids.device) == least)
        pick = pick & (ids != PADDING)
        how = rng.uniform(*ids.shape).to(ids.device)
        other = len(MARKS) + rng.integers(max(1, self.vocab - len(MARKS)), *ids.shape).to(ids.device)
        seen = torch.where(pick & (how < COVERED), MASK, ids)
        seen = torch.where(pick & (how >= COVERED) & (how < REPLACED), other, seen)
        return seen, torch.where(pick, ids, PADDING)

    def figures(self, batch: Batch, rng: Rng) -> Tensor:
        """(B, 3): nats lost, tokens asked for, tokens found; the same tokens are hidden whenever `rng` is the same."""
        seen, asked = self.hidden(batch.targets[self.target], rng)
        head: Any = self._head
        made: Tensor = head.figures(self.net({**batch.inputs, self.target: seen}), asked)
        return made

    @property
    def _head(self) -> Head:
        return cast(Head, self.net.head)

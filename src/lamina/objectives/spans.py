"""Learning to write what was taken out of a text: runs of tokens give way to one mark each, and are written in order.

Raffel et al. 2019, https://arxiv.org/abs/1910.10683, section 3.1.4: 15 % of the tokens, in runs of 3 on average.
Differs: one mark stands for every run, and their order tells them apart, so that a vocabulary needs no marks by number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field as Range
from torch import Tensor, nn

from ..errors import PlanError
from ..forms import Batch, Tokens
from ..heads import WriterHead
from ..kinds import Schema, Text
from ..kinds.text import MASK, PADDING
from ..rng import Rng
from .base import OneNet, Turn

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class SpansPlan:
    """Settings of what is cut out."""

    share: Annotated[float, Range(gt=0, lt=1)] = 0.15  # of the tokens that is taken out
    long: Annotated[float, Range(ge=1, le=100)] = 3.0  # tokens of a run, on average


class Spans(OneNet):
    """Make the loss of `net.head` on what was taken out smaller; `net` reads the rest and writes it."""

    def __init__(self, net: nn.Module, schema: Schema, plan: SpansPlan):
        kind = schema.target.kind
        if not isinstance(kind, Text):
            raise PlanError(f"a {type(kind).__name__} has no words to take out", expected="a column of text")
        if not isinstance(net.head, WriterHead):
            raise PlanError("the objective span needs a model that writes what it read not", fix="--model t5")
        self.net, self.head, self.target, self.plan = net, net.head, schema.target.name, plan
        self.additive = True

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """One turn: the loss of what was taken out, and of the marks it follows."""
        form, asked = self._written(batch, rng)
        loss, count = self.head.loss(form, asked)
        yield Turn("model", loss, count)

    def taken(self, ids: Tensor, rng: Rng) -> tuple[Tensor, Tensor]:
        """Ids (B, T) -> what the net reads (B, R), a mark for each run, and what it writes (B, W): each run after its
        mark. Of every row one token at least is taken, and of two or more one is left."""
        draws = rng.uniform(len(ids), 2, ids.shape[1]).cpu().numpy()
        pairs = [self._row(row[row != PADDING], draw) for row, draw in zip(ids.cpu().numpy(), draws, strict=True)]
        read, asked = (
            nn.utils.rnn.pad_sequence([torch.from_numpy(row) for row in rows], batch_first=True, padding_value=PADDING)
            for rows in zip(*pairs, strict=True)
        )
        return read.to(ids.device), asked.to(ids.device)

    def _row(self, ids: NDArray[np.int64], draw: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        lost = min(max(1, round(len(ids) * self.plan.share)), max(1, len(ids) - 1))
        left = len(ids) - lost
        runs = min(max(1, round(lost / self.plan.long)), max(1, left))
        gone = cut_up(lost, runs, draw[0])
        kept = cut_up(left, runs, draw[1]) if left else np.zeros(1, np.int64)
        out = np.repeat(np.arange(2 * runs) % 2, np.stack([kept, gone], 1).ravel()).astype(bool)  # (T,)
        first = out & ~np.concatenate([[False], out[:-1]])
        marked = np.repeat(ids, 1 + first)  # a place for the mark before each run
        at = np.flatnonzero(first) + np.arange(first.sum())
        marked[at] = MASK
        written = np.repeat(out, 1 + first)
        read = ~written
        read[at] = True
        return marked[read], marked[written]

    def figures(self, batch: Batch, rng: Rng) -> Tensor:
        """(B, 3): nats lost, tokens asked for with their marks and ends, those that were the likeliest; the same runs
        are taken out whenever `rng` is the same."""
        form, asked = self._written(batch, rng)
        return self.head.figures(form, asked)

    def _written(self, batch: Batch, rng: Rng) -> tuple[Tokens, Tensor]:
        read, asked = self.taken(batch.targets[self.target], rng)
        form: Tokens = self.net({**batch.inputs, self.target: read}, self.head.given(asked))
        return form, asked


def cut_up(items: int, parts: int, draw: Floats) -> NDArray[np.int64]:
    """The lengths of so many parts of items in a row, none empty, every way as likely: (parts,). Draw: (items,) or more
    uniform numbers."""
    cuts = np.sort(draw[: items - 1].argsort()[: parts - 1]) + 1
    return np.diff(np.concatenate([[0], cuts, [items]])).astype(np.int64)

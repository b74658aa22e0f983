"""A text written from another, token by token: each from what was read and from what is written so far."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Tokens
from ..kinds import Text
from ..kinds.text import END, MARKS, PADDING, START
from ..layers import Dropout
from .beam import Beam, search

AT_ONCE = 32  # rows that are written together


class WriterHead(nn.Module):
    """Tokens -> probabilities of the token that is next at every place; the vectors of tokens are those of the way out
    (Press and Wolf 2017, https://arxiv.org/abs/1608.05859).

    The place of the start mark answers for the first token, that of the last token for the end mark. `beam` beginnings
    are followed when a text is written, `penalty` weighs how long they are: with 0.6, as in its source, a net of one
    epoch wrote 67 words where people wrote 100, with 1.0 it wrote 81 and BLEU was higher (docs/tried.md).
    """

    def __init__(
        self,
        width: int,
        kind: Text,
        *,
        drop: float = 0.0,
        smoothing: float = 0.0,
        beam: int = 5,
        penalty: float = 1.0,
    ):
        super().__init__()
        self.smoothing, self.vocab = smoothing, len(kind.vocab)
        self.beam = Beam(beam, kind.length + 1, penalty)
        self.drop = Dropout(drop)
        self.table = nn.Embedding(self.vocab, width)
        nn.init.normal_(self.table.weight, std=width**-0.5)

    def tie(self, entry: nn.Module) -> None:
        """Share the vectors of the one table of the way in, where it is of the same size."""
        tables = [m for m in entry.modules() if isinstance(m, nn.Embedding)]
        if len(tables) == 1 and tables[0].weight.shape == self.table.weight.shape:
            with torch.no_grad():
                tables[0].weight.copy_(self.table.weight)
            self.table.weight = tables[0].weight

    def given(self, target: Tensor) -> Tokens:
        """What is written so far at each place, (B, T + 1, D): the start mark, then the target (B, T)."""
        ids = F.pad(target, (1, 0), value=START)
        return Tokens(self.table(ids), ids != PADDING)

    def logits(self, x: Tensor) -> Tensor:
        """(…, D) -> (…, V), before the softmax, in float32."""
        made: Tensor = F.linear(self.drop(x), self.table.weight)
        return made.float()

    def loss(self, form: Tokens, target: Tensor) -> tuple[Tensor, int]:
        """Mean cross-entropy in nats over tokens and ends, and how many. Target: ids (B, T), 0 after a text's end."""
        wanted = ended(target)
        asked = wanted != PADDING
        logits = self.logits(form.x[asked])  # (N, V): nothing is worked out where nothing is asked
        return F.cross_entropy(logits, wanted[asked], label_smoothing=self.smoothing), int(asked.sum())

    def figures(self, form: Tokens, target: Tensor) -> Tensor:
        """(B, 3): nats lost in each row, tokens and ends asked for, those that were the likeliest."""
        wanted = ended(target)
        asked = wanted != PADDING
        logits = self.logits(form.x[asked])
        lost = F.cross_entropy(logits, wanted[asked], reduction="none")
        sums = torch.stack([lost, torch.ones_like(lost), (logits.argmax(-1) == wanted[asked]).to(lost)], 1)
        made = lost.new_zeros(*wanted.shape, 3)
        made[asked] = sums
        return made.sum(1)

    def decode(self, form: Tokens, temperature: float = 1.0) -> Tokens:
        """The likeliest token at each place, up to the first end: ids (B, T) with their mask."""
        del temperature  # the likeliest stays the likeliest
        ids = self._possible(self.logits(form.x)).argmax(-1)
        open_ = (ids != END).long().cumprod(1).bool()
        return Tokens(ids, open_)

    def answer(self, net: Any, inputs: dict[str, Any]) -> Tokens:
        """The texts that the search finds for a batch of inputs: ids (B, L) with their mask. `net` is the whole this
        head is of; rows of alike length are written together."""
        read: Tokens = net.entry(inputs)
        rows, places = read.x.shape[:2]
        lengths = torch.full((rows,), places) if read.mask is None else read.mask.sum(1).cpu()
        found: list[Tensor] = [torch.zeros(0, dtype=torch.long)] * rows
        for some in torch.split(lengths.argsort(stable=True), AT_ONCE):
            longest = max(1, int(lengths[some].max()))
            mask = None if read.mask is None else read.mask[some, :longest]
            texts = self._written(net.body, Tokens(read.x[some, :longest], mask))
            for row, text in zip(some.tolist(), texts, strict=True):
                found[row] = text
        ids = nn.utils.rnn.pad_sequence(found, batch_first=True, padding_value=PADDING)
        return Tokens(ids, ids != PADDING)

    def _written(self, body: Any, read: Tokens) -> list[Tensor]:
        memory, cache, width = body.encode(read), body.begin(), self.beam.width
        each = torch.arange(len(memory.x), device=memory.x.device).repeat_interleave(width)
        mask = None if memory.mask is None else memory.mask[each]
        memory = Tokens(memory.x[each], mask)

        def step(last: Tensor, picked: Tensor) -> Tensor:
            for past in cache.written:  # what is read is one for all beginnings of a row
                past.pick(picked)
            form = body.decode(Tokens(self.table(last)[:, None]), memory, cache)
            return self._possible(self.logits(form.x[:, 0])).log_softmax(-1)

        return search(step, len(read.x), START, END, self.beam, memory.x.device)

    def _possible(self, logits: Tensor) -> Tensor:
        """Logits with all marks but the end, which no text holds, made impossible."""
        gone = [mark for mark in range(len(MARKS)) if mark != END]
        return logits.index_fill(-1, torch.tensor(gone, device=logits.device), -torch.inf)


def ended(target: Tensor) -> Tensor:
    """Ids (B, T) with the end mark after each text, (B, T + 1)."""
    wanted = F.pad(target, (0, 1), value=PADDING)
    return wanted.scatter(1, (target != PADDING).sum(1, keepdim=True), END)

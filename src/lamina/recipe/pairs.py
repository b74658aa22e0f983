"""Two texts in one row of tokens: a question and what answers it, two sentences to compare."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Tokens
from ..kinds import Slot, Text
from ..kinds.text import END, MARKS, PADDING, START

STD = 0.1  # of a token's vector at first
AROUND = ((2, 5.0), (15, 10.0))  # tokens on either side, and what the mean over them is multiplied by


class PairEntry(nn.Module):
    """Ids (B, S) and (B, U) by slot -> Tokens (B, T, D): the start mark, the first text, the end mark, the second text;
    segments are 0 up to the end mark and 1 from there on.

    To a token is added how much of the other text it is: one over how often it stands in the second text where the
    first has it too, and of the second text the mean of that over 2 and over 15 tokens on either side. A net that has
    read little cannot know that a word is the same word (Chen et al. 2017, https://arxiv.org/abs/1704.00051, section
    3.2, exact match), and answers stand beside the words of their question. Texts of one vocabulary share its vectors.
    """

    twin: Tensor

    def __init__(self, first: Slot, second: Slot, plan: Any):
        super().__init__()
        kinds = (first.kind, second.kind)
        assert isinstance(kinds[0], Text)
        assert isinstance(kinds[1], Text)
        self.slots, width = (first.name, second.name), getattr(plan, "embed", 0) or plan.width
        self.shift = 0 if kinds[0].vocab == kinds[1].vocab else len(kinds[0].vocab)  # of the second text's ids
        self.table = nn.Embedding(self.shift + len(kinds[1].vocab), width, padding_idx=PADDING)
        self.shared = nn.Linear(1 + len(AROUND), width, bias=False)
        nn.init.normal_(self.table.weight, std=STD)
        nn.init.normal_(self.shared.weight, std=STD)
        with torch.no_grad():
            self.table.weight[PADDING] = 0.0
        known = kinds[0].numbers if self.shift else {}
        twin = [known.get(token, PADDING) for token in kinds[1].vocab] if self.shift else []
        self.register_buffer("twin", torch.tensor(twin, dtype=torch.long), persistent=False)  # ids of the first text
        self.shape = (kinds[0].length + kinds[1].length + 2, width)

    def forward(self, inputs: dict[str, Any]) -> Tokens:
        first, second = (inputs[name] for name in self.slots)  # (B, S), (B, U)
        same = alike(first, self.twin[second] if self.shift else second)
        ids, told = joined((first, second + self.shift * (second != PADDING)), same)
        before = torch.arange(ids.shape[1], device=ids.device) < (first != PADDING).sum(1, keepdim=True) + 2
        return Tokens(self.table(ids) + self.shared(told), ids != PADDING, (~before).long())


def alike(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """How much each token is one of the other text, by ids of one vocabulary: (B, S, 3) and (B, U, 3); of marks, the
    unknown one among them, nothing."""
    same = (first[:, :, None] == second[:, None, :]) & (first >= len(MARKS))[:, :, None]  # (B, S, U)
    often = (second[:, :, None] == second[:, None, :]).sum(2)  # of each token of the second text
    here = same.any(1) / often  # (B, U)
    means = [scale * F.avg_pool1d(here[:, None], 2 * n + 1, 1, n).squeeze(1) for n, scale in AROUND]
    there = same / often[:, None]
    none = first.new_zeros(first.shape, dtype=here.dtype)
    return torch.stack([there.amax(2), *([none] * len(AROUND))], 2), torch.stack([here, *means], 2)


def joined(texts: tuple[Tensor, Tensor], told: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Ids of two texts (B, S) and (B, U) and what is told of their tokens (B, …, F), one after the other with the marks
    before and between them, without gaps: (B, T) and (B, T, F)."""
    first, second = texts
    start, end, gap = (first.new_full((len(first), 1), mark) for mark in (START, END, PADDING))
    row = torch.cat([start, first, end, second, gap], 1)
    nothing = told[0].new_zeros(len(first), 1, told[0].shape[2])
    beside = torch.cat([nothing, told[0], nothing, told[1], nothing], 1)
    long = (first != PADDING).sum(1, keepdim=True)
    places = torch.arange(int((long + (second != PADDING).sum(1, keepdim=True)).max()) + 2, device=first.device)[None]
    at = torch.where(places <= long, places, places - long + first.shape[1]).clamp(max=row.shape[1] - 1)  # (B, T)
    return row.gather(1, at), beside.gather(1, at[..., None].expand(-1, -1, beside.shape[2]))

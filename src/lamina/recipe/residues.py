"""The way in for proteins."""

from __future__ import annotations

from torch import Tensor, nn

from ..forms import Tokens
from ..kinds.protein import LETTERS, PADDING, Protein
from .entry import Entry, Wanted


class ResiduesEntry(Entry):
    """Numbers (B, T) of amino acids -> Tokens (B, T, D): a learned vector each, as TokensEntry has them for words."""

    def __init__(self, wanted: Wanted):
        super().__init__()
        kind: Protein = wanted.kind
        width = getattr(wanted.plan, "embed", 0) or wanted.plan.width
        self.table = nn.Embedding(len(LETTERS) + 1, width, padding_idx=PADDING)
        self.shape = (kind.length, width)

    def forward(self, letters: Tensor) -> Tokens:
        return Tokens(self.table(letters), letters != PADDING)

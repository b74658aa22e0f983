"""Text from a longer row of positions, in the same order, where nobody has said which position is which token.

Connectionist temporal classification, Graves et al. 2006, https://doi.org/10.1145/1143844.1143891: each position says a
token or nothing (the blank, id 0); a text's probability is the sum over all ways of saying it, where a token said at
several positions on end is said once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import TrainingError
from ..forms import Tokens
from ..layers import Dropout
from ..metrics.edits import edits

BLANK = 0
UNLIKELY = math.log(1e-6)  # a token less likely than that at a position does not begin a path there

Ends = dict[tuple[int, ...], tuple[float, float]]  # prefix -> log probability of ending in a blank, and in a token


class CtcHead(nn.Module):
    """Tokens -> the ids of a text, at most as many as there are positions.

    `beam`: prefixes that the search keeps from position to position; 1 takes the likeliest token of each position.
    """

    def __init__(self, width: int, classes: int, *, drop: float = 0.0, beam: int = 8):
        super().__init__()
        self.beam = beam
        self.drop = Dropout(drop)
        self.out = nn.Linear(width, classes)

    def scores(self, form: Tokens) -> tuple[Tensor, Tensor]:
        """Log probabilities (B, T, classes) in float32, and how many positions each row has, (B,)."""
        x = self.out(self.drop(form.x)).float().log_softmax(-1)
        if form.mask is None:
            return x, torch.full((len(x),), x.shape[1], device=x.device)
        return x, form.mask.sum(1)

    def loss(self, form: Tokens, target: Tensor) -> tuple[Tensor, int]:
        """Nats a token, and the tokens behind it. Target: ids (B, L), 0 after a text's end.

        Raises TrainingError while training for a text that is too long for its row.
        """
        if self.training:
            _refuse_long(form, target)
        nats = self._nats(*self.scores(form), target)
        count = int((target != BLANK).sum())
        return nats.sum() / max(1, count), count

    def figures(self, form: Tokens, target: Tensor) -> Tensor:
        """Of each row (B, 3): nats, tokens, and the edits of the likeliest path; a text that is too long for its row
        counts no nats."""
        x, positions = self.scores(form)
        nats, tokens = self._nats(x, positions, target), (target != BLANK).sum(1)
        rows = zip(x.detach().cpu().numpy(), positions.tolist(), target.tolist(), tokens.tolist(), strict=True)
        wrong = [edits(text[:said], best_path(row[:n])) for row, n, text, said in rows]
        return torch.stack([nats, tokens.to(nats), torch.tensor(wrong).to(nats)], 1)

    def _nats(self, scores: Tensor, positions: Tensor, target: Tensor) -> Tensor:
        tokens = (target != BLANK).sum(1)
        return F.ctc_loss(scores.transpose(0, 1), target, positions, tokens, BLANK, "none", zero_infinity=True)

    def decode(self, form: Tokens, temperature: float = 1.0) -> Tokens:
        """The likeliest text of each row that the search finds: ids (B, L) with the mask (B, L)."""
        x, positions = self.scores(form)
        rows = (x / temperature).log_softmax(-1).detach().cpu().numpy()
        found = [
            best_prefix(row[:n], self.beam) if self.beam > 1 else best_path(row[:n])
            for row, n in zip(rows, positions.tolist(), strict=True)
        ]
        ids = torch.zeros(len(found), max(1, *map(len, found)) if found else 1, dtype=torch.long)
        for row, text in zip(ids, found, strict=True):
            row[: len(text)] = torch.tensor(text, dtype=torch.long)
        return Tokens(ids.to(x.device), (ids != BLANK).to(x.device))


def _refuse_long(form: Tokens, target: Tensor) -> None:
    positions = torch.full((len(target),), form.x.shape[1]) if form.mask is None else form.mask.sum(1)
    again = ((target[:, 1:] == target[:, :-1]) & (target[:, 1:] != BLANK)).sum(1)  # a blank must part twins
    needed = (target != BLANK).sum(1) + again
    short = needed > positions.to(needed.device)
    if bool(short.any()):
        row = int(short.int().argmax())
        raise TrainingError(
            f"{int(short.sum())} of {len(target)} rows of a batch have texts that are too long for their sounds: "
            f"one needs {int(needed[row])} positions and has {int(positions[row])}",
            expected="a position for each token, one more between equal neighbours",
            fix="--set model.stride=1, or take the rows out whose text is longer than what is heard",
        )


def best_path(scores: NDArray[np.float32]) -> list[int]:
    """The likeliest token of each position (T, classes), said once where it stands several times on end, no blanks."""
    path = scores.argmax(1)
    new = np.diff(path, prepend=BLANK) != 0
    return [int(token) for token in path[new] if token != BLANK]


def best_prefix(scores: NDArray[np.float32], beam: int) -> list[int]:
    """The text whose ways of being said are together the likeliest, among `beam` prefixes at a time.

    Prefix search of Graves et al. 2006, section 3.2, kept to a beam as in Hannun et al. 2014,
    https://arxiv.org/abs/1408.2873. Scores: log probabilities (T, classes).
    """
    kept: Ends = {(): (0.0, -math.inf)}
    for at in scores.tolist():
        likely = [token for token, score in enumerate(at) if token != BLANK and score > UNLIKELY]
        kept = dict(sorted(_longer(kept, at, likely).items(), key=lambda item: -_both(*item[1]))[:beam])
    return list(next(iter(kept)))


def _longer(kept: Ends, at: Sequence[float], likely: Sequence[int]) -> Ends:
    """What prefixes come to by one more position."""
    made: Ends = {}

    def add(prefix: tuple[int, ...], blank: float, token: float) -> None:
        before = made.get(prefix, (-math.inf, -math.inf))
        made[prefix] = (_both(before[0], blank), _both(before[1], token))

    for prefix, (blank, token) in kept.items():
        whole = _both(blank, token)
        again = token + at[prefix[-1]] if prefix else -math.inf
        add(prefix, whole + at[BLANK], again)
        for new in likely:
            begun = blank if prefix and new == prefix[-1] else whole
            add((*prefix, new), -math.inf, begun + at[new])
    return made


def _both(a: float, b: float) -> float:
    """log(exp a + exp b)"""
    high, low = (a, b) if a > b else (b, a)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))

"""Beam search: the likeliest rows of tokens that a model of the next token can be brought to write.

Sutskever, Vinyals and Le 2014, https://arxiv.org/abs/1409.3215, section 3.2, with the length penalty of Wu et al. 2016,
https://arxiv.org/abs/1609.08144, equation 14: the log probability of n tokens is divided by ((5 + n) / 6) ^ penalty.

Axes: R rows, W beginnings kept of each (the beam), V vocabulary, T tokens so far.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

# Tokens (R W,) that each beginning was last made longer by, and the beginnings (R W,) that these go on from
# -> log probabilities of the next token (R W, V). Before the first token both are of the start, W times a row.
Step = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Beam:
    """`width` beginnings of each row are kept from token to token; `most` is how many tokens a row may have, its end
    included; a row that has not come to its end by then stands as it is."""

    width: int = 4
    most: int = 64
    penalty: float = 0.6

    def long(self, tokens: int) -> float:
        """What the log probability of so many tokens is divided by."""
        return float(((5 + tokens) / 6) ** self.penalty)


@torch.no_grad()
def search(step: Step, rows: int, start: int, end: int, beam: Beam, device: torch.device | str = "cpu") -> list[Tensor]:
    """The best row of tokens found for each of `rows`, without its end: R of (T,).

    A row is done when nothing that is open can become better than its best: log probabilities only fall, so what is
    open is at most as good as it is now at the greatest length. Nor is more looked for once as many texts have ended as
    beginnings are kept, each likely enough to be kept itself, and the best of them is as good as the best that is open.
    """
    width = beam.width
    open_ = torch.full((rows, width), -torch.inf, device=device)
    open_[:, 0] = 0.0  # all beginnings are alike before the first token: one is enough
    written = torch.zeros(rows, width, 0, dtype=torch.long, device=device)
    best = torch.full((rows,), -torch.inf, device=device)
    found, ends = [written[0, 0]] * rows, torch.zeros(rows, device=device)
    done = torch.zeros(rows, dtype=torch.bool, device=device)  # what comes after is not looked at: rows stand alone
    first = torch.arange(rows, device=device)[:, None] * width
    last = torch.full((rows, width), start, device=device)
    picked = first + torch.arange(width, device=device)
    for tokens in range(1, beam.most + 1):
        scores = step(last.flatten(), picked.flatten()).view(rows, width, -1) + open_[..., None]  # (R, W, V)
        ended = scores[..., end].clone()  # (R, W)
        score, at = (ended / beam.long(tokens)).max(1)
        for row in torch.nonzero((score > best) & ~done).flatten().tolist():
            best[row], found[row] = score[row], written[row, at[row]]
        scores[..., end] = -torch.inf
        open_, flat = scores.flatten(1).topk(width, dim=1)  # (R, W)
        origin, last = flat // scores.shape[2], flat % scores.shape[2]
        picked = first + origin
        written = torch.cat([written.gather(1, origin[..., None].expand(-1, -1, tokens - 1)), last[..., None]], 2)
        ends += (ended > open_[:, -1:]).sum(1)
        likely = open_[:, 0]
        done |= (best >= likely / beam.long(beam.most)) | ((ends >= width) & (best >= likely / beam.long(tokens + 1)))
        if bool(done.all()):
            break
    for row in torch.nonzero(best.isneginf()).flatten().tolist():
        found[row] = written[row, 0]
    return found

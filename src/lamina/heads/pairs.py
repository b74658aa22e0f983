"""A picture and what is said of it, as vectors that point the same way: the second of two towers, and their loss.

Radford et al. 2021, https://arxiv.org/abs/2103.00020, section 2.3 and figure 3: unit vectors, a learned scale, and the
mean of two cross-entropies, which text is of a picture and which picture is of a text. Differs: texts are read by an
LSTM, and texts of a batch that are the same count as one, so that pictures of one class are not set against each other.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Form, Tokens, pooled
from ..kinds import Text
from ..kinds.text import PADDING
from ..layers import Dropout
from ..models.rnn import Rnn, RnnPlan

JOINT, READ = 128, 64  # numbers of a vector that both towers end in; width of the tower of texts
SCALE, MOST = 1 / 0.07, 100.0  # of similarities: at first, and at most
STD = 0.1  # of a word's vector at first


class PairsHead(nn.Module):
    """Form of pictures -> unit vectors (B, J). Target (B, T): ids of what is said of each."""

    def __init__(self, width: int, kind: Text, drop: float = 0.0):
        super().__init__()
        self.table = nn.Embedding(len(kind.vocab), READ, padding_idx=PADDING)
        nn.init.normal_(self.table.weight, std=STD)
        with torch.no_grad():
            self.table.weight[PADDING] = 0.0
        self.reader = Rnn(RnnPlan(width=READ, depth=1, drop=0.0), READ, kind.length)
        self.drop = Dropout(drop)
        self.seen, self.said = nn.Linear(width, JOINT, bias=False), nn.Linear(self.reader.width, JOINT, bias=False)
        self.scale = nn.Parameter(torch.tensor([math.log(SCALE)]))

    def decode(self, form: Form, temperature: float = 1.0) -> Tensor:
        """Unit vectors (B, J) of pictures."""
        del temperature
        return F.normalize(self.seen(self.drop(pooled(form))).float(), dim=1)

    def written(self, ids: Tensor) -> Tensor:
        """Unit vectors (S, J) of texts (S, T)."""
        read = pooled(self.reader(Tokens(self.table(ids), ids != PADDING)))
        return F.normalize(self.said(self.drop(read)).float(), dim=1)

    def near(self, one: Tensor, other: Tensor) -> Tensor:
        """Scaled cosines (B, S) of unit vectors (B, J) and (S, J), in float32: what is rounded is a hundred times as
        large afterwards."""
        with torch.autocast(one.device.type, enabled=False):
            return one.float() @ other.float().T * self.scale.exp().clamp(max=MOST)

    def loss(self, form: Form, target: Tensor) -> tuple[Tensor, int]:
        """The mean of both cross-entropies, and the rows behind it."""
        texts, of = torch.unique(target, dim=0, return_inverse=True)
        near = self.near(self.decode(form), self.written(texts))  # (B, S)
        which_text = F.cross_entropy(near, of)
        which_picture = -F.log_softmax(near, 0).gather(1, of[:, None]).mean()
        return (which_text + which_picture) / 2, len(target)

    def figures(self, form: Form, target: Tensor) -> Tensor:
        """(B, 3): nats of the right text among those of the batch, 1, and whether another is nearer."""
        texts, of = torch.unique(target, dim=0, return_inverse=True)
        return among(self.near(self.decode(form), self.written(texts)), of)


def among(near: Tensor, of: Tensor) -> Tensor:
    """Logits (B, S) and the right place (B,) -> (B, 3): nats, 1, wrong."""
    nats = F.cross_entropy(near, of, reduction="none")
    wrong = (near.argmax(1) != of).to(nats.dtype)
    return torch.stack([nats, torch.ones_like(nats), wrong], 1)

"""What transformers are stacked from."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from .attention import Attention
from .cache import Past
from .dropout import Dropout
from .places import Turns

Bend = Callable[[Tensor], Tensor]


class FeedForward(nn.Module):
    """Let every position think for itself: out to more features, bend each, back.

    (B, T, D) -> (B, T, D)

    Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, equation 2, with any nonlinearity.
    """

    def __init__(self, width: int, hidden: int, bend: Bend, drop: float = 0.0, biases: bool = True):
        super().__init__()
        self.up = nn.Linear(width, hidden, biases)
        self.bend = bend
        self.down = nn.Linear(hidden, width, biases)
        self.drop = Dropout(drop)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.drop(self.down(self.bend(self.up(x))))
        return out


class Block(nn.Module):
    """Read from the other positions, then think: each step takes its input normalised and adds to it as it was.

    (B, T, D) -> (B, T, D)

    The pre-norm block: Baevski and Auli 2018, https://arxiv.org/abs/1809.10853; Xiong et al. 2020,
    https://arxiv.org/abs/2002.04745, show why it needs no warm-up of the learning rate. `mask` and `past` are those of
    Attention, and so are `turns`.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        hidden: int,
        bend: Bend,
        drop: float = 0.0,
        causal: bool = False,
        turns: Turns | None = None,
    ):
        super().__init__()
        self.norm_read, self.read = nn.LayerNorm(width), Attention(width, heads, causal, drop, turns=turns)
        self.norm_think, self.think = nn.LayerNorm(width), FeedForward(width, hidden, bend, drop)

    def forward(self, x: Tensor, mask: Tensor | None = None, past: Past | None = None) -> Tensor:
        x = x + self.read(self.norm_read(x), mask, past)
        out: Tensor = x + self.think(self.norm_think(x))
        return out


def fitted(given: int, width: int) -> nn.Module:
    """A projection from one width to another, or nothing where they are equal."""
    return nn.Identity() if given == width else nn.Linear(given, width)

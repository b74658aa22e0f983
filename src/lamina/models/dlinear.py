"""DLinear: a series is cut into its moving average and what is left of it, and each is mapped to the future at once.

Zeng et al. 2023, https://arxiv.org/abs/2205.13504, section 4. The two linear maps stand side by side in the head, which
knows how many steps are asked for: what this page gives, times the head's weights, is the paper's W_s X_s + W_t X_t,
the same for all channels. The page itself has no weights.

Axes: B batch, T positions, C channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from ..forms import Channels, Tokens
from .body import Body, whole


@dataclass(frozen=True)
class DLinearPlan:
    window: Annotated[int, Field(ge=1, le=10_001)] = 25  # steps that the moving average runs over


class DLinear(Body):
    """Tokens (B, T, C) -> Channels (B, C, 2T): what is left of each channel, then its moving average"""

    def __init__(self, plan: DLinearPlan, width: int, length: int):
        super().__init__()
        del width  # channels do not meet
        self.window, self.width = plan.window, 2 * length

    def forward(self, tokens: Tokens, given: object = None) -> Channels:
        del given
        whole(tokens, "dlinear")
        x = tokens.x.mT  # (B, C, T)
        trend = moving_average(x, self.window)
        return Channels(torch.cat([x - trend, trend], -1))


def moving_average(x: Tensor, window: int) -> Tensor:
    """The mean over `window` steps around each, the first and last step repeated beyond the ends.

    (B, C, T) -> (B, C, T)
    """
    before = (window - 1) // 2
    padded = F.pad(x, (before, window - 1 - before), mode="replicate")
    return F.avg_pool1d(padded, window, stride=1)

"""LeNet-5: two rounds of convolving and shrinking, then fully connected layers; it read the cheques of the 1990s.

LeCun, Bottou, Bengio and Haffner 1998, https://doi.org/10.1109/5.726791, figure 2. Differs: tanh without the paper's
scale of 1.7159, plain means for its trained subsampling, every map of C3 reads all of S2 (its table I leaves some
out), weights begin as Glorot and Bengio 2010 have it, and the head takes the place of the radial basis units.

Axes: B batch, C channels, H height, W width, D width of what it gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from ..forms import Vector
from ..layers import require_side, xavier
from .body import Body

LEAST = 12  # the side that the two rounds shrink to one pixel


@dataclass(frozen=True)
class LeNetPlan:
    hidden: Annotated[int, Field(ge=1, le=16384)] = 120  # units of C5
    width: Annotated[int, Field(ge=1, le=16384)] = 84  # units of F6


class LeNet(Body):
    """pixels (B, C, H, W) -> Vector (B, D)"""

    def __init__(self, plan: LeNetPlan, channels: int, height: int, width: int):
        super().__init__()
        require_side("lenet", height, width, LEAST, fix="--model cnn")
        self.c1 = nn.Conv2d(channels, 6, kernel_size=5, padding=2)  # the padding makes 28 pixels the paper's 32
        self.c3 = nn.Conv2d(6, 16, kernel_size=5)
        places = shrunk(height) * shrunk(width)
        self.c5 = nn.Linear(16 * places, plan.hidden)  # a convolution in the paper, over all there is
        self.f6 = nn.Linear(plan.hidden, plan.width)
        self.shrink = nn.AvgPool2d(2)
        self.width = plan.width
        xavier(self, "tanh")

    def forward(self, pixels: Tensor) -> Vector:
        x = self.shrink(self.c1(pixels).tanh())  # (B, 6, H / 2, W / 2), rounded down
        x = self.shrink(self.c3(x).tanh())  # (B, 16, shrunk H, shrunk W)
        x = self.c5(x.flatten(1)).tanh()  # (B, hidden)
        return Vector(self.f6(x).tanh())


def shrunk(side: int) -> int:
    """What the two rounds leave of a side: halve, lose four to the kernel, halve.

    >>> shrunk(28)
    5
    """
    return (side // 2 - 4) // 2

"""Parts that pages share, each small enough to read at once."""

from .columns import Columns, PiecewiseLinear
from .convolve import ConvNorm, require_side
from .initial import he, orthogonal, xavier
from .perceptron import Perceptron
from .pixels import Pixels

__all__ = [
    "Columns",
    "ConvNorm",
    "Perceptron",
    "PiecewiseLinear",
    "Pixels",
    "he",
    "orthogonal",
    "require_side",
    "xavier",
]

"""Parts that pages share, each small enough to read at once."""

from .columns import Columns, PiecewiseLinear
from .convolve import ConvNorm, require_side
from .dropout import Dropout
from .initial import he, orthogonal, xavier
from .logmel import LogMel, hide
from .perceptron import Perceptron
from .pixels import Pixels
from .revin import RevIn
from .scatter import softmax_at, sum_at, with_loops
from .sparse import SparseLinear

__all__ = [
    "Columns",
    "ConvNorm",
    "Dropout",
    "LogMel",
    "Perceptron",
    "PiecewiseLinear",
    "Pixels",
    "RevIn",
    "SparseLinear",
    "he",
    "hide",
    "orthogonal",
    "require_side",
    "softmax_at",
    "sum_at",
    "with_loops",
    "xavier",
]

"""How weights begin: draws whose variance keeps signals and gradients of one size from layer to layer.

A unit sums over its fan in, and its gradient over its fan out; so the variance of a weight must fall as one over the
fan. Each function draws every Linear and convolution inside a module anew, and sets their biases to zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

from torch import Tensor, nn

Weighted = nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d
Nonlinearity = Literal["linear", "relu", "tanh"]
Draw = Literal["normal", "uniform"]


def he(
    module: nn.Module, nonlinearity: Nonlinearity = "relu", fan: Literal["in", "out"] = "in", draw: Draw = "normal"
) -> None:
    """Var[w] = gain² / fan, where gain² = 2 for ReLU, which lets half of the signal through.

    He et al. 2015, https://arxiv.org/abs/1502.01852: equation 10 keeps the variance of signals (fan in), equation 14
    that of gradients (fan out).
    """
    for layer in _weighted(module):
        fan_in, fan_out = fans(layer)
        _draw(layer.weight, nn.init.calculate_gain(nonlinearity) / math.sqrt(fan_in if fan == "in" else fan_out), draw)


def xavier(module: nn.Module, nonlinearity: Nonlinearity = "linear", draw: Draw = "uniform") -> None:
    """Var[w] = gain² · 2 / (fan in + fan out), halfway between what signals and what gradients ask for.

    Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html, equation 12; 16 is its uniform form.
    """
    for layer in _weighted(module):
        _draw(layer.weight, nn.init.calculate_gain(nonlinearity) * math.sqrt(2 / sum(fans(layer))), draw)


def orthogonal(module: nn.Module, gain: float = 1.0) -> None:
    """W Wᵀ = gain² I, or Wᵀ W where W is taller than wide: lengths are kept exactly, not only on average.

    Saxe et al. 2013, https://arxiv.org/abs/1312.6120, section 3. A kernel counts as one row an output channel.
    """
    for layer in _weighted(module):
        nn.init.orthogonal_(layer.weight, gain)


def small(module: nn.Module, std: float = 0.02) -> None:
    """Var[w] = std² whatever the fan, tables of vectors too: for nets whose norms see to the size of signals.

    Radford et al. 2018, "Improving language understanding by generative pre-training", section 4.1.
    """
    for layer in _weighted(module):
        nn.init.normal_(layer.weight, 0.0, std)
    for table in module.modules():
        if isinstance(table, nn.Embedding):
            nn.init.normal_(table.weight, 0.0, std)


def fans(layer: Weighted) -> tuple[int, int]:
    """Connections into one output and out of one input, kernel and groups counted.

    >>> fans(nn.Conv2d(4, 8, 3, groups=2))
    (18, 36)
    """
    weight, groups = layer.weight, getattr(layer, "groups", 1)
    return weight[0].numel(), weight[:, 0].numel() // groups


def _weighted(module: nn.Module) -> Iterator[Weighted]:
    for layer in module.modules():
        if isinstance(layer, Weighted):
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
            yield layer


def _draw(weight: Tensor, std: float, draw: Draw) -> None:
    if draw == "normal":
        nn.init.normal_(weight, 0.0, std)
    else:
        bound = math.sqrt(3) * std  # a uniform draw on ±a has the variance a² / 3
        nn.init.uniform_(weight, -bound, bound)

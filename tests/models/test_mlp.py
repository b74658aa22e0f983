"""The multilayer perceptron is as deep and wide as its plan."""

import torch

from lamina.models.mlp import Mlp, MlpPlan
from lamina.shapes import shape_line, solve


def test_depth_and_width_are_those_of_the_plan():
    body = Mlp(MlpPlan(width=8, depth=3), 5)
    assert [tuple(p.shape) for p in body.parameters() if p.dim() == 2] == [(8, 5), (8, 8), (8, 8)]
    line, sizes = shape_line(Mlp.__doc__), {"B": 2, "N": 5, "D": 8}
    assert body(torch.zeros(solve(line.given, sizes))).x.shape == solve(line.gives, sizes)


def test_he_weights_keep_the_signal_through_twenty_layers():
    torch.manual_seed(0)
    x = torch.randn(64, 256)
    square = Mlp(MlpPlan(width=256, depth=20, drop=0.0), 256)(x).x.square().mean()
    assert 0.3 < square / x.square().mean() < 3  # the usual draw of nn.Linear would leave about 1e-15

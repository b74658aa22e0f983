"""Initialisers against the formulas of their papers."""

import math

import pytest
import torch
from torch import nn

from lamina.layers import he, orthogonal, xavier
from lamina.layers.initial import fans

LAYERS = [nn.Linear(400, 300), nn.Conv2d(48, 64, 5), nn.Conv2d(96, 64, 5, groups=2), nn.Conv1d(200, 300, 3)]
NAMES = ["linear", "conv2d", "grouped", "conv1d"]


def by_hand(layer):
    """Fan in and fan out, counted on what an output reads and an input reaches."""
    kernel = math.prod(getattr(layer, "kernel_size", (1,)))
    groups = getattr(layer, "groups", 1)
    given = getattr(layer, "in_channels", None) or layer.in_features
    gives = getattr(layer, "out_channels", None) or layer.out_features
    return given // groups * kernel, gives // groups * kernel


@pytest.mark.parametrize("layer", LAYERS, ids=NAMES)
@pytest.mark.parametrize("draw", ["normal", "uniform"])
def test_variances_are_those_of_the_papers(layer, draw):
    torch.manual_seed(0)
    fan_in, fan_out = by_hand(layer)
    assert fans(layer) == (fan_in, fan_out)
    for begin, variance in (
        (lambda: he(layer, draw=draw), 2 / fan_in),
        (lambda: he(layer, fan="out", draw=draw), 2 / fan_out),
        (lambda: he(layer, "linear", draw=draw), 1 / fan_in),
        (lambda: xavier(layer, draw=draw), 2 / (fan_in + fan_out)),
        (lambda: xavier(layer, "tanh", draw=draw), 25 / 9 * 2 / (fan_in + fan_out)),
    ):
        begin()
        assert abs(layer.weight.var() / variance - 1) < 0.03
        assert abs(layer.weight.mean()) < 0.02 * variance**0.5
        assert not layer.bias.any()


def test_a_uniform_draw_is_bounded_and_a_normal_one_is_not():
    layer = nn.Linear(300, 300)
    bound = math.sqrt(6 / 600)  # equation 16
    xavier(layer, draw="uniform")
    assert 0.99 * bound < layer.weight.abs().max() <= bound
    xavier(layer, draw="normal")
    assert layer.weight.abs().max() > bound


@pytest.mark.parametrize("layer", [nn.Linear(20, 8), nn.Linear(8, 20), nn.Conv2d(3, 10, 3)])
def test_orthogonal_rows_or_columns(layer):
    orthogonal(layer, gain=2.0)
    matrix = layer.weight.flatten(1)
    product = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    torch.testing.assert_close(product, 4 * torch.eye(len(product)), atol=1e-5, rtol=0)


def test_only_linear_and_convolution_are_drawn_anew_and_all_of_them():
    net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Sequential(nn.Linear(4, 4)), nn.Embedding(3, 4))
    before = {name: p.clone() for name, p in net.named_parameters()}
    he(net)
    changed = {name for name, p in net.named_parameters() if not torch.equal(p, before[name])}
    assert changed == {"0.weight", "0.bias", "2.0.weight", "2.0.bias"}

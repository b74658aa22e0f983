"""The exam that every layer sits: what its shape line says, gradients, float and bfloat16."""

import importlib
import inspect
import pkgutil

import pytest
import torch
from torch import nn

import lamina.layers
from lamina.layers import Columns, ConvNorm, Dropout, LogMel, Perceptron, PiecewiseLinear, Pixels, SparseLinear
from lamina.layers.attention import Attention, Reading
from lamina.layers.blocks import Block, FeedForward
from lamina.layers.places import Distances, Places, Turns, Waves
from lamina.layers.revin import RevIn
from lamina.layers.synced import synced
from lamina.mel import MelPlan
from lamina.ranks import ALONE
from lamina.shapes import shape_line, solve

torch.manual_seed(0)

EDGES = [(-1.0, 0.0, 2.0), (), (-0.5, 0.5)]


def alone(norm):
    """A batch norm over all rows of all processes, of which there is one."""
    whole = nn.Sequential(norm)
    synced(whole, ALONE)
    return whole[0]


# layer, sizes of its axes, inputs; the shape line speaks of the last input
EXAMPLES = [
    (ConvNorm(3, 8), {"B": 2, "C": 3, "H": 5, "W": 7, "D": 8, "S": 1}, [torch.randn(2, 3, 5, 7)]),
    (ConvNorm(3, 8, 5, 2), {"B": 2, "C": 3, "H": 5, "W": 8, "D": 8, "S": 2}, [torch.randn(2, 3, 5, 8)]),
    (SparseLinear(6, 4), {"V": 3, "N": 6, "D": 4}, [torch.randn(3, 6)]),
    (Perceptron(6, 4, 0.5), {"B": 3, "N": 6, "D": 4}, [torch.randn(3, 6)]),
    (PiecewiseLinear(EDGES, [True, False, True]), {"B": 2, "N": 3, "D": 5}, [torch.randn(2, 3)]),
    (
        Columns(EDGES, [2, 40]),
        {"B": 2, "N": 3, "M": 2, "D": 3 + 3 + 2 * 16},
        [torch.randn(2, 3), torch.tensor([[-1, 39], [1, 0]])],
    ),
    (LogMel(MelPlan(8000, 5)), {"B": 2, "N": 500, "H": 80, "M": 5}, [torch.randn(2, 500)]),
    (Pixels((0.3,), (0.2,), 1), {"B": 2, "C": 1, "H": 4, "W": 3}, [torch.rand(2, 1, 4, 3)]),
    (Attention(8, 2), {"B": 2, "T": 5, "D": 8}, [torch.randn(2, 5, 8)]),
    (Attention(8, 4, causal=True), {"B": 2, "T": 5, "D": 8}, [torch.randn(2, 5, 8)]),
    (Reading(8, 2), {"B": 2, "T": 5, "S": 3, "D": 8}, [torch.randn(2, 5, 8), torch.randn(2, 3, 8)]),
    (FeedForward(8, 12, nn.GELU()), {"B": 2, "T": 5, "D": 8}, [torch.randn(2, 5, 8)]),
    (Block(8, 2, 12, nn.ReLU(), causal=True), {"B": 2, "T": 5, "D": 8}, [torch.randn(2, 5, 8)]),
    (Places(8, 6), {"B": 2, "T": 5, "D": 8}, [torch.randn(2, 5, 8)]),
    (Waves(7, 6), {"B": 2, "T": 5, "D": 7}, [torch.randn(2, 5, 7)]),
    (Turns(8, 6), {"B": 2, "H": 3, "T": 5, "K": 8}, [torch.randn(2, 3, 5, 8)]),
    (alone(nn.BatchNorm2d(3)), {"B": 2, "C": 3, "H": 4, "W": 5}, [torch.randn(2, 3, 4, 5)]),
    (Distances(2, 4, 10), {"T": 9, "S": 3, "H": 2}, [torch.arange(9), torch.arange(3)]),
]
NAMES = [f"{type(layer).__name__}-{i}" for i, (layer, _, _) in enumerate(EXAMPLES)]


def layers():
    for page in pkgutil.iter_modules(lamina.layers.__path__):
        module = importlib.import_module(f"lamina.layers.{page.name}")
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if issubclass(cls, nn.Module) and cls.__module__ == module.__name__:
                yield cls


def test_every_layer_has_an_example():
    several = {RevIn, Dropout}  # three things, or any shape: tests/layers looks at them
    assert set(layers()) - several == {type(layer) for layer, _, _ in EXAMPLES}


@pytest.mark.parametrize(("layer", "sizes", "inputs"), EXAMPLES, ids=NAMES)
def test_a_layer_gives_the_shape_its_docstring_says(layer, sizes, inputs):
    line = shape_line(type(layer).__doc__)
    assert line is not None
    assert inputs[-1].shape == solve(line.given, sizes)
    assert layer(*inputs).shape == solve(line.gives, sizes)


@pytest.mark.parametrize(("layer", "sizes", "inputs"), EXAMPLES, ids=NAMES)
def test_every_parameter_gets_a_gradient(layer, sizes, inputs):
    torch.manual_seed(1)  # a draw of dropout that leaves something of every feature
    layer.zero_grad()
    out = layer(*inputs)
    if out.requires_grad:  # some layers have nothing to learn
        out.backward(torch.randn_like(out))
    for name, parameter in layer.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


@pytest.mark.parametrize(("layer", "sizes", "inputs"), EXAMPLES, ids=NAMES)
def test_a_layer_runs_under_autocast_without_a_graph_break(layer, sizes, inputs):
    torch.compiler.reset()
    layer.eval()
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    with torch.autocast("cpu", torch.bfloat16):
        out = compiled(*inputs)
        torch.testing.assert_close(out, layer(*inputs))
    torch.testing.assert_close(out.float(), layer(*inputs), rtol=0.05, atol=0.05)
    layer.train()

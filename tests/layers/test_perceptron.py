"""One layer of units."""

import torch

from lamina.layers import Perceptron


def test_dropout_acts_in_training_alone():
    layer = Perceptron(4, 1000, drop=0.5)
    x = torch.ones(1, 4)
    silent = (layer.eval()(x) == 0).float().mean()
    torch.testing.assert_close(layer(x), (x @ layer.linear.weight.T + layer.linear.bias).clamp(min=0))
    assert (layer.train()(x) == 0).float().mean() > silent + 0.1

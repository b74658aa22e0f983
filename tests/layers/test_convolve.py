"""What convolution nets share."""

import pytest
import torch

from lamina.errors import PlanError
from lamina.layers import ConvNorm, require_side


def test_each_channel_is_normalised_and_cut_at_zero():
    layer = ConvNorm(3, 16)
    x = 5 + 3 * torch.randn(32, 3, 8, 8)
    out = layer(x)
    assert out.min() == 0
    # a standard normal variable cut at zero has the mean 1 / sqrt(2 pi)
    torch.testing.assert_close(out.mean((0, 2, 3)), torch.full((16,), 0.3989), atol=0.03, rtol=0)
    assert layer.conv.bias is None


def test_the_shorter_side_decides():
    require_side("lenet", 12, 30, least=12, fix="--model cnn")
    for height, width in ((11, 30), (30, 11)):
        with pytest.raises(PlanError, match=r"too small for lenet\n.*12 × 12 pixels\n.*--model cnn"):
            require_side("lenet", height, width, least=12, fix="--model cnn")

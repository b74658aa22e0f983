"""Blocks add to what they are given."""

import torch
from torch import nn
from torch.testing import assert_close

from lamina.layers.blocks import Block, FeedForward, fitted


def test_steps_that_say_nothing_leave_everything_as_it_was():
    block, x = Block(16, 4, 32, nn.ReLU()), torch.randn(2, 5, 16)
    assert not torch.allclose(block(x), x)
    for last in (block.read.out, block.think.down):
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
    assert_close(block(x), x)


def test_every_position_thinks_for_itself():
    think, x = FeedForward(8, 32, nn.ReLU()), torch.randn(2, 5, 8)
    assert_close(think(x)[:, 3], think(x[:, 3]))


def test_an_equal_width_is_not_projected():
    assert isinstance(fitted(8, 8), nn.Identity)
    assert fitted(3, 8)(torch.zeros(1, 2, 3)).shape == (1, 2, 8)

"""The next steps from each form: one map for all channels, the last state of a row, level and size put back."""

from __future__ import annotations

import torch
from torch.testing import assert_close

from lamina.forms import Channels, Tokens, Vector
from lamina.heads.series import SeriesHead, last


def test_one_map_serves_all_channels_and_the_level_is_put_back():
    head = SeriesHead(5, 4, 3, by_channel=True)
    x, shift, scale = torch.randn(2, 3, 5), torch.randn(2, 3), torch.rand(2, 3)
    plain = head.decode(Channels(x))
    assert plain.shape == (2, 4, 3)
    assert_close(plain[:, :, 1], head.out(x[:, 1]))
    assert_close(head.decode(Channels(x, shift, scale)), plain * scale[:, None] + shift[:, None])


def test_of_tokens_the_last_that_is_there_is_read():
    mask = torch.tensor([[True, True, False], [True, True, True]])
    x = torch.randn(2, 3, 5)
    assert_close(last(Tokens(x, mask)), torch.stack([x[0, 1], x[1, 2]]))
    assert_close(last(Tokens(x)), x[:, -1])
    changed = x.clone()
    changed[0, 2] += 1
    head = SeriesHead(5, 4, 3, by_channel=False)
    assert_close(head.decode(Tokens(changed, mask)), head.decode(Tokens(x, mask)))
    assert head.decode(Vector(x[:, 0])).shape == (2, 4, 3)


def test_the_loss_is_the_published_error():
    head = SeriesHead(5, 4, 3, by_channel=False)
    form, target = Vector(torch.randn(6, 5)), torch.randn(6, 4, 3)
    loss, count = head.loss(form, target)
    assert_close(loss, ((head.decode(form) - target) ** 2).mean())
    assert count == 6

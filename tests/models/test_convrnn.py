"""The recurrent page reads each row alone, from both of its ends."""

import pytest
import torch
from torch.testing import assert_close

from lamina.forms import Tokens
from lamina.models.convrnn import BothWays, ConvRnn, ConvRnnPlan


@pytest.mark.parametrize(("stride", "kernel"), [(1, 3), (2, 11), (4, 4), (3, 1)])
def test_padding_changes_nothing_and_positions_are_strided(stride, kernel):
    body = ConvRnn(ConvRnnPlan(8, 2, kernel, stride), 5, 30).eval()
    x = torch.randn(2, 30, 5)
    mask = torch.arange(30) < torch.tensor([[30], [13]])
    padded = body(Tokens(torch.where(mask.unsqueeze(2), x, torch.randn(2, 30, 5)), mask))
    alone = body(Tokens(x[1:, :13]))
    own = -(-13 // stride)
    assert padded.mask.sum(1).tolist() == [-(-30 // stride), own]
    assert_close(padded.x[1, :own], alone.x[0])
    assert padded.x[1, own:].abs().max() == 0


def test_every_position_hears_the_first_and_the_last():
    layer = BothWays(4, 6)
    x, lengths = torch.randn(1, 7, 4), torch.tensor([5])
    start, end, after = x.clone(), x.clone(), x.clone()
    start[:, 0] += 1
    end[:, 4] += 1
    after[:, 6] += 1
    made = layer(x, lengths)
    assert (layer(start, lengths)[:, :5] != made[:, :5]).any(2).all()
    assert (layer(end, lengths)[:, :5] != made[:, :5]).any(2).all()
    assert_close(layer(after, lengths)[:, :5], made[:, :5])


def test_both_ways_is_the_library_s_own_bidirectional_layer():
    layer, theirs = BothWays(4, 6), torch.nn.LSTM(4, 3, batch_first=True, bidirectional=True)
    with torch.no_grad():
        for name, values in layer.ahead.named_parameters():
            getattr(theirs, name).copy_(values)
        for name, values in layer.back.named_parameters():
            getattr(theirs, f"{name}_reverse").copy_(values)
    x, lengths = torch.randn(3, 7, 4), torch.tensor([7, 4, 1])
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
    wanted, _ = torch.nn.utils.rnn.pad_packed_sequence(theirs(packed)[0], batch_first=True)
    made = layer(x, lengths)
    for row, length in enumerate(lengths.tolist()):
        assert_close(made[row, :length], wanted[row, :length])

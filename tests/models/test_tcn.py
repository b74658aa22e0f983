"""TCN: causal, as far back as it says, and the authors' block with the same weights."""

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm
from torch.testing import assert_close

from lamina.forms import Tokens
from lamina.models.tcn import Tcn, TcnPlan, count_blocks


class Published(nn.Module):
    """The authors' TemporalBlock: padded on both sides, the padding at the end cut off after each convolution."""

    def __init__(self, given, width, kernel, dilation):
        super().__init__()
        self.chomp = (kernel - 1) * dilation
        self.conv1 = weight_norm(nn.Conv1d(given, width, kernel, padding=self.chomp, dilation=dilation))
        self.conv2 = weight_norm(nn.Conv1d(width, width, kernel, padding=self.chomp, dilation=dilation))
        self.downsample = nn.Conv1d(given, width, 1) if given != width else None

    def forward(self, x):
        out = torch.relu(self.conv1(x)[:, :, : -self.chomp])
        out = torch.relu(self.conv2(out)[:, :, : -self.chomp])
        return torch.relu(out + (x if self.downsample is None else self.downsample(x)))


def made(width=2, length=40, **settings):
    torch.manual_seed(0)
    return Tcn(TcnPlan(**{"width": 8, "kernel": 3, **settings}), width, length).eval()


def test_the_authors_blocks_with_these_weights_answer_the_same():
    body, x = made(depth=3), torch.randn(2, 40, 2)
    theirs = nn.Sequential(*[Published(2 if i == 0 else 8, 8, 3, 2**i) for i in range(3)])
    names = {"first.conv": "conv1", "second.conv": "conv2", "across": "downsample"}
    state = body.blocks.state_dict()
    for ours, published in names.items():
        state = {name.replace(f".{ours}.", f".{published}."): value for name, value in state.items()}
    theirs.load_state_dict(state)
    assert_close(body(Tokens(x)).x, theirs(x.mT).mT, rtol=1e-5, atol=1e-5)


def test_the_future_does_not_reach_the_past():
    body, x = made(), torch.randn(2, 40, 2)
    changed = torch.cat([x[:, :20], x[:, 20:] + 1], dim=1)
    assert_close(body(Tokens(changed)).x[:, :20], body(Tokens(x)).x[:, :20])
    assert not torch.allclose(body(Tokens(changed)).x[:, 20:], body(Tokens(x)).x[:, 20:])  # and the test can fail


@pytest.mark.parametrize(("depth", "reach"), [(1, 5), (2, 13), (3, 29)])
def test_it_looks_back_as_far_as_it_says_and_no_farther(depth, reach):
    body = made(depth=depth)
    x = torch.randn(1, 40, 2, requires_grad=True)
    body(Tokens(x)).x[0, -1].sum().backward()
    seen = x.grad[0].abs().sum(1).nonzero().flatten()
    assert 40 - int(seen.min()) == reach == 1 + 2 * 2 * (2**depth - 1)
    assert count_blocks(reach, 3) == depth
    assert count_blocks(reach + 1, 3) == depth + 1


def test_what_stands_after_the_end_of_a_row_changes_nothing_before_it():
    body, x = made(), torch.randn(1, 40, 2)
    mask = torch.arange(40)[None] < 25
    padded = torch.where(mask[..., None], x, 0)
    assert_close(body(Tokens(padded, mask)).x[:, :25], body(Tokens(x[:, :25])).x)

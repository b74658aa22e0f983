"""Fuse: what lies in no input alone is found from two, and its joint layers are those of Ngiam and Antol."""

import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

from lamina.errors import PlanError
from lamina.forms import Tokens, pooled
from lamina.models.cnn import Cnn, CnnPlan
from lamina.models.fuse import Fuse, FusePlan
from lamina.models.rnn import Rnn, RnnPlan


def test_it_is_the_written_out_net_of_its_parts():
    """Convolution net and LSTM pooled, a layer each, both and their product side by side, a perceptron."""
    torch.manual_seed(0)
    body = Fuse(FusePlan(width=6, depth=2, pixels=4, drop=0.0), (1, 8, 8), (5, 3)).eval()
    cnn, lstm = Cnn(CnnPlan(width=4), 1, 8, 8).eval(), Rnn(RnnPlan(width=6, depth=1), 3, 5).eval()
    cnn.load_state_dict(body.parts[0].net.state_dict())
    lstm.load_state_dict(body.parts[1].net.state_dict())
    picture, text = torch.randn(4, 1, 8, 8), Tokens(torch.randn(4, 5, 3), torch.ones(4, 5, dtype=torch.bool))
    seen = F.relu(F.linear(cnn(picture).x.mean((2, 3)), *body.parts[0].last.linear.parameters()))
    read = F.relu(F.linear(pooled(lstm(text)), *body.parts[1].last.linear.parameters()))
    x = torch.cat([seen, read, seen * read], 1)
    for layer in body.joint:
        x = F.relu(F.linear(x, *layer.linear.parameters()))
    assert_close(body((picture, text)).x, x, rtol=1e-5, atol=1e-6)


def test_it_learns_whether_two_inputs_agree():
    """The sign of a product: each input alone says nothing of it."""
    torch.manual_seed(0)
    one, other = torch.randn(400, 1), torch.randn(400, 1)
    agree = (one * other > 0).long()[:, 0]

    def right(shapes, given):
        torch.manual_seed(0)
        body, last = Fuse(FusePlan(width=16, drop=0.0), *shapes), torch.nn.Linear(16, 2)
        adam = torch.optim.Adam([*body.parameters(), *last.parameters()], 0.01)
        for _ in range(150):
            loss = F.cross_entropy(last(body(given).x), agree)
            adam.zero_grad()
            loss.backward()
            adam.step()
        return float((last(body(given).x).argmax(1) == agree).float().mean())

    assert right(((1,), (1,)), (one, other)) > 0.95
    assert right(((1,),), (one,)) < 0.65  # and the test can fail


def test_nothing_to_join_is_refused():
    with pytest.raises(PlanError, match="fuse joins inputs"):
        Fuse(FusePlan())

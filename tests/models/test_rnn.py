"""Recurrent nets against torch's own, packed; and a step at a time."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.testing import assert_close

from lamina.errors import PlanError
from lamina.forms import Tokens
from lamina.models.rnn import GRU, LSTM, RNN, Rnn, RnnPlan

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
LENGTHS = torch.tensor([4, 9, 1, 6])
MASK = torch.arange(9) < LENGTHS[:, None]


def page(cell, both=True, width=8):
    torch.manual_seed(0)
    body = Rnn(RnnPlan(cell=cell, width=width, depth=2, both=both), 5, 9).eval()
    for parameter in body.parameters():
        nn.init.normal_(parameter, std=0.4)
    return body


def torchs_own(body):
    """torch's net with the weights of ours: the way back is called reverse there, and layers are numbered."""
    plan = body.plan
    theirs = CELLS[plan.cell](5, plan.width, plan.depth, batch_first=True, bidirectional=plan.both)
    state = {}
    for name, tensor in body.state_dict().items():
        _, layer, way, part = name.split(".")
        state[part.replace("l0", f"l{layer}") + ("_reverse" if way == "back" else "")] = tensor
    theirs.load_state_dict(state)
    return theirs


@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize("cell", CELLS)
def test_with_the_same_weights_it_is_torchs_own_on_packed_rows(cell, both):
    body, x = page(cell, both), torch.randn(4, 9, 5)
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    expected, _ = pad_packed_sequence(torchs_own(body)(packed)[0], batch_first=True)
    form = body(Tokens(x, MASK))
    assert_close(form.x[MASK], expected[MASK], rtol=0, atol=1e-6)
    assert form.x.shape[-1] == body.width == (16 if both else 8)


@pytest.mark.parametrize("cell", CELLS)
def test_each_row_of_a_padded_batch_is_as_it_is_alone(cell):
    body, x = page(cell), torch.randn(4, 9, 5)
    form = body(Tokens(torch.where(MASK[..., None], x, 1e3), MASK))
    for row, length in enumerate(LENGTHS):
        assert_close(form.x[row, :length], body(Tokens(x[row : row + 1, :length])).x[0], rtol=0, atol=1e-6)
    unmasked = body(Tokens(torch.where(MASK[..., None], x, 1e3)))
    assert not torch.allclose(unmasked.x[0, :4], form.x[0, :4], atol=1e-2)  # and the test can fail


@pytest.mark.parametrize("cell", CELLS)
def test_a_step_at_a_time_is_all_at_once(cell):
    body, x = page(cell, both=False), torch.randn(4, 9, 5)
    with torch.no_grad():
        whole, state = body(Tokens(x)).x, body.begin()
        first = body.step(Tokens(x[:, :3]), state).x
        rows = torch.tensor([3, 0, 0])
        state.pick(rows)
        rest = [body.step(Tokens(piece), state).x for piece in x[rows, 3:].split(1, dim=1)]
    assert_close(first, whole[:, :3], rtol=0, atol=1e-6)
    assert_close(torch.cat(rest, dim=1), whole[rows, 3:], rtol=0, atol=1e-6)


def test_the_future_does_not_reach_the_past_one_way_and_does_both_ways():
    x = torch.randn(2, 9, 5)
    changed = torch.cat([x[:, :6], x[:, 6:] + 1], dim=1)
    one, two = page("gru", both=False), page("gru", both=True)
    assert torch.equal(one(Tokens(x)).x[:, :6], one(Tokens(changed)).x[:, :6])
    assert not torch.allclose(two(Tokens(x)).x[:, :6], two(Tokens(changed)).x[:, :6])


def test_both_ways_cannot_go_on():
    body = page("lstm")
    with pytest.raises(PlanError, match=r"both ways cannot go on(.|\n)*model.both=false"):
        body.step(Tokens(torch.randn(1, 1, 5)), body.begin())
    body.begin().pick(torch.tensor([0]))  # nothing is remembered, so nothing is picked


@pytest.mark.parametrize("plan", [LSTM, GRU, RNN], ids=CELLS)
def test_a_row_without_tokens_is_finite(plan):
    form = Rnn(plan, 5, 9)(Tokens(torch.randn(2, 9, 5), MASK[:2] & torch.tensor([[True], [False]])))
    assert form.x.isfinite().all()


def test_an_lstm_begins_by_remembering_and_with_orthogonal_gates():
    torch.manual_seed(0)
    cell = Rnn(LSTM, 5, 9).layers[0].forth
    assert torch.equal((cell.bias_ih_l0 + cell.bias_hh_l0).view(4, -1).mean(1), torch.tensor([0.0, 1.0, 0.0, 0.0]))
    for gate in cell.weight_hh_l0.chunk(4):
        assert_close(gate @ gate.T, torch.eye(256), rtol=0, atol=1e-5)


def test_dropout_stands_between_layers_only_and_in_training_only():
    torch.manual_seed(0)
    body, x = Rnn(RnnPlan(width=8, depth=1, drop=0.9), 5, 9), Tokens(torch.randn(2, 9, 5))
    assert torch.equal(body(x).x, body(x).x)
    body = Rnn(RnnPlan(width=8, depth=2, drop=0.5), 5, 9)
    assert not torch.equal(body(x).x, body(x).x)
    assert torch.equal(body.eval()(x).x, body(x).x)

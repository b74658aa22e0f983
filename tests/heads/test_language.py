"""The head of text token by token, against plain cross-entropy."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.testing import assert_close

from lamina.forms import Tokens
from lamina.heads import LanguageHead
from lamina.kinds import Text
from lamina.kinds.text import MARKS

WORDS = Text(vocab=(*MARKS, *"abcdef"), length=8)
IDS = torch.tensor([[5, 9, 1, 7], [6, 8, 0, 0], [10, 0, 0, 0]])


def form(width: int = 6) -> Tokens:
    return Tokens(torch.randn(3, 4, width, generator=torch.Generator().manual_seed(0)), IDS != 0)


def head(**settings) -> LanguageHead:
    torch.manual_seed(0)
    made = LanguageHead(6, WORDS, **settings)
    nn.init.normal_(made.out.weight)
    return made.eval()


def pairs(shift: bool) -> list[tuple[int, int, int]]:
    """Row, place that answers, true id: only of real tokens, and none for the first where the answer is the next."""
    rows, places = torch.nonzero(IDS, as_tuple=True)
    found = zip(rows.tolist(), places.tolist(), strict=True)
    return [(row, at - shift, int(IDS[row, at])) for row, at in found if at >= shift]


@pytest.mark.parametrize("shift", [True, False])
def test_the_loss_is_the_cross_entropy_of_the_real_tokens(shift):
    made, wanted = head(shift=shift), pairs(shift)
    logits = form().x @ made.out.weight.T
    losses = [F.cross_entropy(logits[row, at], torch.tensor(true)) for row, at, true in wanted]
    loss, count = made.loss(form(), IDS)
    assert count == len(wanted) == (4 if shift else 7)
    assert_close(loss, torch.stack(losses).mean())


@pytest.mark.parametrize("shift", [True, False])
def test_the_figures_are_sums_by_row(shift):
    made, wanted = head(shift=shift), pairs(shift)
    figures, logits = made.figures(form(), IDS), form().x @ made.out.weight.T
    for row in range(3):
        mine = [(logits[row, at], true) for r, at, true in wanted if r == row]
        assert figures[row, 1] == len(mine)
        assert figures[row, 2] == sum(int(x.argmax()) == true for x, true in mine)
        nats = sum(F.cross_entropy(x.detach(), torch.tensor(true)).item() for x, true in mine)
        assert figures[row, 0].item() == pytest.approx(nats, rel=1e-5)


def test_the_future_is_what_is_asked_and_not_the_token_itself():
    """A form that says its own token answers all where there is no shift, and nothing where there is one."""
    made = head(shift=False)
    with torch.no_grad():
        made.out.weight.copy_(torch.randn(11, 6))
        said = Tokens(100 * F.normalize(made.out.weight)[IDS])
    assert made.figures(said, IDS)[:, 2].tolist() == [4, 2, 1]
    made.shift = True
    assert made.figures(said, IDS)[:, 2].tolist() == [0, 0, 0]


def test_a_lead_is_learned_and_not_scored_and_a_row_no_longer_than_it_is_scored_whole():
    ids = torch.tensor([[5, 9, 1, 7], [6, 8, 9, 0], [10, 7, 0, 0]])
    led, plain, said = head(), head(), form()
    led.lead = 2
    assert led.figures(said, ids)[:, 1].tolist() == [1, 2, 1]
    logits = said.x[0, 2] @ led.out.weight.T
    assert led.figures(said, ids)[0, 0].item() == pytest.approx(F.cross_entropy(logits, ids[0, 3]).item(), rel=1e-5)
    assert_close(led.figures(said, ids)[1:], plain.figures(said, ids)[1:])
    assert_close(led.loss(said, ids)[0], plain.loss(said, ids)[0])


def test_smoothing_is_that_of_torch_over_the_real_tokens():
    made = head(shift=False, smoothing=0.2)
    logits = (form().x @ made.out.weight.T)[IDS != 0]
    assert_close(made.loss(form(), IDS)[0], F.cross_entropy(logits, IDS[IDS != 0], label_smoothing=0.2))


def test_the_way_out_shares_the_table_of_the_way_in():
    made, entry = head(), nn.Sequential(nn.Embedding(11, 6, padding_idx=0))
    made.tie(entry, std=1.0)
    assert made.out.weight is entry[0].weight
    assert made.out.weight.std() > 0.5  # drawn anew
    before = made.loss(form(), IDS)[0]
    with torch.no_grad():
        entry[0].weight[5:] += 1.0
    assert not torch.equal(made.loss(form(), IDS)[0], before)
    whole = nn.ModuleDict({"entry": entry, "head": made})
    assert len(list(whole.parameters())) == 1


@pytest.mark.parametrize(
    "entry", [nn.Embedding(11, 7), nn.Embedding(12, 6), nn.ModuleList([nn.Embedding(11, 6), nn.Embedding(11, 6)])]
)
def test_a_table_of_another_size_or_one_of_several_is_not_shared(entry):
    made = head()
    own = made.out.weight
    made.tie(entry, std=1.0)
    assert made.out.weight is own


def test_marks_are_impossible_in_an_answer_and_the_rest_sums_to_one():
    made = head()
    shares = made.decode(form(), 0.5)
    assert (shares.x[..., : len(MARKS)] == 0).all()
    assert_close(shares.x.sum(-1), torch.ones(3, 4))
    logits = (form().x @ made.out.weight.T)[..., len(MARKS) :]
    assert_close(shares.x[..., len(MARKS) :], (logits / 0.5).softmax(-1))
    assert torch.equal(shares.mask, IDS != 0)


def test_a_batch_in_which_nothing_is_asked_has_no_loss():
    loss, count = head().loss(form(), torch.tensor([[5, 0, 0, 0]] * 3))
    assert (loss.item(), count) == (0.0, 0)

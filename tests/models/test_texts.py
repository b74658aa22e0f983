"""What every page for tokens does, whatever is in it."""

import pytest
import torch
from torch.testing import assert_close

from lamina.errors import PlanError
from lamina.forms import Tokens
from lamina.models.bert import Bert, BertPlan
from lamina.models.gpt import Gpt, GptPlan
from lamina.models.rnn import GRU, LSTM, RNN, Rnn
from lamina.models.seq2seq import Seq2Seq, Seq2SeqPlan
from lamina.models.t5 import T5, T5Plan
from lamina.models.transformer import Transformer, TransformerPlan

READERS = {
    "transformer": (Transformer, TransformerPlan()),
    "gpt": (Gpt, GptPlan()),
    "bert": (Bert, BertPlan()),
    "lstm": (Rnn, LSTM),
    "gru": (Rnn, GRU),
    "rnn": (Rnn, RNN),
}
WRITERS = {"seq2seq": (Seq2Seq, Seq2SeqPlan()), "t5": (T5, T5Plan())}
PAGES = READERS | WRITERS
SPLIT = {name: page for name, page in PAGES.items() if page[0] is not Rnn}  # into heads
MASK = torch.arange(7) < torch.tensor([7, 3, 1])[:, None]


def page(name, width=6, length=10, **settings):
    torch.manual_seed(0)
    model, plan = PAGES[name]
    return model(type(plan)(**{**vars(plan), "width": 16, "depth": 2, **settings}), width, length).eval()


def answer(body, x):
    """What a page gives for tokens; one that writes is given the same text to write, whatever it reads."""
    torch.manual_seed(2)
    return body(x, Tokens(torch.randn(len(x.x), 4, 16))) if isinstance(body, Seq2Seq | T5) else body(x)


@pytest.mark.parametrize("name", PAGES)
def test_padding_changes_nothing(name):
    torch.manual_seed(1)
    body, x = page(name), torch.randn(3, 7, 6)
    seen = slice(None) if name in WRITERS else MASK
    other = torch.where(MASK[..., None], x, torch.randn_like(x))
    assert_close(answer(body, Tokens(x, MASK)).x[seen], answer(body, Tokens(other, MASK)).x[seen])
    longer = Tokens(torch.cat([x, x], 1)[:, :10], torch.cat([MASK, MASK.new_zeros(3, 3)], 1))
    left = answer(body, longer).x[:, :7] if name in READERS else answer(body, longer).x
    assert_close(left[seen], answer(body, Tokens(x, MASK)).x[seen])


@pytest.mark.parametrize("name", PAGES)
def test_a_row_without_tokens_is_finite_and_so_are_gradients(name):
    body = page(name)
    form = answer(body, Tokens(torch.randn(3, 7, 6), MASK & torch.tensor([[True], [False], [True]])))
    form.x.sum().backward()
    assert form.x.isfinite().all()
    assert all(p.grad.isfinite().all() for p in body.parameters() if p.grad is not None)


@pytest.mark.parametrize("name", READERS)
def test_the_mask_and_the_segments_are_handed_on(name):
    segments = torch.zeros(3, 7, dtype=torch.long)
    form = page(name)(Tokens(torch.randn(3, 7, 6), MASK, segments))
    assert form.mask is MASK
    assert form.segments is segments


@pytest.mark.parametrize("name", SPLIT)
def test_a_width_that_does_not_split_is_refused_with_heads_that_do(name):
    with pytest.raises(PlanError, match=r"width of 16 does not split into 3 equal heads(.|\n)*--set model.heads=[24]"):
        page(name, heads=3)


@pytest.mark.parametrize("name", ["transformer", "gpt", "bert", "seq2seq"])
def test_a_row_longer_than_was_planned_is_refused(name):
    answer(page(name), Tokens(torch.randn(2, 10, 6)))
    with pytest.raises(PlanError, match=r"row of 11 positions is too long(.|\n)*at most 10 positions"):
        answer(page(name), Tokens(torch.randn(2, 11, 6)))


@pytest.mark.parametrize("name", SPLIT)
def test_vectors_of_the_pages_own_width_are_not_projected(name):
    assert not list(page(name, width=16).project.parameters())
    assert page(name, width=6).project.weight.shape == (16, 6)

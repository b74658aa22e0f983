"""Two texts as one row of tokens, without gaps, with what they share."""

from __future__ import annotations

import torch
from torch.testing import assert_close

from lamina.kinds import Category, Field, Schema, Text
from lamina.kinds.text import END, MARKS, START
from lamina.models.bert import BertPlan
from lamina.recipe import Recipe, build_net
from lamina.recipe.entries import entry_for
from lamina.recipe.pairs import alike, joined

WORDS = Text(vocab=(*MARKS, *"abcd"), length=5)
FIRST = torch.tensor([[5, 6, 0], [7, 7, 8]])
SECOND = torch.tensor([[6, 8, 6, 5], [5, 0, 0, 0]])


def schema(second=WORDS):
    label = Category(labels=("x", "y"), counts=(1, 1))
    return Schema((Field("q", WORDS, "input"), Field("t", second, "input"), Field("l", label, "target")))


def test_texts_follow_each_other_with_their_marks_and_no_gap():
    told = (FIRST > 5).float()[..., None], (SECOND == 6).float()[..., None]
    ids, beside = joined((FIRST, SECOND), told)
    assert ids.tolist() == [[START, 5, 6, END, 6, 8, 6, 5], [START, 7, 7, 8, END, 5, 0, 0]]
    assert beside[..., 0].tolist() == [[0, 0, 1, 0, 1, 0, 1, 0], [0, 1, 1, 1, 0, 0, 0, 0]]


def test_segments_and_mask_say_which_text_a_token_is_of():
    form = entry_for(schema(), "tokens", BertPlan(width=4))({"q": FIRST, "t": SECOND})
    assert form.segments.tolist() == [[0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 0, 1, 1, 1]]
    assert form.mask.tolist() == [[True] * 8, [True] * 6 + [False] * 2]


def test_a_token_is_told_to_stand_in_both_the_more_the_rarer_it_is():
    one, other = alike(FIRST, SECOND)
    assert one[..., 0].tolist() == [[1, 0.5, 0], [0, 0, 0]]
    assert other[..., 0].tolist() == [[0.5, 0, 0.5, 1], [0] * 4]
    assert_close(other[0, :, 1], torch.tensor([1.0, 2, 2, 1.5]))  # five times the mean over two on either side
    assert not one[..., 1:].any()


def test_unknown_words_and_padding_are_in_no_two_texts():
    one, other = alike(torch.tensor([[1, 0]]), torch.tensor([[1, 0, 0]]))
    assert not one.any()
    assert not other.any()


def test_words_are_the_same_words_in_two_vocabularies():
    other = Text(vocab=(*MARKS, *"zdcba"), length=5)  # d is 6, c 7, b 8, a 9
    entry = entry_for(schema(other), "tokens", BertPlan(width=4))
    assert len(entry.table.weight) == len(WORDS.vocab) + len(other.vocab)
    with torch.no_grad():
        entry.table.weight.zero_()
        entry.shared.weight.copy_(torch.tensor([[1.0, 0, 0]] * 4))
    told = entry({"q": FIRST[:1], "t": torch.tensor([[9, 6, 8, 5]])}).x[0, :, 0]
    assert told.tolist() == [0, 1, 1, 0, 1, 0, 1, 0]


def test_a_pair_is_read_alike_alone_and_beside_a_longer_one():
    net = build_net(Recipe(model={"name": "bert", "width": 8, "depth": 1, "heads": 2}), schema()).eval()
    both = net({"q": FIRST, "t": SECOND}).x
    alone = net({"q": FIRST[1:], "t": SECOND[1:, :1]}).x
    assert_close(both[1:, :6], alone)

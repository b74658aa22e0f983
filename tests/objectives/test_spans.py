"""What is taken out of a text and what is left make the text again."""

from __future__ import annotations

import pytest
import torch

from lamina.errors import PlanError
from lamina.kinds import Field, Schema, Text
from lamina.kinds.text import MARKS, MASK
from lamina.objectives import Asked, play_for
from lamina.objectives.spans import cut_up
from lamina.recipe import Recipe, build_net
from lamina.rng import Rng

WORDS = Text(vocab=(*MARKS, *(f"w{i}" for i in range(200))), length=100)
SCHEMA = Schema((Field("t", WORDS, "input"), Field("t", WORDS, "target", link="spans")))


def game(**settings):
    net = build_net(Recipe(model={"name": "t5", "width": 8, "depth": 1, "heads": 2, "hidden": 8}), SCHEMA)
    return play_for("span", Asked(net, SCHEMA, settings))


def texts(*lengths):
    ids = torch.zeros(len(lengths), max(lengths), dtype=torch.long)
    for row, n in zip(ids, lengths, strict=True):
        row[:n] = torch.arange(n) + len(MARKS)
    return ids


def again(read, asked):
    """The text, from what is read with each mark replaced by the run that follows its mark."""
    runs, out = [], []
    for token in asked:
        if token == MASK:
            runs.append([])
        else:
            runs[-1].append(token)
    for token in read:
        out += runs.pop(0) if token == MASK else [token]
    assert not runs
    return out


def test_what_is_read_and_what_is_written_make_the_text_again():
    ids = texts(100, 40, 7, 2, 1)
    read, asked = game().taken(ids, Rng(0))
    for row, (one, other) in enumerate(zip(read.tolist(), asked.tolist(), strict=True)):
        one, other = [x for x in one if x], [x for x in other if x]
        assert again(one, other) == [x for x in ids[row].tolist() if x]
        assert other[0] == MASK
        assert len(other) >= 2


def test_the_share_and_the_length_of_runs_are_as_asked():
    read, asked = game(share=0.3, long=6.0).taken(texts(*[100] * 50), Rng(1))
    assert ((asked > 0).sum(1) == 30 + 5).all()  # thirty tokens in five runs
    assert ((read == MASK).sum(1) == 5).all()
    assert not torch.equal(read[0], read[1])  # another place in every row


def test_parts_are_never_empty_and_every_way_is_drawn():
    draw = torch.Generator().manual_seed(0)
    found = [tuple(cut_up(5, 3, torch.rand(5, generator=draw).numpy()).tolist()) for _ in range(300)]
    assert set(found) == {(1, 1, 3), (1, 3, 1), (3, 1, 1), (1, 2, 2), (2, 1, 2), (2, 2, 1)}


def test_a_model_that_writes_nothing_is_refused():
    with pytest.raises(PlanError, match="writes none"):
        build_net(Recipe(model={"name": "bert", "width": 8, "depth": 1, "heads": 2}), SCHEMA)

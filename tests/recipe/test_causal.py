"""What comes next is learned by nets that read onward only; others are refused with what to type."""

from __future__ import annotations

import pytest
import torch

from lamina.errors import PlanError
from lamina.kinds import Category, Field, Schema, Text
from lamina.kinds.text import MARKS
from lamina.recipe import Recipe, build_net, choose

WORDS = Text(vocab=(*MARKS, *"abcdef"), length=12)
RNNS = ("lstm", "gru", "rnn")


def itself(link) -> Schema:
    return Schema((Field("t", WORDS, "input"), Field("t", WORDS, "target", link=link)))


CLASSES = Schema((Field("t", WORDS, "input"), Field("y", Category(labels=("a", "b"), counts=(9, 9)), "target")))


@pytest.mark.parametrize("name", RNNS)
def test_a_net_that_reads_back_from_the_end_is_refused_what_comes_next(name):
    recipe = Recipe(model={"name": name, "width": 8, "depth": 1, "both": True})
    with pytest.raises(PlanError, match=f"{name} reads a text from both ends") as caught:
        build_net(recipe, itself("causal"))
    assert "--set model.both=false" in str(caught.value)
    build_net(recipe, itself("masked"))
    build_net(recipe, CLASSES)


def test_bert_is_refused_what_comes_next():
    recipe = Recipe(model={"name": "bert", "width": 8, "depth": 1, "heads": 2})
    with pytest.raises(PlanError, match="bert reads a text from both ends"):
        build_net(recipe, itself("causal"))
    build_net(recipe, itself("masked"))


@pytest.mark.parametrize("name", RNNS)
def test_a_net_that_can_read_both_ways_is_chosen_to_read_onward_where_that_is_asked(name):
    chosen = choose(itself("causal"), 1000, model=name)[0]
    assert chosen.model["both"] is False
    assert chosen.objective == "causal" or chosen.objective
    build_net(chosen, itself("causal"))
    assert choose(CLASSES, 1000, model=name)[0].model.get("both", True)
    assert choose(itself("masked"), 1000, model=name)[0].model.get("both", True)


@pytest.mark.parametrize("name", ["gpt", *RNNS])
def test_what_is_chosen_does_not_see_what_it_is_asked(name):
    chosen = choose(itself("causal"), 1000, model=name)[0]
    net = build_net(chosen, itself("causal")).eval()
    ids = torch.tensor([[5, 6, 7, 8, 9]])
    other = torch.tensor([[5, 6, 7, 10, 5]])
    with torch.no_grad():
        one, two = (net.head.logits(net({"t": x})) for x in (ids, other))
    torch.testing.assert_close(one[:, :3], two[:, :3])
    assert not torch.allclose(one[:, 3:], two[:, 3:])


def test_a_corpus_is_read_by_gpt_unless_asked_otherwise():
    assert choose(itself("causal"), 1000)[0].model["name"] == "gpt"
    assert choose(itself("masked"), 1000)[0].model["name"] == "bert"

"""What is hidden: at least one token a row, in the shares of the paper, never padding, the same for one rng."""

from __future__ import annotations

import math

import pytest
import torch

from lamina.errors import PlanError
from lamina.forms import Batch
from lamina.kinds import Category, Field, Schema, Text
from lamina.kinds.text import MARKS, MASK
from lamina.objectives.masked import Masked
from lamina.recipe import Recipe, build_net
from lamina.rng import Rng

WORDS = Text(vocab=(*MARKS, *(f"w{i}" for i in range(300))), length=64)
SCHEMA = Schema((Field("t", WORDS, "input"), Field("t", WORDS, "target", link="masked")))


def game(**settings) -> Masked:
    net = build_net(Recipe(model={"name": "bert", "width": 8, "depth": 1, "heads": 2, "drop": 0.0}), SCHEMA)
    return Masked(net, SCHEMA, **settings)


def texts(*lengths: int) -> torch.Tensor:
    ids = torch.randint(len(MARKS), 305, (len(lengths), max(lengths)), generator=torch.Generator().manual_seed(0))
    for row, n in zip(ids, lengths, strict=True):
        row[n:] = 0
    return ids


def batch(ids: torch.Tensor) -> Batch:
    return Batch({"t": ids}, {"t": ids}, torch.arange(len(ids)))


def test_every_row_is_asked_for_one_token_at_least_and_padding_for_none():
    ids = texts(*[1, 2, 3, 64, 0] * 50)
    seen, asked = game(share=0.01).hidden(ids, Rng(0))
    assert ((asked != 0).any(1) == (ids != 0).any(1)).all()
    assert (seen[ids == 0] == 0).all()
    assert (asked[ids == 0] == 0).all()
    assert (asked[asked != 0] == ids[asked != 0]).all()
    assert (seen[asked == 0] == ids[asked == 0]).all()  # what is not asked for is not touched


def test_the_shares_are_those_of_the_paper():
    ids = texts(*[64] * 2000)
    seen, asked = game().hidden(ids, Rng(1))
    picked = asked != 0
    count = int(picked.sum())
    assert picked.float().mean() == pytest.approx(0.15, abs=0.004)
    covered, kept = (seen[picked] == MASK).sum() / count, (seen[picked] == ids[picked]).sum() / count
    assert covered == pytest.approx(0.8, abs=0.01)
    assert kept == pytest.approx(0.1, abs=0.01)
    other = seen[picked][(seen[picked] != MASK) & (seen[picked] != ids[picked])]
    assert len(other) / count == pytest.approx(0.1, abs=0.01)
    assert (other >= len(MARKS)).all()
    assert len(set(other.tolist())) > 290  # any word may stand there


def test_the_same_rng_hides_the_same_tokens_and_another_others():
    play, ids = game(), texts(64, 30, 9)
    first, again, other = (play.hidden(ids, Rng(0, name)) for name in ("a", "a", "b"))
    assert all(torch.equal(x, y) for x, y in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


def test_a_net_that_knows_nothing_loses_the_logarithm_of_the_vocabulary():
    play, ids = game(), texts(40, 3, 12)
    with torch.no_grad():
        play.net.head.out.weight.zero_()
    figures = play.figures(batch(ids), Rng(0))
    asked = play.hidden(ids, Rng(0))[1]
    assert figures[:, 1].tolist() == (asked != 0).sum(1).tolist()
    assert (figures[:, 0] / figures[:, 1]).tolist() == pytest.approx([math.log(305)] * 3)
    assert figures[:, 2].tolist() == [0, 0, 0]


def test_the_loss_is_that_of_the_tokens_asked_for():
    play, ids = game(), texts(40, 3, 12)
    play.net.eval()
    (turn,) = play.turns(batch(ids), Rng(0))
    figures = play.figures(batch(ids), Rng(0))
    assert turn.count == figures[:, 1].sum()
    assert turn.loss.item() == pytest.approx((figures[:, 0].sum() / figures[:, 1].sum()).item(), rel=1e-5)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_nothing_or_of_all_is_refused(share):
    with pytest.raises(PlanError, match="between 0 and 1"):
        game(share=share)


def test_what_is_no_text_has_no_words_to_hide():
    net = torch.nn.Linear(2, 2)
    with pytest.raises(PlanError, match="Category has no words to hide"):
        Masked(net, Schema((Field("y", Category(labels=("a", "b")), "target"),)))

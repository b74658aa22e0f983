"""AlphaZero: what a finished match teaches, whose win it is, and that it learns to play."""

import numpy as np
import pytest
import torch

from lamina.forms import Batch
from lamina.kinds import Field, Schema
from lamina.kinds.match import Match, rules_of
from lamina.objectives import Asked, play_for
from lamina.objectives.alphazero import Ongoing
from lamina.recipe import Budget, Optimizer, Recipe, Train, build_net
from lamina.rng import Rng
from lamina.train import Session, fit

KIND = Match(world="tic_tac_toe", rival="perfect", shape=(4, 3, 3), actions=9, longest=9)
SCHEMA = Schema((Field("s", KIND, "input"), Field("s", KIND, "target", link="played")))


def game(**settings):
    torch.manual_seed(0)
    net = build_net(Recipe(model={"name": "alphazero", "width": 8, "depth": 1}), SCHEMA)
    return play_for("alphazero", Asked(net, SCHEMA, {"simulations": 8, "matches": 4, "rows": 32, **settings}))


def batch(*rows):
    encoded = KIND.collate(KIND.encode(list(rows) or [{"moves": []}] * 4).array)
    return Batch({"s": encoded}, {"s": encoded}, torch.arange(len(encoded)))


def test_a_finished_match_teaches_what_the_search_said_and_who_won():
    played, rules = game(), rules_of("tic_tac_toe")
    said = [np.eye(9)[move].tolist() for move in (1, 4, 2)]
    played._learn_from(Ongoing([0, 3, 1, 4, 2], said), [1.0, -1.0])  # the first two moves were an opening
    assert len(played.replay) == 3
    assert played.replay.kept_lesson[:3, :9].argmax(1).tolist() == [1, 4, 2]
    assert played.replay.kept_lesson[:3, 9].tolist() == [1.0, -1.0, 1.0]  # to whose turn it was
    for row, moves in enumerate(([0, 3], [0, 3, 1], [0, 3, 1, 4])):
        np.testing.assert_array_equal(played.replay.kept_planes[row], rules.planes(rules.after(moves)))


def test_its_loss_is_that_of_its_paper():
    """(z - v)² - πᵀ log p, the mean over rows."""
    played = game()
    played.play(batch().targets["s"], Rng(0))
    turn = next(played.turns(batch(), Rng(0, 1)))
    assert turn.count == 32
    head, form = played.net.head, played.net({"s": played.replay.kept_planes[:4]})
    logits, worth = (x.detach() for x in head.plain(form))
    lesson = played.replay.kept_lesson[:4]
    plain = 0.0
    for i in range(4):
        plain += float((lesson[i, 9] - worth[i]) ** 2 - (lesson[i, :9] * torch.log_softmax(logits[i], 0)).sum()) / 4
    assert head.loss(form, lesson)[0].item() == pytest.approx(plain, rel=1e-5)


def test_a_row_that_is_no_match_has_a_policy_and_no_points():
    found = game().figures(batch("0 3 1 4", {"moves": [0, 4], "side": 1, "number": 5}), Rng(0))
    assert found.shape == (2, 12)
    assert found[:, 1].tolist() == [0, 1]
    assert found[0, 3:].sum() == pytest.approx(1.0)
    assert found[0, [3, 4, 6, 7]].sum() == 0  # moves that were made
    assert found[1, 0] in (0.0, 0.5)  # nobody wins against perfect play from a position that is drawn


def test_looking_at_a_policy_leaves_the_net_as_it_was():
    played = game()
    played.net.train()
    before = {name: x.clone() for name, x in played.net.state_dict().items()}
    played.figures(batch("0 4"), Rng(0))
    assert played.net.training
    assert all(torch.equal(x, before[name]) for name, x in played.net.state_dict().items())


def test_it_loses_less_to_perfect_play_after_learning():
    played = game(matches=16, turns=4, rows=64)
    asked = batch(*({"moves": [[4, 0], [0, 4], [2, 4], [8, 4]][i % 4], "side": i % 2, "number": i} for i in range(60)))
    before = played.figures(asked, Rng(0))[:, 2].mean()
    recipe = Recipe(
        budget=Budget(steps=80), optimizer=Optimizer(name="adamw", rate=0.01, decay=0.01), train=Train(average=0.0)
    )
    fit(played, lambda start: iter([batch()] * 1000), recipe, session=Session(recipe))
    after = played.figures(asked, Rng(0))[:, 2].mean()
    assert before > 0.2
    assert after < 0.75 * before

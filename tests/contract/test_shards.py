"""Every page and every game, cut into shards, learns what it learns whole: no weight is used before it is gathered."""

from __future__ import annotations

import copy
from itertools import repeat

import pytest
import torch
import torch.distributed as dist
from torch import nn

from lamina.objectives import OBJECTIVES
from lamina.ranks import ALONE, Ranks
from lamina.recipe import Budget, Optimizer, Recipe, Schedule, Train
from lamina.rng import Rng
from lamina.train import Plan, Session, fit
from lamina.train.shards import holding

from . import test_graph_models as graphs
from . import test_models as pages
from .test_objectives import MADE

PAGES = [*((pages, *case) for case in pages.FIRST if case[0] not in pages.BARE)]
PAGES += [(graphs, *case) for case in graphs.FIRST]


class Team(Ranks):
    """A team of one, which speaks, cuts and gathers as larger ones do."""

    many = True


@pytest.fixture(scope="module")
def team():
    store = dist.HashStore()
    dist.init_process_group("gloo", store=store, rank=0, world_size=1)
    yield Team(0, 1, store)
    dist.destroy_process_group()


@pytest.fixture(autouse=True)
def every_block(monkeypatch):
    """Blocks are gathered one by one however small they are."""
    monkeypatch.setattr("lamina.train.cut.LEAST", 1)


def gone_back(exam, body, name, shape):
    """A forward pass and a backward pass of a page, with the same draws each time."""
    torch.manual_seed(0)
    if exam is pages:
        form = pages.answer(body, name, pages.inputs(shape, 8, name in pages.EVEN))
    else:
        form = body(graphs.inputs(name, shape))
    told = pages.told(form)
    (told * torch.randn_like(told)).sum().backward()


@pytest.mark.parametrize("again", [False, True], ids=["once", "computed again"])
@pytest.mark.parametrize(("exam", "name", "shape"), PAGES, ids=[name for _, name, _ in PAGES])
def test_a_page_that_is_cut_has_the_same_gradients(team, exam, name, shape, again):
    whole = exam.made(name, shape)
    body = Plan(sharded=True, recompute=again).prepare(copy.deepcopy(whole), team)
    held = holding(body, team)
    params = held.params(dict(body.named_parameters()))
    held.open()
    for net in (whole, body):
        gone_back(exam, net, name, shape)
    held.backward_done()
    held.take()
    for part, p in whole.named_parameters():
        torch.testing.assert_close(params[part].grad, p.grad, rtol=1e-4, atol=1e-4)
    held.end()
    assert type(body) is type(whole)
    assert all(type(p) is nn.Parameter for p in body.parameters())


@pytest.mark.parametrize("name", [game.name for game in OBJECTIVES.values() if game.spread])
def test_a_game_whose_players_are_cut_learns_the_same(team, name):
    """And is judged in the middle, when blocks are gathered for answers alone."""
    make, batch = MADE[name]
    recipe = Recipe(
        budget=Budget(steps=4),
        optimizer=Optimizer(name="sgd", rate=0.02),  # Adam makes whole steps of gradients that are but rounding
        schedule=Schedule(name="constant", warmup=0.0),
        train=Train(average=0.5, judge_every=2),
    )
    learned = []
    for ranks, plan in ((ALONE, Plan()), (team, Plan(sharded=True))):
        torch.manual_seed(0)
        game, seen = make(), []

        def judge(net, game=game, seen=seen):
            net.eval()
            with torch.inference_mode():
                figures = game.figures(batch(), Rng(0))
            net.train()
            seen.append(0.0 if figures is None else float(figures.sum()))
            return {"loss": float(len(seen))}

        product = fit(game, lambda _: repeat(batch()), recipe, plan, Session(recipe, ranks=ranks), judge)
        learned.append((product.state_dict(), seen))
    (wanted, said), (found, told) = learned
    assert told == pytest.approx(said, rel=1e-4)
    assert found.keys() == wanted.keys()
    for part, x in wanted.items():
        torch.testing.assert_close(found[part], x, rtol=1e-4, atol=1e-5)

"""Where memory runs out in one of several processes, all of them cut the batch alike, and none waits for another."""

from __future__ import annotations

from functools import partial

import pytest
from torch import nn

from lamina.config import build
from lamina.recipe import Budget
from lamina.train import Mover, Plan, Session, fit

FULL = RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8000000000 bytes")
ADAM = {"name": "adamw", "rate": 0.01}


def short(rank, most, since=0, place="gather"):
    """From some step on, the memory of one process is too short for slices of more than `most` rows."""
    plain = getattr(Mover, place)

    def tight(self, *given, **named):
        rows = given[0].count if place == "gather" else 0
        if self.ranks.rank == rank and self.moves >= since and rows > most:
            raise FULL
        return plain(self, *given, **named)

    return tight


def trained(toys, recipe, plan=None, game=None):
    """Work for `together`: train, and give weights, log, what was said and the plan of it."""

    def work(ranks):
        play, keeper = game() if game else toys.supervised(toys.Dense, nn.LayerNorm, 0.3), toys.Keeper()
        fit(play, toys.numbers(8), recipe, plan, Session(recipe, keeper=keeper, judge_every=2, ranks=ranks))
        kept = build(Plan, keeper.plan).halved if keeper.plan else None
        return toys.tensors_of(play.product()), keeper.lines, keeper.said, kept

    return work


@pytest.mark.parametrize("since", [0, 2])
@pytest.mark.parametrize(("most", "slices"), [(2, 4), (1, 8)])
def test_all_train_as_if_the_slices_had_been_planned(toys, together, monkeypatch, most, slices, since):
    recipe = toys.recipe(ADAM, budget=Budget(steps=4), average=0.5)
    wanted, lines, *_ = together(2, trained(toys, recipe, Plan(halved=((since, slices),))))[0]
    monkeypatch.setattr(Mover, "gather", short(1, most, since))
    for weights, written, said, halved in together(2, trained(toys, recipe)):
        assert toys.same(weights, wanted)
        assert written == lines
        assert halved == ((since, slices),)
        assert len(said) == 1


def test_of_two_players_neither_has_moved_in_a_step_that_failed_in_one_process(toys, together, monkeypatch):
    """Memory runs out in one of three, where the first has moved and the second's turn is played, or it is moved."""

    recipe = toys.recipe({"momentum": 0.9}, budget=Budget(steps=4), average=0.5)
    wanted = together(3, trained(toys, recipe, Plan(halved=((2, 6),)), toys.Thrice))[0][0]
    for place in ("gather", "move"):
        plain, made, movers, failed = getattr(Mover, place), Mover.__init__, [], []

        def fails(self, *given, plain=plain, movers=movers, failed=failed, **named):
            if self.ranks.rank == 1 and self is movers[1] and self.moves == 2 and not failed:
                failed.append(movers[0].turns)
                raise FULL
            return plain(self, *given, **named)

        def makes(self, *given, made=made, movers=movers):
            movers.append(self)
            made(self, *given)

        with monkeypatch.context() as patch:
            patch.setattr(Mover, place, fails)
            patch.setattr(Mover, "__init__", makes)
            for weights, _, said, halved in together(3, trained(toys, recipe, game=toys.Thrice)):
                assert toys.same(weights, wanted)
                assert (len(said), halved) == (1, ((2, 6),))


def test_a_step_that_cannot_be_put_back_ends_in_all(toys, together, monkeypatch):
    """One cannot move, and the other has moved; later a lone player keeps no copy of what it was."""
    monkeypatch.setattr(Mover, "move", short(1, -1, since=2, place="move"))
    for said in together(2, trained(toys, toys.recipe(ADAM))):
        assert "memory ran out at step 3 while the weights moved, with 2 slices of a batch of 8 rows" in said


def test_memory_that_runs_out_while_the_others_wait_is_an_error_in_all(toys, together, monkeypatch):
    monkeypatch.setattr(Mover, "share", short(1, -1, since=2, place="share"))
    first, second = together(2, trained(toys, toys.recipe(ADAM)))
    assert "memory ran out at step 3 in one of 2 processes, while the others waited for it" in second
    assert "process 1 of 2 was lost" in first


def test_what_speaks_with_the_others_in_the_middle_of_a_turn_says_what_to_type(toys, together, monkeypatch):
    monkeypatch.setattr(Mover, "gather", short(1, 2, since=2))
    game = partial(toys.supervised, toys.Dense, nn.BatchNorm1d)
    first, second = together(2, trained(toys, toys.recipe(ADAM), game=game))
    assert "memory ran out at step 3 with a batch of 8 rows, which cannot be cut into slices: batch norm" in second
    assert "process 1 of 2 was lost" in first

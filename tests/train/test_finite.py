"""No update is ever made from a loss or gradient that is not finite, and the rows and the layer are named."""

from __future__ import annotations

import dataclasses
import random

import pytest
import torch
from bench import proof_finite as bench
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn

from lamina.errors import Stopped, TrainingError
from lamina.recipe import Budget
from lamina.train import Mover, Plan, Session, fit

NAN, INF = float("nan"), float("inf")


def spoiled(toys, where: str, value: float, step: int, times: int = 10**9):
    """Batches in which a value of row 103 is not finite from a step on, `times` times."""
    left = [times]

    def batches(start):
        for at, batch in enumerate(toys.numbers()(start), start):
            if at >= step and left[0] > 0:
                left[0] -= 1
                part = {k: x.clone() for k, x in getattr(batch, where).items()}
                next(iter(part.values()))[3] = value
                batch = dataclasses.replace(batch, **{where: part})
            yield batch

    return batches


@pytest.mark.parametrize("norm", [nn.LayerNorm, nn.BatchNorm1d])
@pytest.mark.parametrize("value", [NAN, INF, -INF])
@pytest.mark.parametrize(
    ("where", "layer"), [("inputs", 'what is given to the layer "model.body.0"'), ("targets", "the loss")]
)
def test_a_bad_row_moves_nothing_and_is_named(toys, norm, value, where, layer):
    game, good = (toys.supervised(toys.Dense, norm) for _ in range(2))
    recipe = toys.recipe({"momentum": 0.9}, budget=Budget(steps=9), average=0.5)
    keeper = toys.Keeper()
    with pytest.raises(TrainingError, match=rf"at step 3: rows 103; first in {layer}"):
        fit(game, spoiled(toys, where, value, step=2), recipe, None, Session(recipe, keeper=keeper))
    short = dataclasses.replace(recipe, budget=Budget(steps=2), train=dataclasses.replace(recipe.train, average=0.0))
    fit(good, toys.numbers(), short)
    assert toys.same(toys.tensors_of(game.net), toys.tensors_of(good.net))  # running statistics as well
    kept, state = keeper.load()
    assert state["step"] == 2
    assert toys.same({k[13:]: x for k, x in kept.items() if k.startswith("module.model.")}, toys.tensors_of(good.net))
    assert all(x.isfinite().all() for x in kept.values())


def test_a_bad_row_in_one_slice_moves_nothing(toys):
    game = toys.supervised()
    before = toys.tensors_of(game.net)
    with pytest.raises(TrainingError, match="rows 103"):
        fit(game, spoiled(toys, "inputs", NAN, 0), toys.recipe(), Plan(slices=3))
    assert toys.same(toys.tensors_of(game.net), before)


def test_a_gradient_that_is_not_finite_moves_nothing(toys):
    game = toys.supervised()
    before = toys.tensors_of(game.net)
    game.net.body[4].weight.register_hook(lambda g: g * INF)
    with pytest.raises(
        TrainingError, match=r'every row of the batch; first in the gradient of the layer "model\.body\.4"'
    ):
        fit(game, toys.numbers(), toys.recipe({"clip_norm": 1.0}))
    assert toys.same(toys.tensors_of(game.net), before)


def test_a_weight_that_is_not_finite_names_its_layer(toys):
    game = toys.supervised()
    with torch.no_grad():
        game.net.body[4].bias[1] = NAN
    with pytest.raises(TrainingError, match=r'every row of the batch; first in the layer "model\.body\.4"'):
        fit(game, toys.numbers(), toys.recipe())


def test_a_step_that_fails_once_is_taken_again_as_if_it_never_had(toys):
    made = []
    for fails in (False, True):
        game = toys.supervised(toys.Dense, nn.BatchNorm1d, 0.3)
        seen = [0]

        def once(g, fails=fails, seen=seen):
            seen[0] += 1
            return g * NAN if fails and seen[0] == 3 else g

        game.net.body[4].weight.register_hook(once)
        fit(game, toys.numbers(), toys.recipe({"name": "adamw", "rate": 0.01}, average=0.5))
        assert seen[0] == 5 + fails
        made.append(toys.tensors_of(game.net))
    assert toys.same(*made)


def test_of_two_players_the_bad_one_does_not_move(toys):
    game = toys.Duel()
    game.second.weight.register_hook(lambda g: g * NAN)
    batch = next(toys.numbers()(0))
    batch = dataclasses.replace(batch, inputs={"x": torch.ones(8, 1)})
    with pytest.raises(TrainingError):
        fit(game, lambda start: iter([batch] * 3), toys.recipe())
    assert game.second.weight.item() == 0.0
    assert game.first.weight.isfinite()


def test_a_device_puts_running_statistics_back_without_being_asked(toys):
    game = toys.supervised(toys.Dense, nn.BatchNorm1d)
    mover = Mover(game.net.train(), toys.recipe(average=0.5))
    before = toys.tensors_of(game.net)
    for finite, refused in [(False, 1), (False, 2), (True, 0)]:
        mover.remember()
        game.net.body[1].running_mean.fill_(NAN if not finite else 1.0)
        game.net.body[1].num_batches_tracked.add_(1)
        mover.settle(torch.tensor(finite))  # a flag that is on a device and is not read
        assert int(mover.refused) == refused
        assert toys.same(toys.tensors_of(game.net), before) is not finite
    mover.swap()
    assert all(x.isfinite().all() for x in game.net.state_dict().values())


def test_steps_refused_on_a_device_end_the_run_when_the_log_is_next_written(toys, monkeypatch):
    monkeypatch.setattr(Mover, "move", lambda self, factor, alone: setattr(self, "finite", torch.tensor(False)))
    recipe = toys.recipe(budget=Budget(steps=20))
    kept = Session(recipe, judge_every=20)
    with pytest.raises(TrainingError, match="at step 4"):
        fit(toys.supervised(), toys.numbers(), recipe, None, kept)


def test_a_run_taken_up_between_two_refused_steps_ends_where_it_would_have_ended(toys, monkeypatch):
    """A device refuses the seventh and the eighth step; the log is written after the eighth."""
    recipe, keeper, plain = toys.recipe(budget=Budget(steps=20)), toys.Keeper(), Mover.settle
    current = [Session(recipe, keeper=keeper, judge_every=20)]

    def settle(self, finite):
        plain(self, torch.tensor(current[0].step not in (6, 7)))

    monkeypatch.setattr(Mover, "settle", settle)
    with pytest.raises(TrainingError, match="at step 8"):
        fit(toys.supervised(), toys.numbers(), recipe, None, current[0])
    current[0] = Session(recipe, keeper=keeper, judge_every=20)

    def batches(start):
        for at, batch in enumerate(toys.numbers()(start), start):
            current[0].asked_to_stop = at == 6
            yield batch

    with pytest.raises(Stopped):
        fit(toys.supervised(), batches, recipe, None, current[0])
    current[0] = Session(recipe, keeper=keeper, judge_every=20)
    with pytest.raises(TrainingError, match="at step 8"):
        fit(toys.supervised(), toys.numbers(), recipe, None, current[0])


class Root(nn.Module):
    """The root of the size of a number: at nought the slope is not finite."""

    def forward(self, x):
        return x.abs().sqrt()


class Log(nn.Module):
    """A linear map, and in the layer's own code a logarithm of what may be below nought."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x):
        return x + self.second(torch.log(self.first(x)).abs())


def told(toys, game, batches=None) -> str:
    with pytest.raises(TrainingError) as caught:
        fit(game, batches or toys.numbers(), toys.recipe())
    return str(caught.value).splitlines()[0]


def test_a_slope_that_is_not_finite_names_its_layer_and_the_rows_it_comes_of(toys):
    game = toys.supervised()
    game.net.body[0] = nn.Linear(3, 8, bias=False)
    game.net.body[1] = Root()

    def batches(start):
        for batch in toys.numbers()(start):
            batch.inputs["x"][3] = 0
            yield batch

    assert 'rows 103; first in the gradient of the layer "model.body.1"' in told(toys, game, batches)


def test_what_is_done_in_a_layers_own_code_is_told_from_what_its_parts_do(toys):
    game = toys.supervised()
    game.net.body[3] = Log()
    assert 'first in what is given to the layer "model.body.3.second"' in told(toys, game)


def test_numbers_that_are_finite_each_and_not_in_sum_are_said_to_be(toys):
    game = toys.supervised()
    game.net.body[0].weight.register_hook(lambda g: torch.full_like(g, 1e30))
    assert "first in no layer: each output and gradient is finite, a sum of them is not" in told(toys, game)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
@example(seed=92)  # a slope that the next bend lets through in some slices only
def test_wherever_it_comes_up_it_moves_nothing_and_is_named(seed):
    name, spoil = bench.drawn(random.Random(seed))
    assert bench.wrong_with(name, spoil) == "", (name, spoil)

"""What a run remembers: the best weights, the clock, and everything that a checkpoint must hold."""

from __future__ import annotations

import json
import os
import signal
import threading
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from lamina.errors import RunError, Stopped
from lamina.recipe import Budget
from lamina.train import Plan, Session, fit, saving, session, stopping


def judge_by(values, seen=None):
    """A judge that finds the values in turn, and keeps the weights it was shown."""
    left = iter(values)

    def judge(net):
        if seen is not None:
            seen.append({k: x.detach().clone() for k, x in net.state_dict().items()})
        return {"loss": next(left)}

    return judge


@pytest.mark.parametrize("average", [0.0, 0.6])
@pytest.mark.parametrize(
    ("values", "better", "best"),
    [([3.0, 2.0, 2.5, 2.1, 9.9], "lower", 1), ([0.1, 0.5, 0.4, 0.4, 9.9], "higher", 1)],
)
def test_early_stopping_keeps_the_best(toys, average, values, better, best):
    recipe = toys.recipe(budget=Budget(steps=50), average=average, patience=2)
    game, seen = toys.supervised(), []
    kept = Session(recipe, judge_every=3, main=("loss", better))
    product = fit(game, toys.numbers(), recipe, None, kept, judge_by(values, seen))
    assert kept.step == 12  # judged at 3, 6, 9 and 12
    assert (kept.best_step, kept.best) == (3 * (best + 1), values[best])
    assert toys.same(toys.tensors_of(product), seen[best])
    assert not toys.same(seen[best], seen[-1])


def test_of_products_judged_alike_the_latest_is_kept_and_is_no_gain(toys):
    recipe = toys.recipe(budget=Budget(steps=50), patience=2)
    game, seen = toys.supervised(), []
    kept = Session(recipe, judge_every=3, main=("loss", "lower"))
    product = fit(game, toys.numbers(), recipe, None, kept, judge_by([3.0, 2.0, 2.0, 2.5, 9.9], seen))
    assert (kept.step, kept.best_step) == (12, 9)  # two judgements without a gain end it
    assert toys.same(toys.tensors_of(product), seen[2])


def test_without_a_judge_the_averaged_weights_stay(toys):
    made = []
    for average in (0.0, 0.5):
        game = toys.supervised()
        fit(game, toys.numbers(), toys.recipe(average=average))
        made.append(toys.tensors_of(game.net))
    assert not toys.same(*made)


def test_a_judgement_that_is_not_finite_is_never_the_best(toys):
    recipe = toys.recipe(budget=Budget(steps=4))
    kept, seen = Session(recipe, judge_every=1), []
    fit(toys.supervised(), toys.numbers(), recipe, None, kept, judge_by([float("nan"), 2.0, float("-inf"), 3.0], seen))
    assert (kept.best, kept.best_step) == (2.0, 2)


def test_the_last_step_is_judged_once(toys):
    recipe = toys.recipe(budget=Budget(steps=6))
    seen: list = []
    fit(toys.supervised(), toys.numbers(), recipe, None, Session(recipe, judge_every=3), judge_by(range(9), seen))
    assert len(seen) == 2


def test_an_observer_is_told_and_cannot_steer(toys):
    recipe, told = toys.recipe(budget=Budget(steps=10)), []
    fit(toys.supervised(), toys.numbers(), recipe, None, Session(recipe, judge_every=10, observe=told.append))
    assert [p.step for p in told] == [2, 4, 6, 8, 10]
    assert [p.share for p in told] == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])
    with pytest.raises(AttributeError):
        told[0].step = 3


def test_a_budget_of_nothing_is_refused(toys):
    with pytest.raises(RunError, match="no steps"):
        Session(toys.recipe(budget=Budget(epochs=3)), steps_per_epoch=0)


# --- the census: all that has state is in the checkpoint --------------------------------------------------------------

CASES = {
    "sgd": ({"name": "sgd", "momentum": 0.9, "rate": 0.05}, {"name": "one_cycle", "warmup": 0.2}),
    "muon": ({"name": "muon", "rate": 0.01}, {"name": "one_cycle"}),
    "soap": ({"name": "soap", "rate": 0.01}, {"name": "one_cycle"}),
    "rmsprop": ({"name": "rmsprop", "momentum": 0.5, "rate": 0.01}, {"name": "cosine"}),
    "adam": ({"name": "adam", "rate": 0.01, "clip_norm": 1.0}, {"name": "cyclical"}),
    "adamw": ({"name": "adamw", "rate": 0.01, "decay": 0.1}, {"name": "plateau", "patience": 2}),
}


def stop_at(batches, kept, steps):
    """The same batches; before those of some steps the session is asked to stop."""

    def within(start):
        for step, batch in enumerate(batches(start), start):
            if step in steps:
                kept[0].asked_to_stop = True
            yield batch

    return within


def judged_by_weights(net):
    """A score of the weights, so that one bit tells; where a norm counts the steps, the best is at the twelfth."""
    state = net.state_dict()
    steps = int(state["body.1.num_batches_tracked"]) if "body.1.num_batches_tracked" in state else 12
    return {"loss": abs(steps - 12) + 1e-3 * float(torch.sin(50 * sum(p.double().sum() for p in state.values())))}


@pytest.mark.parametrize("case", CASES)
def test_a_stopped_run_goes_on_as_if_it_had_not(toys, case):
    optimizer, schedule = CASES[case]
    recipe = toys.recipe(optimizer, schedule, budget=Budget(steps=20), average=0.9, patience=9)
    plan, made = Plan(layout="channels_last"), []
    for stops in ((), (0, 6, 7, 15, 19)):
        keeper, current = toys.Keeper(), [None]
        batches = stop_at(toys.pictures(), current, stops)
        for start in range(len(stops) + 1):
            game = toys.supervised(toys.Conv, seed=start * 7)  # the seed of fresh weights must not matter after a stop
            if start:
                torch.manual_seed(99)
            current[0] = Session(recipe, keeper=keeper, judge_every=2)
            try:
                fit(game, batches, recipe, plan, current[0], judged_by_weights)
            except Stopped:
                assert keeper.load()[1]["step"] == stops[start] + 1
        tensors, state = keeper.load()
        made.append((toys.tensors_of(game.net), tensors, {**state, "elapsed": 0}, keeper.lines))
    (net, tensors, state, lines), (net2, tensors2, state2, lines2) = made
    assert toys.same(net, net2)
    assert toys.same(tensors, tensors2)
    assert state == state2
    assert lines == lines2
    assert state["best_step"] == 12
    assert len(lines) > 10


def test_losses_of_a_line_that_was_not_yet_written_are_in_the_checkpoint(toys):
    recipe, made = toys.recipe(budget=Budget(steps=10)), []
    for stops in ((), (2, 6)):
        keeper, current = toys.Keeper(), [None]
        for _ in range(len(stops) + 1):
            current[0] = Session(recipe, keeper=keeper, judge_every=20)  # a line every fourth step
            try:
                fit(toys.supervised(), stop_at(toys.numbers(), current, stops), recipe, None, current[0])
            except Stopped:
                assert current[0].step in (3, 7)
        made.append(keeper.lines)
    assert made[0] == made[1]
    assert [json.loads(line)["step"] for line in made[0]] == [4, 8]


def test_the_run_of_two_players_is_in_the_checkpoint(toys):
    recipe = toys.recipe({"momentum": 0.9}, budget=Budget(steps=6), average=0.5)
    made = []
    for stops in ((), (2,)):
        keeper, current = toys.Keeper(), [None]
        for _ in range(len(stops) + 1):
            game, current[0] = toys.Duel(), Session(recipe, keeper=keeper)
            ones = stop_at(lambda start: iter([next(toys.numbers()(0))] * 99), current, stops)
            game.first, game.second = nn.Linear(3, 1), nn.Linear(3, 1)
            if not keeper.saves:
                for p in [*game.first.parameters(), *game.second.parameters()]:
                    nn.init.ones_(p)
            try:
                fit(game, ones, recipe, None, current[0])
            except Stopped:
                assert keeper.saves == 1
        made.append((toys.tensors_of(game.first), toys.tensors_of(game.second), {"rounds": torch.tensor(game.rounds)}))
    assert all(toys.same(a, b) for a, b in zip(*made, strict=True))
    assert made[0][2]["rounds"] == 6


def test_a_finished_run_that_is_taken_up_again_gives_the_same(toys):
    recipe = toys.recipe(budget=Budget(steps=4), average=0.5)
    keeper, made = toys.Keeper(), []
    for seed in (0, 5):
        game = toys.supervised(seed=seed)
        fit(game, toys.numbers(), recipe, None, Session(recipe, keeper=keeper, judge_every=1), judged_by_weights)
        made.append((toys.tensors_of(game.net), toys.tensors_of(game.net), list(keeper.lines), keeper.load()[0]))
    assert toys.same(made[0][0], made[1][0])
    assert made[0][2] == made[1][2]
    assert toys.same(made[0][3], made[1][3])


def test_lines_written_after_the_checkpoint_are_cut(toys):
    recipe, keeper = toys.recipe(budget=Budget(steps=4)), toys.Keeper()
    current = [Session(recipe, keeper=keeper, judge_every=1)]
    with pytest.raises(Stopped):
        fit(toys.supervised(), stop_at(toys.numbers(), current, (1,)), recipe, None, current[0], judged_by_weights)
    keeper.append({"step": 3, "torn": True})
    fit(
        toys.supervised(),
        toys.numbers(),
        recipe,
        None,
        Session(recipe, keeper=keeper, judge_every=1),
        judged_by_weights,
    )
    assert not any("torn" in line for line in keeper.lines)
    assert len(keeper.lines) == 8  # a step and its judgement, four times
    assert [json.loads(line)["step"] for line in keeper.lines] == [1, 1, 2, 2, 3, 3, 4, 4]


def test_a_checkpoint_of_another_net_is_refused(toys):
    recipe, keeper = toys.recipe(), toys.Keeper()
    fit(toys.supervised(), toys.numbers(), recipe, None, Session(recipe, keeper=keeper))
    with pytest.raises(RunError, match=r'another "model": body.1.num_batches_tracked'):
        fit(toys.supervised(toys.Dense, nn.BatchNorm1d), toys.numbers(), recipe, None, Session(recipe, keeper=keeper))


# --- the clock --------------------------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands until it is moved."""
    now = SimpleNamespace(time=1000.0)
    for page in (session, saving):
        monkeypatch.setattr(page, "time", SimpleNamespace(monotonic=lambda: now.time))
    return now


def ticking(batches, clock, seconds):
    def within(start):
        for batch in batches(start):
            yield batch
            clock.time += seconds

    return within


def test_of_minutes_the_share_is_that_of_the_clock(toys, clock):
    recipe, told = toys.recipe(budget=Budget(minutes=1.0), schedule={"name": "one_cycle"}), []
    kept = Session(recipe, seconds=10.0, judge_every=1, keeper=toys.Keeper(), observe=told.append)
    fit(toys.supervised(), ticking(toys.numbers(), clock, 1.0), recipe, None, kept)
    assert kept.step == 10
    assert [p.share for p in told] == pytest.approx([i / 10 for i in range(10)])
    rates = [json.loads(line)["rate"] for line in kept.keeper.lines]
    assert rates == pytest.approx([0.1 * (1 - i / 10) for i in range(10)])


def test_time_between_two_starts_is_not_spent(toys, clock):
    recipe, keeper = toys.recipe(budget=Budget(minutes=1.0)), toys.Keeper()
    current = [Session(recipe, seconds=10.0, keeper=keeper, judge_every=1)]
    slow = ticking(stop_at(toys.numbers(), current, (3,)), clock, 1.0)
    with pytest.raises(Stopped):
        fit(toys.supervised(), slow, recipe, None, current[0])
    clock.time += 5000
    kept = Session(recipe, seconds=10.0, keeper=keeper, judge_every=1)
    clock.time += 100  # between making the session and starting to train
    fit(toys.supervised(), ticking(toys.numbers(), clock, 1.0), recipe, None, kept)
    shares = [json.loads(line)["share"] for line in keeper.lines]
    assert shares[:4] == pytest.approx([0, 0.1, 0.2, 0.3])
    assert shares[4] == pytest.approx(0.3)  # the step at which it was stopped had begun at 0.3
    assert shares[-1] == pytest.approx(0.9)


def test_checkpoints_come_by_the_clock_and_cost_little_of_it(toys, clock):
    recipe = toys.recipe(budget=Budget(steps=100), save_seconds=20.0)
    keeper = toys.Keeper()
    fit(toys.supervised(), ticking(toys.numbers(), clock, 1.0), recipe, None, Session(recipe, keeper=keeper))
    assert keeper.saves == 5  # after 20, 40, 60 and 80 seconds, and at the end
    dear, began, recipe = toys.Keeper(), clock.time, toys.recipe(budget=Budget(steps=400), save_seconds=20.0)

    def save(tensors, state, plain=dear.save):
        clock.time += 1.0
        plain(tensors, state)

    dear.save = save
    fit(toys.supervised(), ticking(toys.numbers(), clock, 1.0), recipe, None, Session(recipe, keeper=dear))
    assert 7 <= dear.saves - 1 <= 0.02 * (clock.time - began)  # a second each, and one more at the end


# --- asked to stop ----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals reach the main thread")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_training_after_the_step_with_everything_saved(toys, number):
    before = [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)]
    recipe, keeper = toys.recipe(budget=Budget(steps=10)), toys.Keeper()
    kept = Session(recipe, keeper=keeper)

    def batches(start):
        for step, batch in enumerate(toys.numbers()(start), start):
            if step == 3:
                os.kill(os.getpid(), number)
            yield batch

    with pytest.raises(Stopped, match="stopped after step 4"), stopping(kept):
        fit(toys.supervised(), batches, recipe, None, kept)
    assert keeper.load()[1]["step"] == 4
    assert [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)] == before


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals reach the main thread")
def test_a_second_signal_does_what_it_always_did(toys):
    kept = Session(toys.recipe())

    def twice():
        os.kill(os.getpid(), signal.SIGINT)
        assert kept.asked_to_stop
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt), stopping(kept):
        twice()


def interrupted(at, number=signal.SIGTERM):
    """A judge that is asked to stop in the middle of its work, the `at`-th time it is asked to judge."""
    asked = []

    def judge(net):
        asked.append(net)
        if len(asked) == at:
            os.kill(os.getpid(), number)
        return judged_by_weights(net)

    return judge


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals reach the main thread")
@pytest.mark.parametrize("at", [1, 3])
def test_a_judgement_is_cut_short_and_owed(toys, at):
    recipe, made = toys.recipe({"name": "adamw", "rate": 0.01}, budget=Budget(steps=6), average=0.9), []
    for judges in ((judged_by_weights,), (interrupted(at), interrupted(1), judged_by_weights)):
        keeper = toys.Keeper()
        for judge in judges:
            game, kept = toys.supervised(), Session(recipe, keeper=keeper, judge_every=2)
            try:
                with stopping(kept):
                    fit(game, toys.numbers(), recipe, None, kept, judge)
            except Stopped:
                assert keeper.load()[1]["step"] == 2 * at
        tensors, state = keeper.load()
        made.append((toys.tensors_of(game.net), tensors, {**state, "elapsed": 0}, keeper.lines))
    assert toys.same(made[0][0], made[1][0])
    assert toys.same(made[0][1], made[1][1])
    assert made[0][2:] == made[1][2:]


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals reach the main thread")
def test_a_signal_after_the_last_step_is_not_lost(toys):
    recipe, keeper = toys.recipe(), toys.Keeper()
    kept = Session(recipe, keeper=keeper)

    def whole():
        with stopping(kept):
            fit(toys.supervised(), toys.numbers(), recipe, None, kept)
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Stopped, match="after step 5"):
        whole()
    assert keeper.load()[1]["step"] == 5


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals reach the main thread")
def test_a_signal_that_is_ignored_stays_ignored(toys):
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        kept = Session(toys.recipe())
        with stopping(kept):
            os.kill(os.getpid(), signal.SIGTERM)
        assert not kept.asked_to_stop
    finally:
        signal.signal(signal.SIGTERM, before)

"""How long training waits for its batches is seen, and what is no waiting is not taken for it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from lamina.forms import Batch
from lamina.recipe import Budget
from lamina.train import Plan, Session, Stall, fit

NAP = 0.01


@dataclass
class Slow:
    """A batch that is a while in coming, whole or in slices."""

    batch: Batch

    def __len__(self):
        return len(self.batch)

    def gathered(self):
        time.sleep(NAP)
        return self.batch

    def slices(self, count):
        return (Slow(part) for part in self.batch.slices(count))


def late(batches):
    """A stream that is itself slow."""

    def stream(start):
        for batch in batches(start):
            time.sleep(NAP)
            yield batch

    return stream


def seen(toys, batches, steps=6, plan=None, judge=None, start=0):
    stall, recipe = Stall(), toys.recipe(budget=Budget(steps=steps))
    session = Session(recipe, judge_every=1)
    session.step = start
    fit(toys.supervised(), stall.watched(batches), recipe, plan, session, judge and stall.aside(judge))
    return stall.means()


@pytest.mark.parametrize(
    ("made", "slices"),
    [(late, 1), (lambda batches: lambda start: map(Slow, batches(start)), 2)],
    ids=["in the stream", "in each of two slices"],
)
def test_a_slow_stream_is_seen_as_such(toys, made, slices):
    means = seen(toys, made(toys.numbers()), plan=Plan(slices=slices))
    assert means["wait_ms"] >= 1000 * NAP * slices
    assert means["wait_ms"] > 0.5 * means["step_ms"]


def test_of_a_quick_stream_there_is_little_waiting(toys):
    ready = next(toys.numbers(512)(0))
    means = seen(toys, lambda start: iter([ready] * 20), steps=15)
    assert means["steps"] == 14  # all but the first
    assert means["wait_ms"] < 0.1 * means["step_ms"]


def test_judging_belongs_to_no_step(toys):
    def judge(net):
        time.sleep(10 * NAP)
        return {"loss": 1.0}

    assert seen(toys, toys.numbers(), judge=judge)["step_ms"] < 1000 * 5 * NAP


def test_a_run_that_is_taken_up_says_since_when(toys):
    assert seen(toys, toys.numbers(), start=2)["since"] == 2


def test_of_no_steps_nothing_is_said():
    assert Stall().means() == {}


def test_a_watched_batch_is_the_batch(toys):
    batch = next(toys.numbers()(0))
    watched = next(Stall().watched(toys.numbers())(0))
    assert len(watched) == len(batch)
    parts = [part.gathered() for part in watched.slices(3)]
    assert [part.rows.tolist() for part in parts] == [part.rows.tolist() for part in batch.slices(3)]
    assert watched.gathered().targets["y"].equal(batch.targets["y"])

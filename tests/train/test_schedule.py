"""Every schedule against its formula, at its ends and between."""

from __future__ import annotations

import math

import pytest

from lamina.recipe import Schedule
from lamina.train.schedule import Rates


def factors(*shares: float, **settings) -> list[float]:
    rates = Rates(Schedule(**settings))
    return [rates.factor(share) for share in shares]


@pytest.mark.parametrize("name", ["constant", "step", "cosine", "one_cycle", "cyclical", "plateau"])
def test_warming_up_rises_in_a_line_and_never_from_nothing(name):
    low, quarter, half, almost = factors(0, 0.05, 0.1, 0.1999999, name=name, warmup=0.2)
    assert low == 0.001
    assert (quarter, half) == pytest.approx((0.25, 0.5))
    assert almost == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("constant", lambda x: 1.0),
        ("cosine", lambda x: (1 + math.cos(math.pi * x)) / 2),
        ("one_cycle", lambda x: 1 - x),
        ("plateau", lambda x: 1.0),
        ("step", lambda x: 0.3 ** min(3, int(4 * x))),
        ("cyclical", lambda x: 1 - abs(1 - (6 * x) % 2)),
    ],
)
@pytest.mark.parametrize("warmup", [0.0, 0.2])
@pytest.mark.parametrize("floor", [0.0, 0.1])
def test_after_it_comes_the_shape(name, formula, warmup, floor):
    places = [0.0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.99, 1.0]
    made = factors(*[warmup + (1 - warmup) * x for x in places], name=name, warmup=warmup, floor=floor)
    assert made == pytest.approx([floor + (1 - floor) * formula(x) for x in places], abs=1e-9)


def test_a_schedule_that_falls_ends_at_its_floor():
    for name in ("cosine", "one_cycle"):
        assert factors(1.0, name=name, warmup=0.1, floor=0.05) == pytest.approx([0.05])


def test_a_warm_up_as_long_as_the_run_only_rises():
    assert factors(0.5, 1.0, name="cosine", warmup=1.0) == pytest.approx([0.5, 0.0])


def test_a_plateau_drops_after_so_many_judgements_without_a_gain():
    rates = Rates(Schedule(name="plateau", warmup=0.0, patience=2, factor=0.5, floor=0.0))
    seen = []
    for gained in (True, False, True, False, False, False, False, True, False):
        rates.judged(gained)
        seen.append(rates.factor(0.5))
    assert seen == [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25]


def test_what_a_plateau_remembers_comes_back():
    rates, other = (Rates(Schedule(name="plateau", warmup=0.0, patience=2)) for _ in range(2))
    for _ in range(3):
        rates.judged(False)
    other.load(rates.state())
    for made in (rates, other):
        made.judged(False)
    assert other.factor(0.5) == rates.factor(0.5) == pytest.approx(0.09)

"""The calendar as numbers: where a moment stands in its day, its week and its year, each as a sine and a cosine.

So the end of a cycle is near its beginning. The calendar of any moment is known, whatever else is not.
"""

from __future__ import annotations

import numpy as np

from .steps import UNITS, Clock, Floats, Ints

CALENDAR = "calendar"  # what --known calls it, where no column has that name
DAY = UNITS[0][1]
CYCLES = (("day", DAY), ("week", 7 * DAY), ("year", 365 * DAY))
FEWEST = 3  # steps of a cycle, for a sine and a cosine to tell them apart


def cycles_of(clock: Clock) -> tuple[str, ...]:
    """The cycles that steps of a clock pass through: of days, weeks and years those of three steps at least."""
    step = 30 * DAY * clock.months or clock.step
    return tuple(name for name, length in CYCLES if clock.name and length >= FEWEST * step)


def channels(clock: Clock) -> tuple[str, ...]:
    """What the columns of `calendar` are."""
    return tuple(f"{part} of {cycle}" for cycle in cycles_of(clock) for part in ("sine", "cosine"))


def calendar(clock: Clock, times: Ints) -> Floats:
    """Moments (N,), microseconds as the table has them -> (N, 2 × cycles), by the clocks of their zone."""
    made, times = [], clock.local(times)
    for name in cycles_of(clock):
        angle = 2 * np.pi * _share(name, times)
        made += [np.sin(angle), np.cos(angle)]
    return np.stack(made, 1) if made else np.zeros((len(times), 0))


def _share(cycle: str, times: Ints) -> Floats:
    """How much of its cycle has passed at each moment, from 0 to 1."""
    if cycle != "year":
        length = dict(CYCLES)[cycle]
        return np.asarray(times % length / length, np.float64)
    years = times.astype("datetime64[us]").astype("datetime64[Y]")
    first, after = (year.astype("datetime64[us]").astype(np.int64) for year in (years, years + 1))
    return np.asarray((times - first) / (after - first), np.float64)

"""Windows on a long series: what was, and what comes next, as rows of a table.

All windows share one array. A window belongs to the part that holds its whole future: so no step that is validated or
tested on is the future of a training window, and the past of a later part's windows may reach back over the cut.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import build
from ..errors import SourceError, SplitError
from ..findings import Findings
from ..kinds import Series
from ..ragged import Ragged
from .calendar import CALENDAR, calendar, channels, cycles_of
from .gaps import Gaps, mended
from .known import followed, parted, refuse_words, say_ahead, with_known
from .steps import Clock, Floats, Ints, Steps, channels_of, clock_of, read_steps, uneven
from .table import Table

PAST, FUTURE, KNOWN = "past", "future", "known"
HORIZON = 96
BACK = 3.5  # the past is so many times as long as the future: Zeng et al. 2023 and Nie et al. 2023 take 336 for 96
SHARE = 4  # and at most a part in so many of the training steps
SPLIT = re.compile(r"^(\d+)/(\d+)/(\d+)$")
ORDER = ("train", "valid", "test")


@dataclass(frozen=True)
class Ahead:
    """What is asked of a forecast; 0 and "" let the data decide. `parts`: steps of training, validation and test in
    order of time, as 8640/2880/2880, what comes after them not being used; else `shares` for the last two. `channels`
    are forecast, all where it names none; `known` are known ahead, and the calendar is where they name it."""

    horizon: int = 0
    past: int = 0
    parts: str = ""
    shares: tuple[float, float] = (0.1, 0.2)
    gaps: Gaps = "leave"
    channels: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Windows:
    """A column of windows on one array (N, C), in order of time; `take` hands on the array, not a copy for each.

    `with_reach` gives the windows that past and future make together: `reach` steps more before and after.
    """

    name: str
    values: Floats
    starts: Ints
    length: int
    channels: tuple[str, ...]
    reach: tuple[int, int]
    place: Mapping[int, str] | Sequence[str] = ()
    holds: str = "ragged"

    def __len__(self) -> int:
        return len(self.starts)

    def take(self, rows: Ints) -> Ragged:
        """Some windows, (length, C) each."""
        return span(self.values, self.starts[rows], self.length)

    def with_reach(self, rows: Ints) -> Ragged:
        """The whole windows of some rows, past and future together."""
        before, after = self.reach
        return span(self.values, self.starts[rows] - before, before + self.length + after)

    def where(self, row: int) -> str:
        """The moment at which the future of a row begins."""
        return f"the window before {self.place[row]}" if len(self.place) else f"{self.name}, window {row}"


@dataclass(frozen=True)
class Forecast:
    """What a run of a forecast has to know of its series, kept among the facts of its data. `known` are the channels
    that are given for the future too; the calendar is read off the moments."""

    clock: Clock
    channels: tuple[str, ...]
    horizon: int
    past: int
    gaps: Gaps = "leave"
    known: tuple[str, ...] = ()
    calendar: bool = False

    @property
    def told(self) -> tuple[str, ...]:
        """The channels of all that is known ahead."""
        return (*self.known, *(channels(self.clock) if self.calendar else ()))

    def to_json(self) -> dict[str, Any]:
        """The forecast as plain JSON, with its step in words."""
        return {**asdict(self), "step": self.clock.summary()}


def forecast_from_json(values: Mapping[str, Any]) -> Forecast:
    """A forecast from its JSON. Raises SettingError for a field that is none."""
    return build(Forecast, {name: value for name, value in values.items() if name != "step"})


def as_windows(table: Table, ahead: Ahead, findings: Findings) -> Table:
    """The windows of a table that is one long series, or the table as it is where it is none.

    It is one if it has one column of even times and otherwise numbers, or where a horizon is asked for; then rows of a
    table without times follow each other. Raises SourceError and SplitError where it cannot be what is asked for.
    """
    clock = clock_of(table)
    known, dated = _known(table, ahead)
    if clock is None:
        refuse_words(table, known)
        why = uneven(table)
        if not ahead.horizon:
            if why:
                findings.warn("uneven", f"{table.name} is read as a plain table, not as a series to forecast: {why}")
            return table
        if why:
            raise SourceError(f"{table.name} cannot be forecast: {why}", expected="even steps in time")
        clock = Clock()
    if dated and not cycles_of(clock):
        told = f"steps of {clock.summary()} pass through no day, week or year"
        raise SourceError(f"--known {CALENDAR}: {told} of {table.name}", expected="a column of times, even and denser")
    names, horizon = channels_of(table, clock, ahead.channels, known), ahead.horizon or HORIZON
    forecast = Forecast(clock, names, horizon, ahead.past, ahead.gaps, known, dated)
    steps, behind = _read(table, forecast, findings)
    say_ahead(table.name, behind, findings)
    cuts = _cuts(steps, ahead, table.name)
    past = ahead.past or max(1, min(round(BACK * horizon), cuts["train"][1] // SHARE))
    forecast = replace(forecast, past=past)
    made = {part: _starts(steps, *cuts[part], forecast) for part in ORDER if part in cuts}
    _check(table.name, steps, cuts, made, forecast)
    starts = np.concatenate(list(made.values()))
    parts = np.repeat(list(made), [len(found) for found in made.values()])
    facts = {"forecast": forecast.to_json(), "steps": len(steps), "cuts": {p: list(cut) for p, cut in cuts.items()}}
    counts = " / ".join(f"{end - first:,}" for first, end in cuts.values())
    left = len(steps) - cuts["test"][1]
    facts["parted"] = f"in order of time, {counts} steps" + (f", the last {left:,} not used" if left else "")
    return _table(replace(table, parts=parts, facts={**table.facts, **facts}), steps, starts, forecast)


def newest(table: Table, forecast: Forecast, findings: Findings) -> tuple[Table, list[str]]:
    """The last window of new steps, as a table of one row without a future, and the moments that it is the past of.

    Raises SourceError where the newest steps are too few, a gap is in them, or what is known ahead is not told.
    """
    steps, ahead = _read(table, forecast, findings)
    ends = _ends(steps, forecast.past)
    if not len(ends) or ends[-1] != len(steps):
        count = min(len(steps), forecast.past)
        gap = "with a gap in the last of them" if len(steps) >= forecast.past else ""
        raise SourceError(
            f"{table.name} holds {len(steps):,} steps {gap}".rstrip(),
            expected=f"the last {forecast.past:,} steps without a gap, to forecast the {forecast.horizon:,} after them",
            fix="--set data.gaps=hold when training" if gap else f"{forecast.past - count:,} earlier steps as well",
        )
    times = forecast.clock.after(int(steps.times[-1]), np.arange(1, forecast.horizon + 1))
    words, start = forecast.clock.words(times), np.array([len(steps)])
    if forecast.known:
        steps = with_known(table, steps, ahead, times, forecast.known)
    elif forecast.calendar:
        steps = followed(steps, times)
    return _table(replace(table, parts=None), steps, start, forecast, [words[0]], future=False), words


def every_window(table: Table, forecast: Forecast, findings: Findings) -> Table:
    """All windows of new steps whose future is known, in no part: what a run can be scored on anew."""
    steps, _ = _read(table, forecast, findings)
    starts = _starts(steps, 0, len(steps), forecast)
    if not len(starts):
        raise SourceError(
            f"{table.name} holds {len(steps):,} steps",
            expected=f"at least {forecast.past + forecast.horizon:,} without a gap",
        )
    return _table(replace(table, parts=None), steps, starts, forecast)


def span(values: Floats, starts: Ints, length: int) -> Ragged:
    """Windows of one length on an array: (n,) of (length, C)."""
    return Ragged(values, starts, np.full(len(starts), length, np.int64))[:]


def _known(table: Table, ahead: Ahead) -> tuple[tuple[str, ...], bool]:
    """The columns that are known ahead, each once, and whether the calendar is, which is no column."""
    dated = CALENDAR in ahead.known and CALENDAR not in table.columns
    return tuple(name for name in dict.fromkeys(ahead.known) if not dated or name != CALENDAR), dated


def _read(table: Table, forecast: Forecast, findings: Findings) -> tuple[Steps, Steps]:
    """The steps of a table, columns that are known ahead behind the others, up to the last that is not to be forecast;
    and those that are. Where nothing is known ahead, none is."""
    steps = read_steps(table, forecast.clock, (*forecast.channels, *forecast.known), findings)
    past, ahead = parted(steps, len(forecast.channels)) if forecast.told else (steps, steps.cut(0, 0))
    return mended(past, table.name, forecast.gaps, findings), ahead


def _table(
    table: Table,
    steps: Steps,
    starts: Ints,
    forecast: Forecast,
    ids: Sequence[str] = (),
    future: bool = True,
) -> Table:
    """A row for each place where a future begins."""
    ids = ids or steps.clock.words(steps.times[starts])
    past, horizon = forecast.past, forecast.horizon
    names, count = forecast.channels, len(forecast.channels)
    values = steps.values[:, :count]
    columns = {PAST: Windows(PAST, values, starts - past, past, names, (0, horizon), ids)}
    if future:
        columns[FUTURE] = Windows(FUTURE, values, starts, horizon, names, (past, 0), ids)
    inputs = (PAST, KNOWN) if forecast.told else (PAST,)
    if forecast.told:
        dated = calendar(steps.clock, steps.times) if forecast.calendar else steps.values[:, :0]
        known = np.concatenate([steps.values[:, count:], dated], 1)
        columns[KNOWN] = Windows(KNOWN, known, starts - past, past + horizon, forecast.told, (0, 0), ids)
    kinds = dict.fromkeys(columns, Series())
    return replace(table, columns=columns, target=FUTURE, inputs=inputs, kinds=kinds, ids=ids)


def _cuts(steps: Steps, ahead: Ahead, name: str) -> dict[str, tuple[int, int]]:
    """The first step of each part and the first after it: as asked for, as published, or by shares in order of time."""
    given = SPLIT.match(ahead.parts)
    if given:
        counts = [int(count) for count in given.groups()]
        if sum(counts) > len(steps):
            raise SplitError(
                f"{ahead.parts} are {sum(counts):,} steps", expected=f"at most {len(steps):,}, as in {name}"
            )
    elif steps.parts is not None:
        found = [part or "train" for part in steps.parts.tolist()]
        counts = [found.count(part) for part in ORDER]
        if found != sorted(found, key=ORDER.index):
            raise SplitError(
                "the parts of the series do not follow each other", expected="train, then valid, then test"
            )
        if not counts[1]:
            valid = max(1, round(ahead.shares[0] * counts[0]))
            counts[:2] = [counts[0] - valid, valid]
    else:
        valid, test = (round(share * len(steps)) for share in ahead.shares)
        counts = [len(steps) - valid - test, valid, test]
    ends = np.cumsum(counts).tolist()
    return {part: (end - count, end) for part, count, end in zip(ORDER, counts, ends, strict=True)}


def _starts(steps: Steps, first: int, end: int, forecast: Forecast) -> Ints:
    """Where a future that lies between two steps begins, its past and itself without a gap."""
    ends = _ends(steps, forecast.past + forecast.horizon)
    starts = ends - forecast.horizon
    return starts[(starts >= first) & (ends <= end)]


def _ends(steps: Steps, length: int) -> Ints:
    """The first step after each window of a length that has no gap."""
    return np.flatnonzero(_unbroken(steps) >= length) + 1


def _unbroken(steps: Steps) -> Ints:
    """How many steps without a gap end at each step, 0 where it lacks a number."""
    broken = np.asarray(~np.isfinite(steps.values).all(axis=1))
    joins = np.concatenate([[False], np.diff(steps.place) != 1]) | broken | np.concatenate([[False], broken[:-1]])
    stretch = np.arange(len(steps)) - np.maximum.accumulate(np.where(joins, np.arange(len(steps)), 0)) + 1
    return np.where(broken, 0, stretch)


def _check(
    name: str,
    steps: Steps,
    cuts: Mapping[str, tuple[int, int]],
    made: Mapping[str, NDArray[np.int64]],
    forecast: Forecast,
) -> None:
    """Raise SplitError where a part holds no window: its steps are too few, or gaps are in all that are enough."""
    empty = [part for part in ORDER if not len(made[part])]
    if not empty:
        return
    past, horizon, (first, end) = forecast.past, forecast.horizon, cuts[empty[0]]
    told = ", ".join(f"{part} {cuts[part][1] - cuts[part][0]:,}" for part in ORDER)
    what = f"{name} has {len(steps):,} steps ({told}), too few for {past:,} steps back and {horizon:,} ahead"
    fix = f"--horizon {max(1, horizon // 4)} --set data.past={max(1, past // 4)}"
    if all(max(cuts[part][0], past) + horizon <= cuts[part][1] for part in empty):
        longest = _unbroken(steps)[first + horizon - 1 : end].max()
        what = f"{name} has {len(steps):,} steps ({told}), broken by gaps: the longest stretch without one for "
        what += f"{empty[0]} has {longest:,}, too few for {past:,} steps back and {horizon:,} ahead"
        fix = f"--set data.gaps=hold fills each gap with the step before it, or {fix}"
    raise SplitError(f"{what} in {' and '.join(empty)}", expected="a whole window without a gap in each part", fix=fix)

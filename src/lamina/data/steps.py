"""A table as one long series: a row is a moment, its columns are what was measured then.

Rows are put in order of time, and nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import SourceError, nearest
from ..findings import Findings
from ..kinds import Column
from .groups import RowGroups
from .table import Table, Values
from .times import OFTEN, against, is_time, left_out, refuse_times, usual

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

UNITS = (("day", 86_400_000_000), ("hour", 3_600_000_000), ("minute", 60_000_000), ("second", 1_000_000))
FEWEST = 8  # rows under which nothing is called evenly spaced


@dataclass(frozen=True)
class Clock:
    """Even steps in time: `step` microseconds, or whole `months` where the days of a month make it uneven; neither
    where a table has no column of times and its rows are the steps."""

    name: str = ""
    step: int = 0
    months: int = 0
    zone: str = ""

    def places(self, times: Ints) -> Ints:
        """The number of each moment (microseconds) among the steps, 0 for the first."""
        if self.months:
            times = times.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
        found: Ints = (times - times[0]) // (self.months or max(1, self.step))
        return found

    def after(self, time: int, steps: Ints) -> Ints:
        """The moments (microseconds) so many steps after one."""
        if not self.months:
            return np.add(steps * max(1, self.step), time)
        moment = np.int64(time).astype("datetime64[us]")
        month = moment.astype("datetime64[M]")
        moments = (month + steps * self.months).astype("datetime64[us]") + (moment - month)
        found: Ints = moments.astype(np.int64)
        return found

    def local(self, times: Ints) -> Ints:
        """Moments as the clocks of the zone of the times show them."""
        if not self.zone:
            return times
        shown = pc.local_timestamp(pa.array(times, pa.timestamp("us", self.zone)))
        found: Ints = pc.cast(shown, pa.int64()).to_numpy(zero_copy_only=False)
        return found

    def words(self, times: Ints) -> list[str]:
        """Moments as they are written: the number of the step where there are no times."""
        if not self.name:
            return [str(time) for time in times.tolist()]
        moments = times.astype("datetime64[us]")
        whole = not (times % UNITS[0][1]).any() and (self.months or not self.step % UNITS[0][1])
        unit: Literal["D", "s", "us"] = "D" if whole else "s" if not (times % UNITS[3][1]).any() else "us"
        return [word.replace("T", " ") + ("Z" if self.zone else "") for word in np.datetime_as_string(moments, unit)]

    def summary(self) -> str:
        """The step in a few words: "1 hour"."""
        if self.months:
            return f"{self.months} {'month' if self.months == 1 else 'months'}"
        return _length(self.step) if self.step else "1 row"


@dataclass(frozen=True)
class Steps:
    """A long series: values (N, C), the time of each step (microseconds, or its number), `place` its number among even
    steps, `rows` the row of the table that it was (-1: filled in), `parts` the part of each or None."""

    values: Floats
    channels: tuple[str, ...]
    times: Ints
    place: Ints
    rows: Ints
    clock: Clock
    parts: NDArray[np.str_] | None = None

    def __len__(self) -> int:
        return len(self.values)

    def cut(self, first: int, end: int) -> Steps:
        """The steps from one to before another."""
        made = {name: getattr(self, name)[first:end] for name in ("values", "times", "place", "rows")}
        return replace(self, **made, parts=None if self.parts is None else self.parts[first:end])


def clock_of(table: Table) -> Clock | None:
    """The clock of a table with one column of different, evenly spaced times and otherwise only numbers; else None."""
    name = _alone(table)
    array = table.columns[name].take(np.arange(len(table))) if name else None
    if array is None or array.null_count:
        return None
    return _even(name, np.sort(_micro(array)), getattr(array.type, "tz", None) or "")


def read_steps(table: Table, clock: Clock, channels: Sequence[str], findings: Findings) -> Steps:
    """The steps of a table in order of time, as they are. Raises SourceError for two rows of one moment, for a channel
    that is not there or holds no numbers, and for a time that does not stand in the row of steps. Warns where there is
    no clock and a column that reads as times is left out.
    """
    lacking = [name for name in channels if name not in table.columns]
    if clock.name and clock.name not in table.columns:
        lacking.append(clock.name)
    if lacking:
        raise SourceError(
            f"{table.name} has no {'column' if len(lacking) == 1 else 'columns'} {', '.join(lacking)}",
            expected=f"the columns {', '.join([*([clock.name] if clock.name else []), *channels])}",
        )
    left = None if clock.name else left_out(table, _wordy(table), channels)
    if left:
        told = f'"{left[0]}" is left out{left[1] and ": "}{left[1]}'
        findings.warn("order", f"the order of the rows of {table.name} is taken for the order of time, and {told}")
    rows = np.arange(len(table))
    values = np.stack([_floats(table, name, rows) for name in channels], 1)
    times = _times(table, clock, rows)
    if (np.diff(times) < 0).any():
        findings.warn("unsorted", f'rows of {table.name} do not stand in the order of "{clock.name}"; they are sorted')
        order = np.argsort(times, kind="stable")
        rows, values, times = rows[order], values[order], times[order]
    twice = np.flatnonzero(np.diff(times) == 0)
    if len(twice):
        column, first = table.columns[clock.name], int(twice[0])
        raise SourceError(
            f'{len(twice):,} times of "{clock.name}" stand twice, first {clock.words(times[twice[:1]])[0]}: '
            f"{column.where(int(rows[first]))} and {column.where(int(rows[first + 1]))}",
            expected="one row for each moment",
            fix="mend the rows, or leave the column of times out to take rows as they follow each other",
        )
    parts = None if table.parts is None else table.parts[rows]
    return Steps(values, tuple(channels), times, clock.places(times), rows, clock, parts)


def channels_of(table: Table, clock: Clock, wanted: Sequence[str], known: Sequence[str] = ()) -> tuple[str, ...]:
    """The columns that are forecast, in the table's order: those that are wanted, or all but what is known ahead.

    Raises SourceError for a column that is not there, is both, or is the clock, where none is left, and where there is
    no clock and one reads as times, unless it is said what is wanted.
    """
    for flag, names in (("--input", wanted), ("--known", known)):
        for name in names:
            if name not in table.columns:
                what = f'{flag} names "{name}", and {table.name} has no such column'
                raise SourceError(what, expected=nearest(name, table.columns))
    both = [name for name in known if name in wanted or name == clock.name]
    if both:
        told = "is the column of times" if both[0] == clock.name else "is to be forecast as well, says --input"
        raise SourceError(f'--known names "{both[0]}", which {told}', expected="another column of numbers")
    if not clock.name and not wanted:
        refuse_times(table, _wordy(table), known)
    left = (name for name in table.columns if name != clock.name and name not in known)
    found = tuple(name for name in left if not wanted or name in wanted)
    if not found:
        raise SourceError(f"all columns of {table.name} are known ahead", expected="one at least that is forecast")
    return found


def uneven(table: Table) -> str:
    """What stands against a table's being a long series, where its column of times is all that does, and what to do
    about it; else ""."""
    name = _alone(table)
    if not name:
        return ""
    why, fix = against(table, name, ())
    if not why:
        lengths, counts = np.unique(
            _apart(np.sort(_micro(table.columns[name].take(np.arange(len(table)))))), return_counts=True
        )
        told = ", ".join(f"{counts[i]:,} of {_length(int(lengths[i]))}" for i in np.argsort(-counts)[:3])
        why = f'the steps of "{name}" are not even: {told}'
    return f"{why}; {fix}"


def _alone(table: Table) -> str:
    """The one column of times of a table that otherwise holds numbers; "" where there is none such."""
    names = _wordy(table)
    alone = len(names) == 1 and len(table) >= FEWEST and len(table.columns) > 1 and is_time(table.columns[names[0]])
    return names[0] if alone else ""


def _even(name: str, times: Ints, zone: str) -> Clock | None:
    """The clock of sorted times, or None where they are not evenly spaced. Times that stand twice are left out."""
    moments = np.unique(times).astype("datetime64[us]")
    if len(moments) < FEWEST or len(moments) < OFTEN * len(times):
        return None
    months = moments.astype("datetime64[M]")
    within = moments - months
    apart = _apart(months)
    if (within == within[0]).all() and apart.min(initial=1) >= 1:
        step = usual(apart)
        return Clock(name, 0, step, zone) if step else None
    step = usual(_apart(moments))
    return Clock(name, step, 0, zone) if step else None


def _apart(moments: NDArray[Any]) -> Ints:
    """The distances of neighbours, in the unit of the moments."""
    numbers: Ints = moments.astype(np.int64)
    found: Ints = numbers[1:] - numbers[:-1]
    return found


def _times(table: Table, clock: Clock, rows: Ints) -> Ints:
    if not clock.name:
        return rows.copy()
    array = table.columns[clock.name].take(rows)
    if not pa.types.is_temporal(array.type) or array.null_count:
        raise SourceError(f'"{clock.name}" of {table.name} is not a time in every row', expected="2020-01-31 12:00:00")
    return _micro(array)


def _micro(array: Any) -> Ints:
    zone = getattr(array.type, "tz", None)
    found: Ints = pc.cast(pc.cast(array, pa.timestamp("us", tz=zone)), pa.int64()).to_numpy(zero_copy_only=False)
    return found.copy()


def _floats(table: Table, name: str, rows: Ints) -> Floats:
    column = table.columns[name]
    array = column.take(rows) if isinstance(column, Values | RowGroups) else None
    if array is None or not _is_number(array.type):
        holds = column.holds if array is None else array.type
        raise SourceError(f'"{name}" of {table.name} holds {holds}, and a series holds numbers', fix="--input COLUMN")
    return np.asarray(pc.cast(array, pa.float64(), safe=False).to_numpy(zero_copy_only=False), np.float64)


def _wordy(table: Table) -> list[str]:
    """The columns that hold no numbers."""
    return [name for name, column in table.columns.items() if not holds_numbers(column)]


def holds_numbers(column: Column) -> bool:
    """Whether a column is one of numbers, some of which may be missing."""
    return isinstance(column, Values | RowGroups) and _is_number(column.type)


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind))


def _length(step: int) -> str:
    for unit, size in UNITS:
        if step >= size and not step % size:
            return f"{step // size:,} {unit}{'' if step == size else 's'}"
    return f"{step / UNITS[3][1]:g} seconds"

"""What is known ahead of a series: prices that are set, holidays, what a plan or a weather forecast says of the future.

Rows in which a forecast column holds a number are the past. What is to be forecast begins after the last of them, and
the rows that stand there say what is known of it; nothing of them is guessed or filled in. The calendar alone needs no
rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import SourceError
from ..findings import Findings
from .steps import Floats, Ints, Steps, holds_numbers
from .table import Table


def parted(steps: Steps, count: int) -> tuple[Steps, Steps]:
    """The past, up to the last step with a number in one of the first `count` channels, and the steps behind it."""
    told = np.flatnonzero(np.isfinite(steps.values[:, :count]).any(1))
    end = int(told[-1]) + 1 if len(told) else 0
    return steps.cut(0, end), steps.cut(end, len(steps))


def refuse_words(table: Table, known: Sequence[str]) -> None:
    """Raises SourceError for a column that is known ahead and holds no numbers."""
    for name in known:
        column = table.columns.get(name)
        if column is not None and not holds_numbers(column):
            raise SourceError(
                f'"{name}" of {table.name} is known ahead, says --known, and holds no numbers',
                expected="numbers, such as 1 for yes and 0 for no",
                fix=f'a number for each value of "{name}"',
            )


def say_ahead(name: str, ahead: Steps, findings: Findings) -> None:
    """Warn of rows of a source that only hold what is known ahead: there is nothing in them to learn."""
    if len(ahead):
        first = ahead.clock.words(ahead.times[:1])[0]
        text = f"the last {len(ahead):,} steps of {name}, from {first} on, hold only what is known ahead"
        findings.warn("ahead", f"{text}; they are to be forecast, and are not learned from")


def with_known(table: Table, past: Steps, ahead: Steps, times: Ints, known: Sequence[str]) -> Steps:
    """The past and, behind it, the rows of the moments `times` that are to be forecast.

    Raises SourceError where one of them is not there, stands at another moment, or lacks what is known.
    """
    count, found = len(times), ahead.cut(0, len(times))
    first, last = (_moment(past, times[i]) for i in (0, -1))
    expected = f"{count:,} rows behind the past, {first} to {last}, with {' and '.join(known)} in each"
    at = int(np.argmin([*(found.times == times[: len(found)]), False]))
    if at < count:
        then = f"goes on with {_moment(past, found.times[at])}" if at < len(found) else "ends"
        raise SourceError(
            f"{table.name} holds {at:,} of the {count:,} rows to forecast: "
            f"behind {_moment(past, times[at - 1] if at else past.times[-1])} it {then}",
            expected=f"{expected}, and the other columns empty: the future begins behind the last that are not",
            fix=f"add a row such as {_row(table, past, times[at], known)}",
        )
    lacking = np.argwhere(~np.isfinite(found.values[:, found.values.shape[1] - len(known) :]))
    if len(lacking):
        step, which = (int(i) for i in lacking[0])
        rows = len(np.unique(lacking[:, 0]))
        raise SourceError(
            f'"{known[which]}" holds no number at {_moment(past, times[step])}, step {step + 1:,} of {count:,} ahead '
            f"({table.columns[known[which]].where(int(found.rows[step]))}); it or another is missing in {rows:,}",
            expected=expected,
            fix=f'write what "{known[which]}" will be there, or fit again without --known {known[which]}',
        )
    return followed(past, times, found.values, found.rows)


def followed(past: Steps, times: Ints, values: Floats | None = None, rows: Ints | None = None) -> Steps:
    """The past and the moments `times` right behind it, without values where only the calendar is known of them."""
    values = np.full((len(times), len(past.channels)), np.nan) if values is None else values
    rows = np.full(len(times), -1) if rows is None else rows
    places = np.arange(1, len(times) + 1) + past.place[-1]
    values, times = np.concatenate([past.values, values]), np.concatenate([past.times, times])
    places, rows = np.concatenate([past.place, places]), np.concatenate([past.rows, rows])
    return Steps(values, past.channels, times, places, rows, past.clock)


def _moment(steps: Steps, time: np.int64) -> str:
    """A moment as it is written, or the number of a step where there are no times."""
    word = steps.clock.words(np.array([time]))[0]
    return word if steps.clock.name else f"step {word}"


def _row(table: Table, past: Steps, time: np.int64, known: Sequence[str]) -> str:
    """How a row that is to be forecast is written, in the order of the table's columns."""
    words = {past.clock.name: _moment(past, time), **{name: f"<{name}>" for name in known}}
    return ",".join(words.get(name, "") for name in table.columns)

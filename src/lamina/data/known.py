"""What is known ahead of a series: prices that are set, holidays, what a plan or a weather forecast says of the future.

Rows in which a forecast column holds a number are the past. What is to be forecast begins after the last of them, and
the rows that stand there say what is known of it; nothing of them is guessed or filled in.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import SourceError
from ..findings import Findings
from .steps import Ints, Steps
from .table import Table


def parted(steps: Steps, known: int) -> tuple[Steps, Steps]:
    """The past, up to the last step with a number in a forecast channel, and the steps behind it. The last `known`
    channels are known ahead; where none is, all steps are the past."""
    end = len(steps)
    if known:
        told = np.flatnonzero(np.isfinite(steps.values[:, :-known]).any(1))
        end = int(told[-1]) + 1 if len(told) else 0
    return steps.cut(0, end), steps.cut(end, len(steps))


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
    lacking = np.argwhere(~np.isfinite(found.values[:, -len(known) :]))
    if len(lacking):
        step, which = (int(i) for i in lacking[0])
        rows = len(np.unique(lacking[:, 0]))
        raise SourceError(
            f'"{known[which]}" holds no number at {_moment(past, times[step])}, step {step + 1:,} of {count:,} ahead '
            f"({table.columns[known[which]].where(int(found.rows[step]))}); it or another is missing in {rows:,}",
            expected=expected,
            fix=f'write what "{known[which]}" will be there, or fit again without --known {known[which]}',
        )
    values, rows_of = np.concatenate([past.values, found.values]), np.concatenate([past.rows, found.rows])
    places = np.arange(1, count + 1) + past.place[-1]
    times = np.concatenate([past.times, times])
    return Steps(values, past.channels, times, np.concatenate([past.place, places]), rows_of, past.clock)


def _moment(steps: Steps, time: np.int64) -> str:
    """A moment as it is written, or the number of a step where there are no times."""
    word = steps.clock.words(np.array([time]))[0]
    return word if steps.clock.name else f"step {word}"


def _row(table: Table, past: Steps, time: np.int64, known: Sequence[str]) -> str:
    """How a row that is to be forecast is written, in the order of the table's columns."""
    words = {past.clock.name: _moment(past, time), **{name: f"<{name}>" for name in known}}
    return ",".join(words.get(name, "") for name in table.columns)

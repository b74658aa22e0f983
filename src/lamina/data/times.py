"""Columns that read as times and cannot be the clock of a series: why not, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..errors import SourceError
from ..kinds import Column
from .groups import RowGroups
from .table import Table, Values

Ints = NDArray[np.int64]

OFTEN = 0.95  # the share of steps that must be of one length for a column of times to be evenly spaced
LOOKED = 1000  # texts that are looked at, to tell whether they are dates
NAMES = ("time", "timestamp", "date", "datetime")  # of columns of texts or whole numbers that are taken for times
SECONDS, MILLISECONDS = (10**8, 5 * 10**9), (10**11, 5 * 10**12)  # since 1970: from 1973 to 2128
DAYS = (
    r"\d{4}[./-]\d{1,2}[./-]\d{1,2}",  # 2022/1/31
    r"\d{1,2}[./-]\d{1,2}[./-]\d{4}",  # 31.1.2022
    r"\d\d[./-]\d\d[./-]\d\d",  # 01/31/22: with noughts, as 1.2.10 is a version
    r"\d{1,2}\.?[ -][^\W\d]{3,9}\.?[ -]\d{2,4}",  # 31 Jan 2022
)
DATE = re.compile(rf"\s*({'|'.join(DAYS)})([T ,].*)?")
ISO = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d([.]\d+)?)?)?(Z|[+-]\d\d(:?\d\d)?)?")


def refuse_times(table: Table, words: Sequence[str], known: Sequence[str]) -> None:
    """Raises SourceError for a table without a clock in which a column reads as times. `words`: columns that hold no
    numbers; `known`: those that are known ahead."""
    left = left_out(table, words, known)
    if left is None:
        return
    name, why, fix = left
    times = table.columns[name].take(np.arange(len(table))).drop_null()
    alone = len(times.unique()) == len(times)  # rows of several series would be taken for one
    numbers = [f"--input {other}" for other in table.columns if alone and other not in (name, *words, *known)]
    flags = " ".join(numbers) if len(numbers) <= 8 else "--input COLUMN"
    raise SourceError(
        f'"{name}" of {table.name} cannot be the clock of a series: {why or "there is too little beside it"}',
        expected="different times, nearly all one step apart, and otherwise numbers",
        fix=f"{fix}; or {flags}, and the order of the rows is taken for the order of time" if numbers else fix,
    )


def left_out(table: Table, words: Sequence[str], kept: Sequence[str]) -> tuple[str, str, str] | None:
    """The first column that reads as times and is not kept, why it is no clock and what to do about it."""
    for name, column in table.columns.items():
        if name not in kept and is_time(column):
            return name, *against(table, name, words)
        if name not in kept and isinstance(column, Values | RowGroups):
            why, fix = _written(name, column)
            if why:
                return name, why, fix
    return None


def against(table: Table, name: str, words: Sequence[str]) -> tuple[str, str]:
    """What, but for uneven steps, stands against a column of times as a clock, "" for nothing; and what to do."""
    array, column = table.columns[name].take(np.arange(len(table))), table.columns
    others = [other for other in column if other != name and is_time(column[other])]
    if others:
        return f'"{others[0]}" holds times too', f'leave "{name}" or "{others[0]}" out of the table'
    if array.null_count:
        return f'{array.null_count:,} rows have no "{name}"', f'write "{name}" in each row, or leave those rows out'
    again = len(array) - len(array.unique())
    if again:
        told, apart = f"several rows for one time ({again:,} of {len(array):,} repeat one", _apart_by(table, name)
        if apart:
            first = table.columns[apart].take(np.zeros(1, np.int64))[0].as_py()
            one = f'"{first:.40}"' if isinstance(first, str) else first
            each = f'forecast one "{apart}" at a time, from a file of its own or as frame[frame["{apart}"] == {one}]'
            return f'{told}, told apart by "{apart}")', each
        return f"{told})", f'keep one row for each "{name}"'
    texts = [f'"{word}"' for word in words if word != name]
    if texts:
        told = " and ".join(texts)
        return f"{told} {'hold' if texts[1:] else 'holds'} no numbers", f"leave {told} out of the table"
    return "", f'leave "{name}" out of the table to take rows as they follow each other'


def usual(apart: Ints) -> int:
    """The distance that nearly all neighbours have, all others being whole multiples of it; 0 where there is none."""
    lengths, counts = np.unique(apart, return_counts=True)
    step = int(lengths[counts.argmax()])
    return step if counts.max() >= OFTEN * len(apart) and not (lengths % step).any() else 0


def is_time(column: Column) -> bool:
    """Whether a column holds moments or days."""
    return isinstance(column, Values | RowGroups) and bool(
        pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)
    )


def _written(name: str, column: Values | RowGroups) -> tuple[str, str]:
    """Why texts or whole numbers that stand for times are no clock, and what to do; nothing of what stands for none."""
    named = name.lower() in NAMES
    if pa.types.is_string(column.type):
        texts = column.take(np.arange(min(LOOKED, len(column)))).drop_null().to_pylist()
        if texts and (named or sum(bool(DATE.fullmatch(text)) for text in texts) >= OFTEN * len(texts)):
            odd = next((text for text in texts if not ISO.fullmatch(text)), texts[0])
            return f'it holds text, such as "{odd:.40}", and no times', "write times as 2022-01-31 12:00:00 (ISO 8601)"
    if pa.types.is_integer(column.type) and named:
        numbers = column.take(np.arange(len(column))).drop_null().to_numpy(zero_copy_only=False)
        unit = _since(np.unique(numbers))
        if unit:
            moment = np.datetime64(int(numbers[0]) * (1000 if unit == "seconds" else 1), "ms").astype("datetime64[s]")
            told = str(moment).replace("T", " ")
            return f"it holds {unit} since 1970, it seems, as whole numbers", f"write {numbers[0]} as {told}, and so on"
    return "", ""


def _since(numbers: Ints) -> str:
    """The unit of different, rising numbers that seem to count the time since 1970 in even steps; "" of others."""
    if len(numbers) > 1 and usual(numbers[1:] - numbers[:-1]):
        for unit, (low, high) in (("seconds", SECONDS), ("milliseconds", MILLISECONDS)):
            if low <= numbers[0] and numbers[-1] <= high:
                return unit
    return ""


def _apart_by(table: Table, name: str) -> str:
    """The column of texts or whole numbers, of the fewest values, by which all rows of one time differ; else ""."""
    every, found = np.arange(len(table)), []
    times = table.columns[name].take(every)
    for other, column in table.columns.items():
        if not isinstance(column, Values | RowGroups):
            continue
        if pa.types.is_string(column.type) or pa.types.is_integer(column.type):
            values = column.take(every)
            both = pa.table({"time": times, "other": values})
            pairs = both.group_by(["time", "other"], use_threads=False).aggregate([])
            if len(pairs) == len(table) > len(values.unique()):
                found.append((len(values.unique()), other))
    return min(found, default=(0, ""))[1]

"""Columns that read as times and are no clock: the refusal says why, and where one is left out it is said."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from lamina.data.table import Table, Values
from lamina.data.windows import Ahead, as_windows, forecast_from_json, newest
from lamina.errors import SourceError
from lamina.findings import Findings

ROWS = 200
HOURS = [dt.datetime(2022, 1, 1) + dt.timedelta(hours=i) for i in range(ROWS)]
LOAD = np.arange(float(ROWS))
SHOPS = ["a"] * (ROWS // 2) + ["b"] * (ROWS // 2)
GERMAN = [f"{at:%d.%m.%Y %H:%M}" for at in HOURS]


def table(**columns):
    made = {name: Values(name, pa.chunked_array([pa.array(x)]), "t.csv", 2) for name, x in columns.items()}
    return Table(made, "t.csv")


def forecast(table, *channels):
    findings = Findings()
    return as_windows(table, Ahead(4, 10, channels=channels), findings), findings


def epoch(scale=1, step=3600):
    return np.arange(ROWS) * step * scale + 1_640_995_200 * scale


CASES = {
    "several series, words": (
        {"time": HOURS[: ROWS // 2] * 2, "load": LOAD, "day": [1, 2] * (ROWS // 2), "shop": SHOPS},
        'several rows for one time (100 of 200 repeat one, told apart by "shop")',
        'forecast one "shop" at a time, from a file of its own or as frame[frame["shop"] == "a"]',
    ),
    "texts": (
        {"time": GERMAN, "load": LOAD},
        'it holds text, such as "01.01.2022 00:00", and no times',
        "write times as 2022-01-31 12:00:00 (ISO 8601); or --input load, and the order",
    ),
    "texts of another name": (
        {"load": LOAD, "Zeit": GERMAN},
        'it holds text, such as "01.01.2022 00:00", and no times',
        "write times as 2022-01-31 12:00:00 (ISO 8601); or --input load, and the order",
    ),
    "one slip": (
        {"when": [str(at) for at in HOURS[:-1]] + ["31 Feb"], "load": LOAD},
        'it holds text, such as "31 Feb", and no times',
        "write times as",
    ),
    "seconds": (
        {"Time": epoch(), "load": LOAD},
        "it holds seconds since 1970, it seems, as whole numbers",
        "write 1640995200 as 2022-01-01 00:00:00, and so on; or --input load, and",
    ),
    "milliseconds": (
        {"timestamp": epoch(1000), "load": LOAD},
        "it holds milliseconds since 1970, it seems, as whole numbers",
        "write 1640995200000 as 2022-01-01 00:00:00, and so on; or --input load, and",
    ),
    "words beside": (
        {"time": HOURS, "load": LOAD, "shop": SHOPS},
        '"shop" holds no numbers',
        'leave "shop" out of the table; or --input load, and',
    ),
    "two of them": (
        {"time": HOURS, "seen": HOURS, "load": LOAD},
        '"seen" holds times too',
        'leave "time" or "seen" out of the table; or --input load, and',
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_column_of_times_that_is_no_clock_is_refused_with_the_reason(case):
    columns, why, fix = CASES[case]
    with pytest.raises(SourceError) as caught:
        forecast(table(**columns))
    assert caught.value.what.endswith(f"cannot be the clock of a series: {why}")
    assert fix in caught.value.fix


@pytest.mark.parametrize("case", CASES)
def test_where_it_is_left_out_the_order_of_rows_is_said_to_be_taken(case):
    columns, why, _ = CASES[case]
    made, findings = forecast(table(**columns), "load")
    name = next(name for name in columns if name not in ("load", "shop"))
    told = f'the order of the rows of t.csv is taken for the order of time, and "{name}" is left out: {why}'
    assert findings.warnings["order"] == told
    again = Findings()
    newest(table(**columns), forecast_from_json(made.facts["forecast"]), again)
    assert again.warnings["order"] == told


def test_rows_of_several_series_are_never_offered_as_the_steps_of_one():
    twice = {"time": HOURS[: ROWS // 4] * 4, "load": LOAD, "shop": SHOPS, "item": ["u", "v"] * (ROWS // 2)}
    for columns in (CASES["several series, words"][0], twice, {"day": GERMAN[: ROWS // 2] * 2, "load": LOAD}):
        with pytest.raises(SourceError, match="cannot be the clock") as caught:
            forecast(table(**columns))
        assert "--input" not in caught.value.fix


def test_numbers_that_are_no_times_are_forecast():
    for numbers in (np.arange(ROWS), epoch() ** 2 % 10**9, epoch(10**6)):
        made, findings = forecast(table(time=numbers, load=LOAD))
        assert made.columns["past"].channels == ("time", "load")
        assert not findings.warnings
    with pytest.raises(SourceError, match=r'"version" of t\.csv holds string, and a series holds numbers'):
        forecast(table(version=["1.2.10"] * ROWS, load=LOAD))
    made, findings = forecast(table(time=epoch(), load=LOAD), "time", "load")
    assert not findings.warnings  # they are asked for


def test_the_days_of_business_are_refused_with_what_to_do():
    days = [at for at in (dt.datetime(2022, 1, 1) + dt.timedelta(days=i) for i in range(300)) if at.weekday() < 5]
    plain = table(time=days[:ROWS], load=LOAD)
    told = r'not even: 160 of 1 day, 39 of 3 days; leave "time" out of the table to take rows as they follow each other'
    with pytest.raises(SourceError, match=told):
        forecast(plain)
    findings = Findings()
    assert as_windows(plain, Ahead(), findings) is plain
    assert "leave" in findings.warnings["uneven"]


def test_several_series_told_apart_by_a_number_are_no_uneven_steps():
    several = table(time=HOURS[: ROWS // 2] * 2, load=LOAD, shop=[1] * (ROWS // 2) + [2] * (ROWS // 2))
    with pytest.raises(
        SourceError, match=r'100 of 200 repeat one, told apart by "shop"\); forecast one "shop" at a time'
    ):
        forecast(several)

"""The calendar as numbers: cycles that end where they begin, and only those that the steps pass through."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose

from lamina.data.calendar import calendar, channels, cycles_of
from lamina.data.steps import Clock
from lamina.data.table import Table, Values
from lamina.data.windows import Ahead, as_windows, forecast_from_json, newest
from lamina.errors import SourceError
from lamina.findings import Findings

HOUR = 3_600_000_000
HOURLY = Clock("time", HOUR)


def micro(*moments):
    return np.array(moments, "datetime64[us]").astype(np.int64)


def hourly(rows, **columns):
    times = [dt.datetime(2020, 1, 1) + dt.timedelta(hours=i) for i in range(rows)]
    made = {"time": pa.array(times, pa.timestamp("us"))} | {name: pa.array(x) for name, x in columns.items()}
    return Table({name: Values(name, pa.chunked_array([x]), "t.csv", 2) for name, x in made.items()}, "t.csv")


def asked(*known):
    return Ahead(4, 10, known=known)


def test_a_cycle_ends_where_it_begins():
    assert channels(HOURLY)[:2] == ("sine of day", "cosine of day")
    sine, cosine = calendar(HOURLY, micro("2024-05-01T00", "2024-05-01T06", "2024-05-01T12", "2024-05-01T18")).T[:2]
    assert_allclose(sine, [0, 1, 0, -1], atol=1e-9)
    assert_allclose(cosine, [1, 0, -1, 0], atol=1e-9)
    week = calendar(HOURLY, micro("2024-05-01T05", "2024-05-08T05", "2024-05-05T05"))[:, 2:4]
    assert_allclose(week[0], week[1])
    assert np.abs(week[0] - week[2]).max() > 0.5


def test_a_day_begins_at_midnight_where_the_times_are_of_a_zone():
    midnights = micro("2024-01-14T23", "2024-07-14T22")  # in UTC, of Berlin
    for zone, moments in (("Europe/Berlin", midnights), ("+01:00", midnights[:1]), ("UTC", micro("2024-01-14"))):
        there = calendar(Clock("time", HOUR, zone=zone), moments)
        assert_allclose(there[:, :2], [[0, 1]] * len(moments), atol=1e-9)
    assert np.abs(calendar(HOURLY, midnights)[:, 0]).min() > 0.2


@pytest.mark.parametrize("year", [2023, 2024])
def test_a_year_has_the_length_that_it_has(year):
    moments = micro(f"{year}-01-01", f"{year}-12-31T23:59:59.999999")
    assert_allclose(calendar(HOURLY, moments)[:, 4:], [[0, 1]] * 2, atol=1e-6)
    midsummer = micro(f"{year}-01-01")[0] + (365 + (year == 2024)) * 12 * HOUR
    assert_allclose(calendar(HOURLY, np.array([midsummer]))[:, 4:], [[0, -1]], atol=1e-9)


def test_only_cycles_that_the_steps_pass_through_are_told():
    assert cycles_of(HOURLY) == ("day", "week", "year")
    assert cycles_of(Clock("time", 12 * HOUR)) == ("week", "year")
    assert cycles_of(Clock("time", 24 * HOUR)) == ("week", "year")
    assert cycles_of(Clock("time", 7 * 24 * HOUR)) == cycles_of(Clock("time", 0, 1)) == ("year",)
    assert cycles_of(Clock()) == ()


def test_the_calendar_is_known_ahead_without_any_rows():
    at = np.arange(200.0)
    table = as_windows(hourly(200, sales=at), asked("calendar"), Findings())
    forecast = forecast_from_json(table.facts["forecast"])
    assert table.columns["known"].channels == channels(HOURLY)
    last, words = newest(hourly(30, sales=at[:30]), forecast, Findings())
    told = last.columns["known"].take(np.array([0])).row(0)
    moments = micro("2020-01-01").item() + np.arange(20, 34) * HOUR
    assert_allclose(told, calendar(HOURLY, moments))
    assert words[0] == "2020-01-02 06:00:00"


def test_the_calendar_stands_beside_what_else_is_known():
    at = np.arange(204.0)
    sales = np.where(at < 200, at, np.nan)
    table = as_windows(hourly(204, sales=sales, price=-at), asked("price", "calendar", "price"), Findings())
    assert table.columns["known"].channels == ("price", *channels(HOURLY))
    last, _ = newest(hourly(204, sales=sales, price=-at), forecast_from_json(table.facts["forecast"]), Findings())
    told = last.columns["known"].take(np.array([0])).row(0)
    assert told[-1, 0] == -203
    assert_allclose(told[-1, 1:], calendar(HOURLY, micro("2020-01-09T11"))[0])
    own = as_windows(hourly(200, sales=at[:200], calendar=-at[:200]), asked("calendar"), Findings())
    assert own.columns["known"].channels == ("calendar",)  # a column of that name is what is meant


def test_rows_without_times_have_no_calendar():
    bare = Table({"a": hourly(50, a=np.arange(50.0)).columns["a"]}, "t.csv")
    with pytest.raises(SourceError, match="steps of 1 row pass through no day, week or year"):
        as_windows(bare, asked("calendar"), Findings())


def test_words_are_no_numbers_that_are_known_ahead():
    table = hourly(200, sales=np.arange(200.0), holiday=["yes", "no"] * 100)
    with pytest.raises(SourceError, match=r'"holiday" of t\.csv is known ahead, says --known, and holds no numbers'):
        as_windows(table, asked("holiday"), Findings())

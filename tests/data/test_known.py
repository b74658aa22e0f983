"""What is known ahead of a series: where the past ends, and what must stand behind it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from lamina.data.table import Table, Values
from lamina.data.windows import Ahead, as_windows, every_window, forecast_from_json, newest
from lamina.errors import SourceError
from lamina.findings import Findings

START = dt.datetime(2020, 1, 1)
PAST, HORIZON = 10, 4


def shop(rows=200, ahead=0, times=True, **changed):
    """Sales of each hour, its own number, and a price that is its negative; the last rows without sales."""
    at = np.arange(float(rows))
    values = {"sales": np.where(at < rows - ahead, at, np.nan), "price": -at, **changed}
    made = {"time": pa.array([START + dt.timedelta(hours=i) for i in range(rows)], pa.timestamp("us"))} if times else {}
    made |= {name: pa.array(column, pa.float64()) for name, column in values.items()}
    return Table({name: Values(name, pa.chunked_array([array]), "t.csv", 2) for name, array in made.items()}, "t.csv")


def windows(table, **asked):
    findings, ahead = Findings(), Ahead(**{"horizon": HORIZON, "past": PAST, "known": ("price",), **asked})
    return as_windows(table, ahead, findings), findings


def forecast_of(table=None, **asked):
    return forecast_from_json(windows(table or shop(), **asked)[0].facts["forecast"])


def taken(table, name, row=0):
    return table.columns[name].take(np.array([row])).row(0)[:, 0].tolist()


def test_what_is_known_reaches_over_the_past_and_the_future():
    table, findings = windows(shop())
    assert (table.inputs, table.target) == (("past", "known"), "future")
    assert taken(table, "past", 3) == list(range(3, 13))
    assert taken(table, "future", 3) == list(range(13, 17))
    assert taken(table, "known", 3) == [-float(i) for i in range(3, 17)]
    assert (table.columns["past"].channels, table.columns["known"].channels) == (("sales",), ("price",))
    assert not findings.warnings


def test_a_run_that_knew_of_nothing_ahead_is_read_as_before():
    told = forecast_of().to_json()
    old = {name: value for name, value in told.items() if name != "known"}
    assert (forecast_from_json(told).known, forecast_from_json(old).known) == (("price",), ())
    assert list(windows(shop(), known=())[0].columns) == ["past", "future"]


def test_rows_that_are_yet_to_come_are_no_part_of_what_is_learned():
    table, findings = windows(shop(230, ahead=30))
    assert table.facts["steps"] == 200
    assert table.facts["cuts"] == windows(shop())[0].facts["cuts"]
    assert "the last 30 steps of t.csv, from 2020-01-09 08:00:00 on" in findings.warnings["ahead"]
    held, _ = windows(shop(230, ahead=30), gaps="hold")
    assert held.facts["steps"] == 200  # nor filled with the last of what was


def test_what_is_known_and_lacks_a_number_is_a_gap():
    price = -np.arange(200.0)
    price[50] = np.nan
    table, findings = windows(shop(price=price))
    assert "1 steps lack a number (first: 2020-01-03 02:00:00)" in findings.warnings["gaps"]
    assert len(table) == len(windows(shop())[0]) - PAST - HORIZON
    held, _ = windows(shop(price=price), gaps="hold")
    assert held.columns["known"].values[50, 0] == -49.0


def test_the_future_begins_behind_the_last_row_that_has_a_number():
    last, words = newest(shop(34, ahead=4), forecast_of(), Findings())
    assert list(last.columns) == ["past", "known"]
    assert taken(last, "past") == list(range(20, 30))
    assert taken(last, "known") == [-float(i) for i in range(20, 34)]
    assert words == [f"2020-01-02 {hour:02}:00:00" for hour in (6, 7, 8, 9)]
    longer, same = newest(shop(40, ahead=10), forecast_of(), Findings())
    assert (taken(longer, "known"), same) == (taken(last, "known"), words)
    assert len(every_window(shop(40, ahead=10), forecast_of(), Findings())) == 17


def test_rows_without_times_have_a_future_too():
    table = shop(34, ahead=4, times=False)
    last, words = newest(table, forecast_of(shop(times=False)), Findings())
    assert (taken(last, "known")[-1], words) == (-33.0, ["30", "31", "32", "33"])
    with pytest.raises(SourceError, match="holds 3 of the 4 rows to forecast: behind step 32 it ends"):
        newest(shop(33, ahead=3, times=False), forecast_of(shop(times=False)), Findings())


@pytest.mark.parametrize("gaps", ["leave", "hold"])
def test_what_is_not_known_ahead_is_never_filled_in(gaps):
    price = -np.arange(34.0)
    price[32] = np.nan
    with pytest.raises(SourceError) as caught:
        newest(shop(34, ahead=4, price=price), forecast_of(gaps=gaps), Findings())
    told = str(caught.value)
    assert '"price" holds no number at 2020-01-02 08:00:00, step 3 of 4 ahead (t.csv, line 34)' in told
    assert "4 rows behind the past, 2020-01-02 06:00:00 to 2020-01-02 09:00:00" in told
    assert "--known price" in told


def test_rows_that_are_not_there_are_asked_for():
    with pytest.raises(SourceError) as caught:
        newest(shop(33, ahead=3), forecast_of(), Findings())
    told = str(caught.value)
    assert "t.csv holds 3 of the 4 rows to forecast: behind 2020-01-02 08:00:00 it ends" in told
    assert "add a row such as 2020-01-02 09:00:00,,<price>" in told
    with pytest.raises(SourceError, match="holds 0 of the 4 rows to forecast: behind 2020-01-02 05:00:00 it ends"):
        newest(shop(30), forecast_of(), Findings())


def test_rows_that_do_not_follow_evenly_are_refused():
    table = shop(35, ahead=5)
    left = np.delete(np.arange(35), 31)
    skipped = Table(
        {name: Values(name, pa.chunked_array([c.take(left)]), "t.csv", 2) for name, c in table.columns.items()}, "t.csv"
    )
    with pytest.raises(SourceError, match="behind 2020-01-02 06:00:00 it goes on with 2020-01-02 08:00:00"):
        newest(skipped, forecast_of(), Findings())


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"known": ("prise",)}, '--known names "prise", and t.csv has no such column'),
        ({"known": ("time",)}, "is the column of times"),
        ({"channels": ("price",)}, "is to be forecast as well"),
        ({"known": ("price", "sales")}, "all columns of t.csv are known ahead"),
    ],
)
def test_names_that_cannot_be_known_ahead_are_refused(asked, why):
    with pytest.raises(SourceError, match=why):
        windows(shop(), **asked)

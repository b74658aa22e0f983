"""A table as one long series: when it is one, its gaps, and windows that keep later parts out of training."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from lamina.data.sources import open_source
from lamina.data.steps import clock_of, read_steps
from lamina.data.table import Table, Values
from lamina.data.windows import Ahead, as_windows, every_window, forecast_from_json, newest
from lamina.errors import SourceError, SplitError
from lamina.findings import Findings
from lamina.kinds import Series

START = dt.datetime(2020, 1, 1)


def hourly(rows=200, times=None, **columns):
    times = [START + dt.timedelta(hours=i) for i in range(rows)] if times is None else times
    made = {"time": pa.array(times, pa.timestamp("us"))}
    made |= {name: pa.array(values) for name, values in (columns or {"a": np.arange(float(rows))}).items()}
    return Table({name: Values(name, pa.chunked_array([array]), "t.csv", 2) for name, array in made.items()}, "t.csv")


def windows(table, **asked):
    findings = Findings()
    return as_windows(table, Ahead(**{"horizon": 4, "past": 10, **asked}), findings), findings


def test_no_step_of_a_later_part_is_the_future_of_an_earlier_window():
    table, _ = windows(hourly(), shares=(0.1, 0.2))
    assert table.facts["cuts"] == {"train": [0, 140], "valid": [140, 160], "test": [160, 200]}
    future, past = table.columns["future"], table.columns["past"]
    for part, (first, end) in table.facts["cuts"].items():
        rows = np.flatnonzero(table.parts == part)
        steps = future.take(rows).values[:, 0]  # each step holds its own number
        assert steps.min() >= first
        assert steps.max() == end - 1
        assert len(rows) == end - max(first, 10) - 4 + 1
    one = np.array([np.flatnonzero(table.parts == "valid")[0]])
    assert past.take(one).row(0)[:, 0].tolist() == list(range(130, 140))  # a past may reach back over the cut
    assert future.take(one).row(0)[:, 0].tolist() == [140, 141, 142, 143]
    assert (table.target, table.inputs) == ("future", ("past",))
    assert table.ids[int(one[0])] == "2020-01-06 20:00:00"


def test_windows_share_one_array():
    table, _ = windows(hourly())
    taken = table.columns["past"].take(np.arange(100))
    assert np.shares_memory(taken.values, table.columns["past"].values)
    assert len(taken.values) == 109
    assert len(table.columns["past"].take(np.array([0, 180 - 14])).values) == 20  # far apart, only what they need


def test_the_published_split_of_a_benchmark_is_said_in_steps():
    table, _ = windows(hourly(), parts="100/30/50")
    assert table.facts["cuts"] == {"train": [0, 100], "valid": [100, 130], "test": [130, 180]}
    with pytest.raises(SplitError, match="are 300 steps"):
        windows(hourly(), parts="100/100/100")


def test_parts_that_came_with_the_steps_are_kept():
    table = hourly()
    table = Table(table.columns, "t.csv", parts=np.repeat(["train", "test"], [150, 50]))
    made, _ = windows(table, shares=(0.2, 0.5))
    assert made.facts["cuts"] == {"train": [0, 120], "valid": [120, 150], "test": [150, 200]}
    mixed = Table(table.columns, "t.csv", parts=np.repeat(["test", "train"], [50, 150]))
    with pytest.raises(SplitError, match="do not follow each other"):
        windows(mixed)


def test_which_tables_are_series():
    assert clock_of(hourly()).summary() == "1 hour"
    months = [dt.datetime(2000 + i // 12, i % 12 + 1, 1) for i in range(40)]
    assert clock_of(hourly(40, months)).summary() == "1 month"
    assert clock_of(hourly(40, a=["x"] * 40)) is None
    uneven = [START + dt.timedelta(hours=i * i) for i in range(40)]
    assert clock_of(hourly(40, uneven)) is None
    plain = hourly(40, uneven)
    table, findings = windows(plain, horizon=0)
    assert table is plain
    assert 'steps of "time" are not even' in findings.warnings["uneven"]
    with pytest.raises(SourceError, match="cannot be forecast"):
        windows(plain)


def test_months_go_on_as_months():
    months = [dt.datetime(2000 + i // 12, i % 12 + 1, 1) for i in range(40)]
    table, _ = windows(hourly(40, months), past=4, horizon=2)
    forecast = forecast_from_json(table.facts["forecast"])
    _, words = newest(hourly(40, months), forecast, Findings())
    assert words == ["2003-05-01", "2003-06-01"]


def test_times_that_stand_twice_stop_and_both_rows_are_named():
    times = [START + dt.timedelta(hours=i - (i > 150)) for i in range(200)]
    with pytest.raises(SourceError, match=r"2020-01-07 06:00:00: t.csv, line 152 and t.csv, line 153"):
        windows(hourly(200, times))


def test_rows_out_of_order_are_sorted_and_said():
    table, findings = windows(hourly(200, [START + dt.timedelta(hours=200 - i) for i in range(200)]))
    assert "sorted" in findings.warnings["unsorted"]
    assert table.columns["past"].values[0, 0] == 199.0


def test_no_window_reaches_over_a_gap_unless_it_is_declared_filled():
    times = [START + dt.timedelta(hours=i + (i >= 50) * 3) for i in range(200)]
    values = np.arange(200.0)
    values[80] = np.nan
    table, findings = windows(hourly(200, times, a=values))
    assert "3 steps of 1 hour are not there, in 1 gaps (3 after 2020-01-03 01:00:00)" in findings.warnings["gaps"]
    assert "1 steps lack a number (first: 2020-01-04 11:00:00)" in findings.warnings["gaps"]
    whole = [row[:, 0] for row in table.columns["past"].with_reach(np.arange(len(table)))]
    assert all((np.diff(row) == 1).all() and not {49.0, 50.0} <= set(row) for row in whole)
    held, _ = windows(hourly(200, times, a=values), gaps="hold")
    assert len(held) > len(table) + 2 * 13
    assert held.columns["past"].values[50:53, 0].tolist() == [49.0] * 3
    assert held.columns["past"].values[83, 0] == 79.0


def test_too_few_steps_are_refused_with_sizes_that_fit():
    with pytest.raises(SplitError, match="too few for 10 steps back and 30 ahead") as caught:
        windows(hourly(), horizon=30)
    assert "--horizon 7" in str(caught.value)


def test_gaps_that_leave_no_stretch_for_a_window_are_named_and_holding_mends_it():
    values = np.arange(600.0)
    values[::50] = np.nan
    with pytest.raises(SplitError, match="broken by gaps: the longest stretch without one for train has 49,") as caught:
        windows(hourly(600, a=values), horizon=24, past=84)
    assert caught.value.fix.startswith("--set data.gaps=hold fills")
    assert "--horizon 6 --set data.past=21" in caught.value.fix
    held, _ = windows(hourly(600, a=values), horizon=24, past=84, gaps="hold")
    assert {"train", "valid", "test"} == set(held.parts.tolist())


def test_rows_without_times_follow_each_other_where_a_horizon_is_asked_for():
    table = hourly()
    bare = Table({"a": table.columns["a"]}, "t.csv")
    assert as_windows(bare, Ahead(), Findings()) is bare
    made, _ = windows(bare)
    assert made.ids[0] == "10"


def test_the_newest_window_is_the_past_of_what_no_one_knows():
    table, _ = windows(hourly())
    forecast = forecast_from_json(table.facts["forecast"])
    last, words = newest(hourly(30), forecast, Findings())
    assert list(last.columns) == ["past"]
    assert last.columns["past"].take(np.array([0])).row(0)[:, 0].tolist() == list(range(20, 30))
    assert words == [f"2020-01-02 {hour:02}:00:00" for hour in (6, 7, 8, 9)]
    with pytest.raises(SourceError, match="holds 6 steps"):
        newest(hourly(6), forecast, Findings())
    with pytest.raises(SourceError, match="has no column a"):
        newest(hourly(30, b=np.arange(30.0)), forecast, Findings())
    assert len(every_window(hourly(30), forecast, Findings())) == 17


def test_only_the_channels_asked_for_are_forecast():
    table, _ = windows(hourly(200, a=np.arange(200.0), b=np.ones(200)), channels=("b",))
    assert table.columns["past"].channels == ("b",)
    steps = read_steps(hourly(), clock_of(hourly()), ("a",), Findings())
    assert steps.values.shape == (200, 1)


DATA = Path(os.environ.get("LAMINA_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.mark.skipif(not DATA.is_dir(), reason="the published data sets are not here; LAMINA_DATA names them")
def test_etth1_has_the_windows_of_its_papers():
    findings = Findings()
    table = as_windows(open_source(DATA / "etth1", None, findings), Ahead(parts="8640/2880/2880"), findings)
    assert not findings.warnings
    parts, counts = np.unique(table.parts, return_counts=True)
    assert dict(zip(parts.tolist(), counts.tolist(), strict=True)) == {"train": 8209, "valid": 2785, "test": 2785}
    train = np.flatnonzero(table.parts == "train")
    kind = Series().fit(table.columns["past"], train)
    assert (kind.season, kind.longest, len(kind.channels)) == (24, 336, 7)
    values = table.columns["past"].values[:8640]
    np.testing.assert_allclose(kind.mean, values.mean(0))
    np.testing.assert_allclose(kind.std, values.std(0))


def test_the_hour_of_summer_time_is_a_gap_or_stands_twice():
    local = [dt.datetime(2020, 10, 20) + dt.timedelta(hours=i) for i in range(200)]
    back = [at - dt.timedelta(hours=at >= dt.datetime(2020, 10, 25, 3)) for at in local]
    with pytest.raises(SourceError, match="stand twice, first 2020-10-25 02:00:00"):
        windows(hourly(200, back))
    forward = [at + dt.timedelta(hours=at >= dt.datetime(2020, 10, 25, 3)) for at in local]
    _, findings = windows(hourly(200, forward))
    assert any("1 steps of 1 hour are not there" in text for text in findings.warnings.values())

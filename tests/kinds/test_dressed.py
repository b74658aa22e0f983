from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lamina.data.table import Values
from lamina.errors import KindError
from lamina.kinds import Number, kind_from_words
from lamina.kinds.dates import are_dates
from lamina.kinds.dressed import numeral
from lamina.kinds.infer import flags_of, infer


def column(values):
    return Values("v", pa.chunked_array([pa.array(values)]), "t.csv", 2)


def refused(values) -> KindError:
    with pytest.raises(KindError) as caught:
        infer("v", column(values), "input")
    return caught.value


def fitted(kind: Number, values) -> Number:
    return kind.fit(column(values), np.arange(len(values)))


@pytest.mark.parametrize(
    ("values", "example"),
    [
        (["1024,13 €", "1900,98 €", "289,18 €"], '1024.13 for "1024,13 €"'),
        (["€ 1024,13", "€ 5", "€ 289,18"], '1024.13 for "€ 1024,13"'),
        (["12,5 €", "474 €", "1603 €"], '12.5 for "12,5 €"'),
        (["1.024,13 €", "289,18 €", "7 €"], '1024.13 for "1.024,13 €"'),
        (["568,87", "1.335,64", "3.800,36"], '1335.64 for "1.335,64"'),
        (["1 335,64", "-568,87", "1"], '1335.64 for "1 335,64"'),
        (["51,2 %", "95,0 %", "14,5 %"], '51.2 for "51,2 %"'),
        (["10,241", "19,010", "0,892"], '0.892 for "0,892"'),  # one that parts no thousands, so none does
        (["$1,024.50", "$3,5", "$7"], '3.5 for "$3,5"'),
    ],
)
def test_a_decimal_comma_is_refused_in_any_dress_and_no_cast_is_offered(values, example):
    error = refused(values * 5)
    assert "holds numbers with a decimal comma: " in error.what
    assert error.expected == "a decimal point, as in 12.5"
    assert error.fix == f"write them with a point: {example}"
    assert "cast" not in str(error)


@pytest.mark.parametrize("sign", ["", " €"])
def test_a_comma_that_may_be_either_is_said_to_be_so_with_both_ways_out(sign):
    error = refused([f"{i},{i + 100}{sign}" for i in range(1, 40)])
    assert "whose comma may part thousands or be a decimal comma" in error.what
    assert "1.101 or 1101?" in error.expected
    assert "write them with a point" in error.fix
    assert "--kind 'v=Number(cast=currency)' if it parts thousands" in error.fix
    assert flags_of(error) == ""  # the choice is not made for the user


@pytest.mark.parametrize("values", [["1,200", "12.5", "7"], ["1,200", "1,000,000"], ["$1,200", "$900"], ["1,200.5"]])
def test_one_value_that_shows_thousands_tells_what_the_commas_are(values):
    assert flags_of(refused(values * 3)) == "--kind 'v=Number(cast=currency)'"


@pytest.mark.parametrize(
    ("values", "why", "example"),
    [
        (["($1,024.13)", "$1,900.98", "$3"], "brackets for what is below zero", '-1024.13 for "($1,024.13)"'),
        (["(12)", "7.5", "3"], "brackets for what is below zero", '-12 for "(12)"'),
        (["1'024.50", "7", "3'000"], "marks between thousands", '1024.50 for "1\'024.50"'),
        (["1 024 €", "7 €"], "marks between thousands", '1024 for "1 024 €"'),
        (["1.024.500", "2.000.000", "7"], "points between thousands", '1024500 for "1.024.500"'),
        (["$1,00,000", "$2,50,000"], "commas that do not part thousands", '100000 for "$1,00,000"'),
        (["12%", "$5"], "several signs", '12 for "12%"'),
    ],
)
def test_numbers_that_no_cast_reads_are_said_with_how_to_write_them(values, why, example):
    error = refused(values * 5)
    assert f"holds numbers with {why}: " in error.what
    assert error.fix == f"write them plainly: {example}"


def test_signs_for_nothing_among_dressed_numbers_are_named_as_well():
    percent = [*(f"{i} %" for i in range(40)), "n/a", "?"]
    flags = flags_of(refused(percent))
    assert flags == "--kind 'v=Number(cast=percent)' --missing n/a --missing '?'"
    euros = refused([*(f"{i},98" for i in range(40)), "-"])
    assert euros.fix == 'write them with a point: 0.98 for "0,98"; --missing - for what is no number'


def test_many_signs_for_nothing_among_numbers_ask_to_be_declared():
    signs = ["NULL", "None", "-", "?", "n/a"]
    error = refused([*map(str, range(40)), *signs * 4])
    assert "20 values that are none" in error.what
    assert flags_of(error) == "--missing NULL --missing None --missing - --missing '?' --missing n/a"


@pytest.mark.parametrize(
    "values",
    [
        [*map(str, range(40)), *(f"{i}a" for i in range(13))],  # too many to stand for nothing
        [*map(str, range(40)), *(f"{i} is not a number" for i in range(5))],  # too long
        [*map(str, range(40)), *["NULL", "-", "?", "none"] * 11],  # more than half
        [*(f"0{i}" for i in range(1000, 1060)), "-"],  # codes
        ["(1)", "(2)", "(3)"] * 9,
        ["1,5", "2,5"] * 9,
        [f"192.168.1.{i}" for i in range(60)],
    ],
)
def test_texts_are_not_taken_for_numbers(values):
    infer("v", column(values), "input")


@pytest.mark.parametrize("text", ["12 May", "-", "", "1-2", "1,2,3", "(5", "$5%", "--5", "a5", "1.2.3"])
def test_what_is_no_numeral(text):
    assert numeral(text) is None


@pytest.mark.parametrize("text", ["1024,13 €", "€ 1024,13", "12,5", "0,241", "1,2345", "$1,00,000", "1,200,5", "1$2"])
def test_the_cast_of_money_refuses_a_comma_that_parts_no_thousands(text):
    with pytest.raises(KindError, match="are not numbers") as caught:
        fitted(Number(cast="currency"), ["$1,024.13", text])
    assert f'column "v" holds 1 different values that are not numbers, first in t.csv, line 3: "{text}"' in str(
        caught.value
    )
    with pytest.raises(KindError, match="are not numbers"):
        fitted(Number(cast="currency"), ["$1,024.13", "-$ 7"]).encode(pa.array([text]))


def test_the_cast_of_money_reads_signs_and_thousands():
    kind = fitted(Number(cast="currency"), ["$1,024.13", "-$ 7", "€5", "1,200,000 £", "3", "12\u00a0€"])
    assert (kind.low, kind.high) == (-7, 1_200_000)


@pytest.mark.parametrize(
    ("values", "fix"),
    [
        (["$1.5", "3"], "--kind 'v=Number(cast=currency)'"),
        (["12%", "3"], "--kind 'v=Number(cast=percent)'"),
        (["10,241", "3"], "--kind 'v=Number(cast=currency)', where a comma parts thousands"),
        (["31.12.2021", "01.01.2022"], "leave out --kind v=Number, or write the column as 2021-01-31"),
        (["n/a", "3"], "--missing n/a for what stands for nothing, or --kind v=Category if they are names"),
        (["12%", "n/a"], "--missing 12% --missing n/a for what stands for nothing, or --kind v=Category if they are"),
        (["1.024,13", "3"], "write a decimal comma as a point, and nothing between thousands"),
    ],
)
def test_texts_declared_as_numbers_are_answered_with_a_way_out_that_works(values, fix):
    with pytest.raises(KindError, match='column "v" holds') as caught:
        fitted(Number(), values)
    assert caught.value.fix.startswith(fix)
    if "cast=" in fix:
        words = caught.value.fix.split("'")[1].partition("=")[2]
        assert not np.isnan(kind_from_words(words).encode(pa.array(values)).array).any()


DAYS = ["01.01.2021 00:00", "1/31/2021", "31/01/2021", "2021/01/31", "01 Jan 2021", "31-Jan-21", "May 2, 2021"]
DAYS += ["1. Januar 2021", "12/31/20", "31.12.21", "Fri, 01 Jan 2021 10:00:00 GMT", "12/31/2021 3:15 PM"]


@pytest.mark.parametrize("text", DAYS)
def test_dates_that_are_not_iso_are_left_out_and_said(text):
    other = text.replace("20", "19") if "20" in text else text.replace("31", "30")
    kind, why = infer("v", column([text, other, None] * 12 + ["-"]), "input")
    assert kind is None
    assert why == "a date; written as 2021-01-31, --kind v=Number takes it as a number"


def test_dates_that_repeat_or_differ_are_dates_alike():
    for values in (
        [f"{d:02d}.{m:02d}.2021" for d in range(1, 29) for m in range(1, 13)],
        ["1/2/2021", "1/3/2021"] * 99,
    ):
        assert infer("v", column(values), "input")[1].startswith("a date; ")


def test_times_of_day_are_left_out_and_said():
    kind, why = infer("v", column([f"{h}:{m:02d}" for h in range(24) for m in (0, 30)]), "input")
    assert kind is None
    assert why.startswith("a time of day; ")


@pytest.mark.parametrize(
    "texts", [["16:9", "4:3"], ["1.2.10", "1.10.3"], ["Mary 2, 2022"], ["45/13/2021"], ["2021"], ["on 1.1.2021"], []]
)
def test_what_is_no_date(texts):
    assert not are_dates(dict.fromkeys(texts, 1))


def test_times_and_durations_are_read_as_numbers():
    for kind in (pa.time32("s"), pa.time64("us"), pa.duration("s")):
        whole = pa.array([1, 2, None], pa.int32() if pa.types.is_time32(kind) else pa.int64())
        assert Number().fit(Values("v", pa.chunked_array([whole.cast(kind)]), "t", 2), np.arange(3)).high == 2

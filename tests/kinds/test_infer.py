from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pytest

from lamina.data.table import Arrays, Files, Values
from lamina.errors import KindError
from lamina.kinds import Category, Image, Number, Tags, kind_from_words
from lamina.kinds.infer import flags_of, infer


def looked(values, role="input", name="v"):
    return infer(name, Values(name, pa.chunked_array([pa.array(values)]), "t.csv", 2), role)


@pytest.mark.parametrize(
    ("values", "role", "kind"),
    [
        (list(range(40)) * 2, "input", Number),
        ([0.5, 1.5, None] * 10, "input", Number),
        (["a", "b", "c"] * 10, "input", Category),
        ([True, False] * 10, "input", Category),
        (["yes", None] * 10, "input", Category),
        ([0, 1, 2] * 10, "target", Category),
        (list(range(100)) * 20, "target", Category),
        ([i * 17 % 97 + 17 for i in range(400)], "target", Number),
        ([0.0, 1.0] * 10, "target", Category),
        ([0.5, 1.0] * 10, "target", Number),
        (["a", "b"] * 10, "target", Category),
        ([["a"], ["a", "b"], []] * 5, "target", Tags),
        (["a;b", "b", "a;c", "c;b"] * 10, "target", Tags),
    ],
)
def test_values_name_their_kind_with_a_reason(values, role, kind):
    found, reason = looked(values, role)
    assert type(found) is kind
    assert reason


def test_the_separator_of_tags_is_found():
    assert looked(["a|b", "b|c", "a|c", "c|b|a"] * 10, "target")[0] == Tags(separator="|")
    assert isinstance(looked(["Doe, J", "Roe, R", "Poe, E"] * 10, "target")[0], Category)


def test_words_for_nothing_are_labels_like_any_other():
    kind, _ = looked(["NA", "None", "nan", "DE"] * 10)
    assert kind == Category()


def test_files_and_arrays_are_pictures():
    assert infer("v", Files("v", ["a"], lambda name: b""), "input")[0] == Image()
    assert infer("v", Arrays("v", np.zeros((2, 5, 5, 3))), "input")[0] == Image()
    assert infer("v", Arrays("v", np.zeros((2, 5, 5, 7))), "input")[0] is None


@pytest.mark.parametrize(
    ("values", "name", "why"),
    [
        ([f"text-{i}" for i in range(60)], "v", "a different text in each row"),
        ([f"text-{i % 55}" for i in range(110)], "v", "55 different texts in 110 rows"),
        (list(range(7, 67)), "v", "a row number"),
        ([i for i in range(300) if i not in (50, 60)], "v", "one after another but for 2 gaps"),
        ([i * i for i in range(60)], "customer_id", "an identifier"),
        (["x"] * 9, "v", "'x' in every row"),
        ([3] * 9, "v", "3 in every row"),
        ([0.5] * 9, "v", "0.5 in every row"),
        ([None] * 9, "v", "no value"),
        ([datetime.datetime(2020, 1, d) for d in range(1, 9)], "v", "a date; --kind v=Number"),
    ],
)
def test_what_is_of_no_use_is_left_out_with_the_reason(values, name, why):
    kind, reason = looked(values, name=name)
    assert kind is None
    assert why in reason


def test_sentences_are_free_text():
    kind, reason = looked([f"what was said in row {i}" for i in range(60)])
    assert (type(kind).__name__, reason) == ("Text", "free text")


def test_different_whole_numbers_that_are_no_identifier_stay_numbers():
    assert isinstance(looked([i * i for i in range(60)], name="paid")[0], Number)


@pytest.mark.parametrize(
    ("values", "cast"),
    [
        (["12%", "3.5 %", "7%"], "percent"),
        (["$3", "$1,200.50", "-$7"], "currency"),
        (["1 000", "22 500", "999"], "spaces"),
        (["1,200", "3,400,000", "12"], "currency"),
    ],
)
def test_numbers_written_as_text_stop_with_examples_and_a_cast_that_reads_them(values, cast):
    with pytest.raises(KindError, match='column "v" holds numbers written as text: "') as caught:
        looked(values * 5)
    assert all(f'"{value}"' in str(caught.value) for value in values if not value.isdigit())
    flag = flags_of(caught.value)
    assert flag == f"--kind 'v=Number(cast={cast})'"
    kind = kind_from_words(flag.split("=", 1)[1].rstrip("'"))
    assert not np.isnan(kind.encode(pa.array(values)).array).any()


def test_a_decimal_comma_is_not_taken_for_thousands():
    with pytest.raises(KindError, match="a decimal comma"):
        looked(["1,5", "2,25", "3"] * 5)


def test_a_sign_for_nothing_among_numbers_asks_to_be_declared():
    with pytest.raises(KindError, match='2 values that are none: "n/a"') as caught:
        looked([*map(str, range(40)), "n/a", "n/a"])
    assert flags_of(caught.value) == "--missing n/a"


def test_a_target_of_texts_that_do_not_repeat_stops():
    with pytest.raises(KindError, match="60 different texts in 60 rows; a Category should repeat itself"):
        looked([f"t{i}" for i in range(60)], "target")


def test_numbers_as_text_that_are_left_out_name_the_way_to_take_them():
    for values in ([f"{i}.5" for i in range(400)], [f"{i % 199}.5" for i in range(400)]):
        assert looked(values, name="a b")[1].endswith("; --kind 'a b=Number' takes it as a number")
    assert looked([f"k{i}" for i in range(400)])[1] == "a different text in each row: an identifier"

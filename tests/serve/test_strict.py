"""JSON at the door: what is wrong is named by its place, and nothing deep or large is parsed first."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamina.serve.refused import Refused
from lamina.serve.strict import DEEPEST, depth, parse

WRONG = {
    "not UTF-8": (b'{"rows": "\xff"}', "", "byte 11 of the body is not UTF-8"),
    "not JSON": (b"<html>", "", "not JSON"),
    "nothing": (b"", "", "not JSON"),
    "two values": (b"{} {}", "", "Extra data"),
    "a mark of order": (b"\xef\xbb\xbf{}", "", "not JSON"),
    "NaN": (b'{"rows": [{"a": 1}, {"a": NaN}]}', "rows[1].a", "NaN"),
    "Infinity": (b'{"rows": [{"a": [0, -Infinity]}]}', "rows[0].a[1]", "-Infinity"),
    "a number past all floats": (b'{"rows": [{"a": 1e999}]}', "rows[0].a", "1e999"),
    "a number of too many digits": (b'{"rows": [' + b"9" * 5_000 + b"]}", "rows[0]", "5,000 digits"),
    "a key twice": (b'{"rows": [{"a": 1, "b": 2, "a": 3}]}', "rows[0].a", '"a" stands twice'),
    "rows twice": (b'{"rows": [], "rows": []}', "rows", "twice"),
    "half of a pair": (rb'{"rows": [{"a": "\ud800"}]}', "rows[0].a", "surrogate"),
    "half of a pair in a name": (rb'{"\uDFFF": 1}', "", "surrogate"),
    "too deep": (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "", "deep"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_refused_with_its_place(case):
    data, field, told = WRONG[case]
    with pytest.raises(Refused) as refused:
        parse(data)
    assert refused.value.status == 400
    assert (refused.value.field, told in refused.value.what) == (field, True)


def test_depth_is_that_of_lists_and_not_of_brackets_in_texts():
    assert depth(b'{"a": [[1], {"b": "[[[[\\"[[", "c": "]]]"}]}') == 3
    assert depth(b'"[[[[') == 0
    assert depth(b'"' + b"]" * 99 + b'"' + b"[" * 99) == 99


BOMBS = {
    "deep": b"[" * 10**6,
    "deep after closings in a text": b'["' + b"]" * 10**6 + b'"' + b"[" * 10**6,
    "a text without end, full of escapes": b'["' + b'\\"' * 10**6,
    "texts without end": b'"\\' * 10**6,
    "a number without end": b"[" + b"1" * 10**6 + b"]",
    "many keys, one twice": json.dumps({str(i): 0 for i in range(10**5)})[:-1].encode() + b', "99999": 0}',
}


@pytest.mark.parametrize("case", BOMBS)
def test_a_bomb_is_refused_at_once(case):
    began = time.process_time()
    with pytest.raises(Refused):
        parse(BOMBS[case])
    assert time.process_time() - began < 1


PLAIN = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=4), PLAIN | st.text(max_size=6) | st.lists(PLAIN, max_size=3))))
def test_what_is_right_comes_through_as_it_is(value):
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value

"""Rows of unequal length against plain lists of arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamina.ragged import Ragged, joined

ROWS = st.lists(st.lists(st.integers(-99, 99), max_size=6), min_size=1, max_size=8)
SPANS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), min_size=1, max_size=8)


def listed(ragged: Ragged) -> list[list[int]]:
    return [row.tolist() for row in ragged]


def of(rows: list[list[int]]) -> Ragged:
    return Ragged.of([np.array(row, np.int32) for row in rows])


def windows(spans: list[tuple[int, int]]) -> Ragged:
    """Rows on one long array, wherever they lie."""
    starts, lengths = np.array(spans).T
    return Ragged(np.arange(100, 130, dtype=np.int32), starts, lengths)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_rows_come_back_as_they_were_put_in(rows):
    made = of(rows)
    assert listed(made) == rows
    assert [made.row(i).tolist() for i in range(len(made))] == rows
    assert made.dtype == np.int32
    assert made.nbytes == 4 * sum(map(len, rows))
    assert made.owners().tolist() == [i for i, row in enumerate(rows) for _ in row]


@settings(max_examples=100, deadline=None)
@given(SPANS, st.data())
def test_some_rows_are_those_of_a_list_however_they_are_asked_for(spans, data):
    made = windows(spans)
    rows, n = listed(made), len(spans)
    numbers = data.draw(st.lists(st.integers(0, n - 1), max_size=9))
    truths = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    cut = data.draw(st.slices(n))
    assert listed(made[np.array(numbers, np.int64)]) == [rows[i] for i in numbers]
    assert listed(made[np.array(truths)]) == [row for row, true in zip(rows, truths, strict=True) if true]
    assert listed(made[cut]) == rows[cut]
    again = made[cut]
    assert len(again.values) <= sum(map(len, rows[cut]))  # and nothing is held that no row needs


def test_what_windows_share_stays_shared_and_what_they_do_not_need_is_left():
    made = windows([(i, 8) for i in range(20)])
    some = made[5:15]
    assert some.values.tolist() == list(range(105, 122))
    assert np.shares_memory(some.values, made.values)
    assert listed(some) == listed(made)[5:15]
    far = made[np.array([0, 19])]
    assert len(far.values) == 16  # not all that lies between


@settings(max_examples=60, deadline=None)
@given(SPANS, st.integers(0, 12))
def test_padding_stands_after_the_end_of_each_row(spans, least):
    made = windows(spans)
    wide = made.padded(-1, least=least)
    assert wide.shape == (len(spans), max(least, *(n for _, n in spans)))
    for row, values in zip(wide.tolist(), listed(made), strict=True):
        assert row == values + [-1] * (wide.shape[1] - len(values))


def test_rows_of_vectors_are_padded_with_vectors():
    made = Ragged.of([np.ones((2, 3)), np.zeros((0, 3)), np.full((1, 3), 5.0)])
    wide = made.padded(7.0)
    assert wide.shape == (3, 2, 3)
    assert wide[:, :, 0].tolist() == [[1, 1], [7, 7], [5, 7]]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SPANS, st.booleans()), min_size=1, max_size=4))
def test_several_are_joined_row_after_row(parts):
    made = [windows(spans) if overlap else of(listed(windows(spans))) for spans, overlap in parts]
    assert listed(joined(made)) == [row for part in made for row in listed(part)]


def test_arrays_are_joined_as_arrays():
    assert joined([np.ones((2, 3)), np.zeros((1, 3))]).shape == (3, 3)


def test_no_rows_hold_what_is_said_of_them():
    made = Ragged.of([], np.float32, (4,))
    assert (len(made), made.dtype, made.values.shape) == (0, np.float32, (0, 4))
    assert made.padded(0.0, least=2).shape == (0, 2, 4)
    assert len(windows([(3, 4)])[np.zeros(0, np.int64)]) == 0


def test_a_row_is_not_changed_by_padding_and_numbers_beyond_are_refused():
    made = of([[1, 2], [3]])
    made.padded(0)[:] = 9
    assert listed(made) == [[1, 2], [3]]
    with pytest.raises(IndexError):
        made[np.array([2])]

"""Edits of texts, held against jiwer."""

import jiwer
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamina.metrics.edits import edit_figures, edits

words = st.lists(st.sampled_from(["a", "bc", "def", "gh"]), min_size=1, max_size=9).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(words, words | st.just("")), min_size=1, max_size=5))
def test_the_rates_are_those_of_jiwer(rows):
    truth, answer = map(list, zip(*rows, strict=True))
    sums = edit_figures(truth, answer).sum(0)
    assert sums[0] / sums[1] == pytest.approx(jiwer.wer(truth, answer))
    assert sums[2] / sums[3] == pytest.approx(jiwer.cer(truth, answer))


def test_the_distance_is_one_both_ways_and_zero_to_oneself():
    draw = np.random.default_rng(0)
    for _ in range(50):
        a, b = (draw.integers(0, 3, draw.integers(0, 8)).tolist() for _ in range(2))
        assert edits(a, b) == edits(b, a)
        assert edits(a, a) == 0
        assert edits(a, []) == len(a)
        assert abs(len(a) - len(b)) <= edits(a, b) <= max(len(a), len(b))


def test_blanks_do_not_count_and_a_right_row_is_right():
    figures = edit_figures(["one  two", "three"], ["one two", "tree"])
    assert figures.tolist() == [[0, 2, 0, 7, 1, 1], [1, 1, 1, 5, 0, 1]]

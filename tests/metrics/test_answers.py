"""Exact and F1 as the script of SQuAD counts them."""

from __future__ import annotations

import pytest

from lamina.kinds.span import Span
from lamina.metrics import scored
from lamina.metrics.answers import overlap, words


@pytest.mark.parametrize(
    ("truth", "answer", "f1", "exact"),
    [
        ("the Denver Broncos", "Denver Broncos!", 1.0, 1),
        ("Denver Broncos", "the team of Denver", 2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2), 0),
        ("308", "308 points", 2 / 3, 0),
        ("A", "the", 1.0, 1),  # articles alone are nothing at all
        ("a b b c", "b b b", 2 * 2 / 6, 0),
        ("Paris", "Rome", 0.0, 0),
        ("Paris", "", 0.0, 0),
    ],
)
def test_they_count_words_without_articles_signs_and_letters_size(truth, answer, f1, exact):
    assert overlap(words(truth), words(answer)) == pytest.approx(f1)
    found = scored(Span(), [truth], [answer])
    assert found["f1"]["value"] == pytest.approx(f1)
    assert found["exact"]["value"] == exact


def test_no_answer_is_wrong_and_counted():
    found = scored(Span(), ["x", "y", "z"], ["x", None, "z"])
    assert (found["f1"]["value"], found["exact"]["n"]) == (pytest.approx(2 / 3), 3)

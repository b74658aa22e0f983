"""Chains laid beside each other, and what is said of kin in training."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lamina.data.relatives import beside, nearest, relatives
from lamina.data.split import Split
from lamina.data.table import Table, Values
from lamina.kinds import Field, Number, Schema
from lamina.kinds.protein import Protein

pytest.importorskip("gemmi")
DRAW = np.random.default_rng(0)
ONE, OTHER, THIRD = ("".join(DRAW.choice(list("ACDEFGHIKLMNPQRSTVWY"), 90)) for _ in range(3))


def test_a_chain_with_a_piece_taken_out_lies_beside_itself():
    laid = beside(ONE, ONE[:30] + ONE[45:])
    assert laid.mine.tolist() == [*range(30), *range(45, 90)]
    assert laid.theirs.tolist() == list(range(75))
    assert laid.alike == 1.0


def test_a_chain_with_a_piece_put_in_lies_beside_itself():
    laid = beside(ONE, ONE[:40] + "WWWW" + ONE[40:])
    assert laid.theirs.tolist() == [*range(40), *range(44, 94)]


def test_the_nearest_is_the_one_whose_letters_fit_best():
    changed = "".join("A" if i % 4 == 0 else letter for i, letter in enumerate(ONE))
    place, laid = nearest(changed, [OTHER, ONE, THIRD])
    assert place == 1
    assert laid.kin
    assert not beside(ONE, OTHER).kin


@pytest.mark.parametrize(("letters", "share"), [(50, 0.42), (150, 0.24), (450, 0.195)])
def test_the_shorter_two_chains_are_the_more_alike_kin_have_to_be(letters, share):
    """The published curve at three lengths."""
    for change, wanted in ((0.01, True), (-0.03, False)):
        same = round((share + change) * letters)
        one = "A" * letters
        assert beside(one, "A" * same + "S" * (letters - same)).kin == wanted


def told(test: list[str], kind=Protein) -> list[dict]:
    train = [ONE, THIRD]
    column = Values("sequence", pa.chunked_array([pa.array([*train, *test])]))
    schema = Schema((Field("sequence", kind(), "input"), Field("y", Number(), "target")))
    rows = np.arange(len(train) + len(test))
    return relatives(Table({"sequence": column}, "t"), schema, Split(rows[:2], rows[:0], rows[2:], "", ""))


def test_kin_of_training_chains_are_said_and_strangers_are_not():
    (record,) = told([ONE[:80], OTHER])
    assert record["text"].startswith("1 of 2 test chains are related to a training chain")
    assert record["count"] == 1
    assert told([OTHER]) == []
    assert told([ONE], Number) == []


def test_nothing_is_looked_for_where_it_would_take_too_long(monkeypatch):
    monkeypatch.setattr("lamina.data.relatives.MOST", 3)
    assert told([ONE[:80], OTHER]) == []

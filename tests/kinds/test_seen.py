from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lamina.data.table import Values
from lamina.kinds import Category, Number, Tags, base
from lamina.kinds import number as numbers
from lamina.kinds import seen as looks
from lamina.kinds.infer import infer
from lamina.kinds.seen import seen

COLUMNS = {
    "floats with gaps": [0.5, None, float("inf"), -2.0, 0.5, float("nan"), 7.25] * 5,
    "whole numbers in a row": list(range(35)),
    "few whole numbers": [1, 2, 3, 1, None] * 7,
    "the same": [4] * 35,
    "the same or nothing": [4, None, 4, 4, 4] * 7,
    "texts": ["a", "b", None, "c", "b"] * 7,
    "sentences": [f"number {i} of many" for i in range(35)],
    "truths": [True, None, False, True, True] * 7,
}


def column(values):
    return Values("v", pa.chunked_array([pa.array(values)]), "t.csv", 2)


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("role", ["input", "target"])
def test_a_column_is_of_the_same_kind_whether_looked_at_in_one_piece_or_in_several(monkeypatch, name, role):
    whole = infer("v", column(COLUMNS[name]), role)
    monkeypatch.setattr(base, "PIECE", 4)
    assert infer("v", column(COLUMNS[name]), role) == whole


def test_different_values_are_told_apart_up_to_a_bound(monkeypatch):
    monkeypatch.setattr(base, "PIECE", 10)
    monkeypatch.setattr(looks, "MOST", 15)
    found = seen(column([float(i) for i in range(100)]))
    assert (found.different, found.counted, found.known, found.low, found.high) == (20, 20, 100, 0.0, 99.0)
    assert found.said == "more than 15"
    assert found.each_once


def test_a_row_number_is_known_beyond_the_bound(monkeypatch):
    monkeypatch.setattr(base, "PIECE", 10)
    monkeypatch.setattr(looks, "MOST", 15)
    assert infer("v", column(list(range(100))), "input")[0] is None
    assert infer("v", column([2 * i for i in range(100)]), "input")[0] == Number()


def test_a_kind_is_fitted_alike_in_one_piece_and_in_several(monkeypatch):
    rows = np.arange(0, 3000, 2)
    values = np.random.default_rng(0).gamma(2.0, size=3000)
    values[::50] = np.nan
    texts = [["a", "b", None][i % 3] for i in range(3000)]
    whole = Number().fit(column(values), rows)
    words = Category().fit(column(texts), rows), Tags().fit(column([[t] for t in texts]), rows)
    monkeypatch.setattr(base, "PIECE", 400)
    monkeypatch.setattr(numbers, "PIECE", 400)
    fitted = Number().fit(column(values), rows)
    assert (fitted.low, fitted.high, fitted.missing) == (whole.low, whole.high, whole.missing)
    assert fitted.mean == pytest.approx(whole.mean, rel=1e-12)
    assert fitted.std == pytest.approx(whole.std, rel=1e-12)
    assert np.allclose(fitted.edges[5:25], whole.edges[5:25], atol=0.2)  # of every fourth row
    assert words == (Category().fit(column(texts), rows), Tags().fit(column([[t] for t in texts]), rows))

"""Columns of frames that arrow has no type for: what can be told of them is, and the others are left out."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image as Pictures

from lamina.data.locked import load_locked, save_locked
from lamina.data.schema import make_schema
from lamina.data.sources import open_source
from lamina.data.sources.join import join
from lamina.data.table import Objects
from lamina.errors import SourceError
from lamina.findings import Findings
from lamina.kinds import Category, Number

ROWS = 40


def beside(q):
    """A frame with a column in the middle that nothing else depends on."""
    return pd.DataFrame({"x": np.arange(ROWS) / 7, "q": q, "y": ["a", "b"] * (ROWS // 2)})


def schema_of(frame, target="y", inputs=(), kinds=None):
    findings = Findings()
    return make_schema(open_source(frame), target, inputs, kinds or {}, findings), findings


def objects(values):
    return pd.Series(values, dtype=object)


ODD = {
    "different": (
        objects(["a", {}, 3, None] * 10),
        "values of different types: str in row 0, dict in row 1, int in row 2",
    ),
    "numbers": (
        objects([None, 1, 2.5, "?"] * 10),
        "values of different types: int in row 1, float in row 2, str in row 3",
    ),
    "complex": (pd.Series(np.arange(ROWS) + 1j), "values of a type that no kind takes: complex in row 0"),
    "pictures": (
        objects([None] + [Pictures.new("L", (2, 2))] * 39),
        "values of a type that no kind takes: Image in row 1",
    ),
    "arrays": (objects([np.ones((2, 2))] * ROWS), "values of a type that no kind takes: ndarray in row 0"),
    "fields": (objects([{}] * ROWS), "values of a type that no kind takes: struct<>"),
    "surrogates": (objects(["a", "\ud800"] * 20), "text with half of a surrogate pair, in row 1"),
    "categories": (pd.Series(pd.Categorical([1, "a"] * 20)), "values of different types: int in row 0, str in row 1"),
}


@pytest.mark.parametrize("name", ODD)
def test_a_column_that_cannot_be_read_is_left_out_with_what_it_holds(name):
    values, why = ODD[name]
    schema, findings = schema_of(beside(values))
    assert not findings.errors
    assert schema.left_out == {"q": why}
    assert [f.name for f in schema.inputs] == ["x"]


def test_intervals_in_a_table_of_arrow_are_left_out():
    schema, findings = schema_of(pa.Table.from_pandas(beside(pd.cut(pd.Series(range(ROWS)), 4))))
    assert not findings.errors
    assert schema.left_out["q"].startswith("values of a type that no kind takes: dictionary")


def test_objects_of_polars_are_left_out():
    frame = pl.DataFrame({"x": [1.5, 2.5] * 20, "q": pl.Series([{1}, 2] * 20, dtype=pl.Object), "y": ["a", "b"] * 20})
    schema, findings = schema_of(frame)
    assert not findings.errors
    assert schema.left_out == {"q": "values of different types: set in row 0, int in row 1"}


@pytest.mark.parametrize("asked", [{"target": "q"}, {"inputs": ("x", "q")}, {"kinds": {"q": Number()}}])
def test_a_column_that_cannot_be_read_and_is_asked_for_stops_with_what_to_type(asked):
    _, findings = schema_of(beside(ODD["different"][0]), **asked)
    error = findings.errors[0][0]
    assert isinstance(error, SourceError)
    assert (
        error.what == 'column "q" of frame holds values of different types: str in row 0, dict in row 1, int in row 2'
    )
    assert 'frame["q"].map(float) or .map(str)' in error.fix


def test_the_last_column_is_the_target_though_it_cannot_be_read():
    _, findings = schema_of(beside(ODD["complex"][0])[["x", "y", "q"]], target=None)
    assert 'column "q" of frame holds values of a type' in str(findings.errors[0][0])


def test_what_cannot_be_read_is_not_among_the_locked_rows_and_stays_so_when_joined():
    table = open_source(beside(ODD["complex"][0]))
    kept, _ = save_locked(table, np.arange(3))
    assert list(load_locked(kept).columns) == ["x", "y"]
    joined = join(open_source(beside(1.5)), table, "test", "y", Findings())
    assert isinstance(joined.columns["q"], Objects)
    assert len(joined) == 2 * ROWS


def test_intervals_are_categories_called_by_their_text():
    cut = pd.cut(pd.Series([0.5, 1.5, None, 2.5] * 10), [0.0, 1.0, 2.0, 3.0])
    for q in (cut, pd.Series(pd.arrays.IntervalArray(cut))):
        table = open_source(beside(q))
        assert table.columns["q"].take(np.arange(4)).to_pylist() == ["(0.0, 1.0]", "(1.0, 2.0]", None, "(2.0, 3.0]"]
        assert isinstance(next(f.kind for f in schema_of(beside(q))[0].inputs if f.name == "q"), Category)


def test_periods_are_their_starts_and_sparse_numbers_are_numbers():
    columns = open_source(beside(pd.Series(pd.period_range("2020-01", periods=ROWS, freq="M")))).columns
    assert str(columns["q"].array[1]) == "2020-02-01 00:00:00"
    sparse = pd.Series(pd.arrays.SparseArray([0.0, 2.0] * 20))
    assert open_source(beside(sparse)).columns["q"].array.to_pylist() == [0.0, 2.0] * 20


def test_whole_numbers_that_64_bits_do_not_hold_and_paths_are_text():
    big = [10**25, None, 3, 4]
    for rows in (pd.DataFrame({"a": objects(big)}), pl.DataFrame({"a": pl.Series(big, dtype=pl.Int128)})):
        assert open_source(rows).columns["a"].array.to_pylist() == [str(10**25), None, "3", "4"]
    assert open_source([{"a": value} for value in big]).columns["a"].array.to_pylist()[0] == str(10**25)
    assert open_source(beside(objects([pathlib.Path("a")] * ROWS))).columns["q"].type == pa.string()


@pytest.mark.parametrize("more", [[], ["no object"]], ids=["by arrow", "line by line"])
def test_whole_numbers_of_json_that_64_bits_do_not_hold_are_floats(tmp_path, more):
    big = [10**25, None, 3]
    (tmp_path / "t.jsonl").write_text("\n".join([*(json.dumps({"a": value}) for value in big), *more]))
    assert open_source(tmp_path / "t.jsonl").columns["a"].array.to_pylist() == [1e25, None, 3.0]


def test_names_of_two_types_and_an_index_with_a_name_are_read_without_a_word(recwarn):
    frame = pd.DataFrame({1: [1.5, 2.5], "a": [1, 2]}, index=pd.Index(["u", "v"], name="who"))
    columns = open_source(frame).columns
    assert {name: column.array.to_pylist() for name, column in columns.items()} == {
        "1": [1.5, 2.5],
        "a": [1, 2],
        "who": ["u", "v"],
    }
    assert not recwarn.list

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image as Pictures

from lamina.data.schema import make_schema
from lamina.data.sources import open_source
from lamina.data.table import Arrays, Table, Values
from lamina.errors import KindError, SourceError
from lamina.findings import Findings
from lamina.kinds import Audio, Category, Image, Number, Text
from lamina.kinds.photo import Photo


def table_of(target="", **columns):
    made = {name: Values(name, pa.chunked_array([pa.array(v)]), "t.csv", 2) for name, v in columns.items()}
    return Table(made, "t.csv", target=target)


@pytest.fixture
def table():
    return table_of(a=np.arange(60) % 7, b=["p", "q", "r"] * 20, c=["u", "v"] * 30)


def made(table, target=None, inputs=(), kinds=None):
    findings = Findings()
    return make_schema(table, target, inputs, kinds or {}, findings), findings


def test_the_last_column_is_the_target_and_the_reason_names_the_flag(table):
    schema, _ = made(table)
    assert schema.target.name == "c"
    assert "the last column; --target COLUMN" in schema.target.reason
    assert [type(f.kind) for f in schema.inputs] == [Number, Category]


def test_the_target_of_the_source_and_the_one_asked_for_come_before(table):
    assert made(Table(table.columns, "t", target="b"))[0].target.name == "b"
    assert made(Table(table.columns, "t", target="b"), "a")[0].target.name == "a"
    named_none = table_of(a=np.arange(60) % 7, none=["u", "v"] * 30)
    assert [f.role for f in made(named_none, "none")[0].fields] == ["input", "input"]


def test_inputs_and_kinds_asked_for_are_taken(table):
    schema, _ = made(table, None, ["a"], {"a": Category()})
    assert [(f.name, type(f.kind), f.reason) for f in schema.inputs] == [("a", Category, "asked for")]
    assert schema.left_out == {"b": "not among the inputs asked for"}


@pytest.mark.parametrize(
    ("target", "inputs", "kinds", "flag"),
    [("aa", [], {}, "--target"), (None, ["aa"], {}, "--input"), (None, [], {"aa": Number()}, "--kind")],
)
def test_an_unknown_name_is_met_with_the_nearest(target, inputs, kinds, flag):
    table = table_of(aaa=np.arange(20) % 3, y=["u", "v"] * 10)
    _, findings = made(table, target, inputs, kinds)
    with pytest.raises(SourceError, match=f'{flag} names "aa"[^$]*did you mean "aaa"'):
        findings.raise_errors()


@pytest.mark.parametrize("values", [["u"] * 20, [1] * 20, [2.5] * 20, [None] * 19 + ["u"], [None] * 20])
def test_a_target_that_is_constant_or_missing_stops(values):
    _, findings = made(table_of(a=np.arange(20.0), b=np.ones(20), y=values))
    with pytest.raises(SourceError, match='the target "y"'):
        findings.raise_errors()


def test_rows_without_an_answer_are_counted():
    _, findings = made(table_of(a=np.arange(21) * 0.5, y=["u", "v", None] * 7))
    assert findings.warnings["target missing"].startswith("7 rows")


def test_no_input_left_stops_with_the_reasons():
    _, findings = made(table_of(a=["x"] * 20, y=["u", "v"] * 10))
    with pytest.raises(SourceError, match=r"no column of t\.csv is left as an input .*'x' in every row"):
        findings.raise_errors()


def test_all_problems_are_gathered_with_one_command_to_paste():
    table = table_of(
        p=[f"{i}%" for i in range(40)], q=[f"${i}" for i in range(40)], r=[*map(str, range(39)), "?"], y=["u", "v"] * 20
    )
    _, findings = made(table)
    assert len(findings.errors) == 3
    assert all(isinstance(error, KindError) for error, _ in findings.errors)
    assert findings.flags() == "--kind 'p=Number(cast=percent)' --kind 'q=Number(cast=currency)' --missing '?'"


@pytest.mark.parametrize("kind", [Image(), Photo(), Audio()])
def test_a_kind_that_reads_files_is_not_taken_for_a_column_of_text(table, kind):
    _, findings = made(table, kinds={"b": kind})
    with pytest.raises(KindError, match=rf'"b" of t\.csv is to be {type(kind).__name__}, and holds text, such as "p"'):
        findings.raise_errors()


def test_numbers_are_no_pictures_and_arrays_no_text(table):
    _, findings = made(table, kinds={"a": Image()})
    with pytest.raises(KindError, match="holds plain values"):
        findings.raise_errors()
    shaped = Table({"x": Arrays("x", np.zeros((60, 8, 8), np.uint8)), "c": table.columns["c"]}, "t.npz")
    _, findings = made(shaped, kinds={"x": Text()})
    with pytest.raises(KindError, match="holds arrays of one shape"):
        findings.raise_errors()
    _, findings = made(shaped, kinds={"x": Image()})
    findings.raise_errors()


def test_a_picture_to_be_restored_answers_nothing_else(table):
    columns = {"my x": Arrays("my x", np.zeros((60, 8, 8), np.uint8)), "c": table.columns["c"]}
    _, findings = made(Table(columns, "t.npz"), kinds={"my x": Photo()})
    with pytest.raises(KindError, match='target "c", a Category') as caught:
        findings.raise_errors()
    assert caught.value.fix == "--kind 'my x=Image'"
    both = dict.fromkeys(("small", "large"), columns["my x"])
    _, findings = made(Table(both, "t.npz"), "large", kinds=dict.fromkeys(both, Photo()))
    findings.raise_errors()


def test_where_paths_of_pictures_were_looked_for_is_said(tmp_path):
    (tmp_path / "t.csv").write_text("picture,label\n" + "".join(f"pics/{i}.png,{'ab'[i % 2]}\n" for i in range(40)))
    findings = Findings()
    table = open_source(tmp_path / "t.csv", findings=findings)
    make_schema(table, "label", (), {"picture": Image()}, findings)
    with pytest.raises(KindError, match=r'"pics/0\.png".* none is a file within its folder, ') as caught:
        findings.raise_errors()
    assert str(tmp_path) in str(caught.value)


def of_bytes(values):
    rows = {"n": [float(i) for i in range(len(values))], "q": values, "y": ["a", "b"] * (len(values) // 2)}
    return open_source(pa.table(rows))


def test_bytes_that_are_no_pictures_are_left_out():
    schema, findings = made(of_bytes([b"ab", None] * 20))
    assert not findings.errors
    assert schema.left_out == {"q": "bytes that begin as no picture and no sound does"}


def test_bytes_are_pictures_where_one_of_them_is_though_the_first_are_damaged():
    out = io.BytesIO()
    Pictures.new("L", (4, 4)).save(out, "PNG")
    schema, findings = made(of_bytes([b"ab", None, b"<html>", out.getvalue()] * 10))
    assert not findings.errors
    assert {f.name: type(f.kind).__name__ for f in schema.inputs}["q"] == "Image"


CODES = [7, 7, 31, 250, None, 31, 7, 250] * 10


def beside(values):
    return {"x": [i / 7 for i in range(len(values))], "q": values, "y": [float(i % 7) for i in range(len(values))]}


def by_arrow(values):
    return pa.table(beside(pa.array(values).dictionary_encode()))


def by_pandas(values):
    return pd.DataFrame(beside(pd.Categorical(values)))


def by_polars(values):
    return pl.DataFrame(beside(pl.Series(values, dtype=pl.Categorical)))


def kind_of_q(source):
    """The kind of a column with the reason, or why it is left out."""
    schema, findings = made(open_source(source), "y")
    assert not findings.errors
    return schema.left_out.get("q") or next((f.kind, f.reason) for f in schema.inputs if f.name == "q")


@pytest.mark.parametrize("frame", [by_arrow, by_pandas])
def test_whole_numbers_that_their_dtype_calls_categories_are_some(frame):
    assert kind_of_q(frame(CODES)) == (Category(), "its dtype says so")


@pytest.mark.parametrize("frame", [by_arrow, by_pandas, by_polars])
def test_texts_that_their_dtype_calls_categories_are_some_though_they_are_many(frame):
    assert kind_of_q(frame([f"{i // 2}%" for i in range(400)])) == (Category(), "its dtype says so")
    assert kind_of_q(frame([f"k{i}" for i in range(400)])) == "a different text in each row: an identifier"
    assert kind_of_q(frame(["a"] * 400)) == "'a' in every row"


def test_texts_that_parquet_keeps_as_categories_are_some(tmp_path):
    by_pandas([f"{i // 2}%" for i in range(400)]).to_parquet(tmp_path / "t.parquet")
    assert kind_of_q(tmp_path / "t.parquet") == (Category(), "its dtype says so")


def test_a_target_that_its_dtype_calls_categories_is_one():
    frame = pd.DataFrame({"x": np.arange(240) / 7, "y": pd.Categorical(np.arange(240) % 60 * 3)})
    schema, findings = made(open_source(frame), "y")
    assert not findings.errors
    assert isinstance(schema.target.kind, Category)

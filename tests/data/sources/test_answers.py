"""An answer is one column, and no column of it is an input, whatever array it came as."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lamina.data.schema import make_schema
from lamina.data.sources import ReadOptions, open_source
from lamina.errors import SourceError
from lamina.findings import Findings
from lamina.kinds import Category, Tags

X = np.arange(24.0).reshape(12, 2)
CLASSES = np.arange(12) % 3
ONE_HOT = np.eye(3)[CLASSES]
ON = np.array([[1, 0, 0], [1, 0, 1], [0, 0, 0]] * 4)


def saved(tmp_path, y):
    np.savez(tmp_path / "t.npz", x=X, y=y)
    return tmp_path / "t.npz"


WAYS = {"pair": lambda _, y: (X, y), "dict": lambda _, y: {"x": X, "y": y}, "npz": saved}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [float, int, bool])
def test_columns_of_which_one_is_on_are_a_class(tmp_path, way, kind):
    findings = Findings()
    table = open_source(WAYS[way](tmp_path, ONE_HOT.astype(kind)), findings=findings)
    assert list(table.columns) == ["x1", "x2", "y"]
    assert table.columns["y"].array.to_pylist() == CLASSES.tolist()
    assert isinstance(make_schema(table, None, (), {}, findings).target.kind, Category)
    assert '"y" is 3 columns of 0 and 1, one of them 1 in each row' in findings.warnings["one-hot"]


def test_many_columns_of_which_one_is_on_are_a_class_and_no_number():
    table = open_source((np.zeros((90, 1)), np.eye(45)[np.arange(90) % 45]))
    assert isinstance(make_schema(table, None, (), {}, Findings()).target.kind, Category)


@pytest.mark.parametrize("way", WAYS)
def test_columns_of_which_any_number_is_on_are_labels(tmp_path, way):
    findings = Findings()
    table = open_source(WAYS[way](tmp_path, ON), findings=findings)
    assert list(table.columns) == ["x1", "x2", "y"]
    assert table.columns["y"].take(np.arange(3)).to_pylist() == [["0"], ["0", "2"], []]
    assert isinstance(make_schema(table, None, (), {}, findings).target.kind, Tags)
    assert "a list of labels in each row" in findings.warnings["labels on"]


def test_where_labels_are_known_of_one_label_in_each_row_is_a_list_too():
    column = open_source((X, ONE_HOT), ReadOptions(tags=True)).columns["y"]
    assert column.take(np.arange(3)).to_pylist() == [["0"], ["1"], ["2"]]


@pytest.mark.parametrize(
    ("y", "fix"),
    [
        (X, r"y\[:, 0\], one column at a time; or y\.argmax\(1\)"),
        (ON * 2, r"y\[:, 0\], one column at a time"),
        (np.where(ONE_HOT == 1, np.nan, 0), r"y\.argmax\(1\)"),
        (np.array([["a", "b"]] * 12), r"y\.tolist\(\), for a list of labels in each row"),
    ],
)
def test_an_answer_of_several_columns_is_refused_with_what_to_type(y, fix):
    with pytest.raises(SourceError, match=rf'the answer "y" has \d columns[^$]*one answer a row[^$]*{fix}'):
        open_source((X, y))


def test_the_column_that_is_asked_for_is_the_answer():
    table = open_source({"x": X, "sort": ONE_HOT}, ReadOptions(target="sort"))
    assert (list(table.columns), table.target) == (["x1", "x2", "sort"], "sort")


def test_an_answer_of_one_column_is_that_column():
    assert open_source((X, CLASSES[:, None])).columns["y"].array.to_pylist() == CLASSES.tolist()


UNEVEN, EVEN = [["a", "b"], ["c"], []], [["a", "b"], ["c", "d"], ["e", "f"]]


@pytest.mark.parametrize("y", [UNEVEN, EVEN, np.array(UNEVEN, dtype=object)])
def test_lists_of_texts_are_labels_where_they_are_an_answer(y):
    column = open_source((X[:3], y)).columns["y"]
    assert column.type == pa.list_(pa.string())
    assert column.take(np.arange(3)).to_pylist() == list(y)
    assert list(open_source([["a", "b"], ["c", "d"]]).columns) == ["x1", "x2"]


def test_rows_of_different_lengths_are_refused_in_words():
    with pytest.raises(SourceError, match='"x" holds rows of different lengths'):
        open_source(([[1, 2], [3]], [0, 1]))


def test_texts_as_objects_have_the_fingerprint_of_what_they_say():
    first, second, other = (open_source({"a": np.array(["x", word + "!"], object)}) for word in ("y", "y", "z"))
    assert first.fingerprint == second.fingerprint != other.fingerprint

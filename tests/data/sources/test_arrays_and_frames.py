from __future__ import annotations

import io
import json
import os
import struct

import networkx
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.sparse
import torch
from PIL import Image as Pictures

from lamina.data.schema import make_schema
from lamina.data.sources import ReadOptions, open_source
from lamina.data.table import Arrays, Files
from lamina.errors import SourceError
from lamina.findings import Findings
from lamina.kinds import Category


class Trap:
    """Makes a folder when it is loaded."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_pair_of_arrays_has_the_second_as_target():
    table = open_source((np.ones((5, 2, 3), np.uint8), [0, 1, 0, 1, 1]))
    assert isinstance(table.columns["x"], Arrays)
    assert table.target == "y"


def test_arrays_named_by_part_are_put_end_to_end(tmp_path):
    made = {"x_train": np.zeros((4, 3)), "y_train": np.arange(4), "x_test": np.ones((2, 3)), "y_test": np.arange(2)}
    np.savez(tmp_path / "t.npz", **made)
    table = open_source(tmp_path / "t.npz")
    assert table.parts.tolist() == ["train"] * 4 + ["test"] * 2
    assert table.columns["x1"].array.to_pylist() == [0.0] * 4 + [1.0] * 2


def test_an_array_without_its_pair_in_a_part_is_named():
    with pytest.raises(SourceError, match="no array y_test"):
        open_source({"x_train": np.zeros(2), "y_train": np.zeros(2), "x_test": np.zeros(2)})


@pytest.mark.parametrize("ending", ["npy", "npz"])
def test_arrays_of_objects_are_never_loaded(tmp_path, ending):
    path = tmp_path / f"t.{ending}"
    objects = np.array([Trap(tmp_path / "sprung"), "x"], dtype=object)
    np.save(path, objects) if ending == "npy" else np.savez(path, x=objects)
    with pytest.raises(SourceError, match="holds Python objects"):
        open_source(path)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("ending", ["pkl", "joblib", "pt"])
def test_pickles_are_never_loaded(tmp_path, ending):
    path = tmp_path / f"t.{ending}"
    pd.DataFrame({"a": [1]}).to_pickle(path)
    with pytest.raises(SourceError, match="holds Python objects"):
        open_source(path)


def test_objects_in_memory_are_refused_and_texts_are_not():
    assert open_source({"a": np.array(["x", "y"], dtype=object)}).columns["a"].array.to_pylist() == ["x", "y"]
    with pytest.raises(SourceError, match='"a" holds Python objects'):
        open_source({"a": np.array(["x", {}], dtype=object)})


def test_columns_of_different_length_are_refused():
    with pytest.raises(SourceError, match="differ in length"):
        open_source((np.zeros(3), np.zeros(4)))


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16, torch.float16])
def test_tensors_are_their_values_whatever_learns_from_them(kind):
    x = torch.tensor([[0.5, 2.0], [1.5, 4.0]], dtype=kind, requires_grad=True)
    table = open_source((x, torch.tensor([0, 1])))
    assert [table.columns[name].array.to_pylist() for name in table.columns] == [[0.5, 1.5], [2.0, 4.0], [0, 1]]


def test_a_cut_npy_is_named(tmp_path):
    np.save(tmp_path / "t.npy", np.arange(100.0))
    (tmp_path / "t.npy").write_bytes((tmp_path / "t.npy").read_bytes()[:200])
    with pytest.raises(SourceError, match=r"t\.npy is not a numpy file"):
        open_source(tmp_path / "t.npy")


def test_idx_with_data_cut_short_says_both_lengths(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(bytes([0, 0, 8, 3]) + struct.pack(">3I", 2, 3, 3) + bytes(17))
    with pytest.raises(SourceError, match="the header says 18 bytes, the file has 17"):
        open_source(tmp_path)


def test_idx_labels_that_do_not_match_their_images_are_refused(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(bytes([0, 0, 8, 3]) + struct.pack(">3I", 2, 3, 3) + bytes(18))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(bytes([0, 0, 8, 1]) + struct.pack(">I", 3) + bytes(3))
    with pytest.raises(SourceError, match="for 2 images"):
        open_source(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").rename(tmp_path / "test-labels-idx1-ubyte")
    with pytest.raises(SourceError, match="has no file of"):
        open_source(tmp_path)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "arrow"])
def test_frames_give_the_same_columns(frame):
    table = open_source(frame({"n": [1, 2], "w": ["a", None], "t": [True, False]}))
    assert {name: c.array.to_pylist() for name, c in table.columns.items()} == {
        "n": [1, 2],
        "w": ["a", None],
        "t": [True, False],
    }


@pytest.mark.parametrize("name", [None, "when"])
@pytest.mark.parametrize("make", [pd.date_range, pd.period_range], ids=["moments", "periods"])
def test_a_pandas_index_of_times_is_a_column_with_or_without_a_name(make, name):
    index = make("2022-01-01", periods=3, freq="D").rename(name)
    columns = open_source(pd.DataFrame({"x": [1, 2, 3]}, index=index)).columns
    assert set(columns) == {"x", name or "time"}
    days = columns[name or "time"].array
    assert days.type == pa.timestamp("us")
    assert [str(day) for day in days.to_pylist()] == [f"2022-01-0{day} 00:00:00" for day in (1, 2, 3)]


def test_a_pandas_index_of_times_whose_name_is_taken_stops_and_other_indices_are_left_behind():
    index = pd.date_range("2022-01-01", periods=2, freq="D")
    with pytest.raises(SourceError, match='to be the column "time", and it has a column of that name') as caught:
        open_source(pd.DataFrame({"time": [1, 2]}, index=index))
    assert 'frame.rename_axis("moment")' in str(caught.value)
    assert set(open_source(pd.DataFrame({"x": [1, 2]}, index=["a", "b"])).columns) == {"x"}


def views():
    words = pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.uint32()), pa.array(["a", "b"], pa.string_view()))
    return pa.table(
        {
            "text": pa.array(["a", "b", None], pa.string_view()),
            "word": words,
            "bytes": pa.array([b"x", b"y", None], pa.binary_view()),
            "list": pa.array([["a"], ["b", "c"], None], pa.large_list(pa.string_view())),
            "parts": pa.array([{"a": "x"}, {"a": "y"}, None], pa.struct([("a", pa.string_view())])),
        }
    )


def polars_views():
    words = ["a", "b", None]
    made = {"text": words, "word": pl.Series(words, dtype=pl.Categorical), "bytes": [b"x", b"y", None]}
    made |= {"list": [["a"], ["b", "c"], None], "parts": [{"a": "x"}, {"a": "y"}, None]}
    return pl.DataFrame(made).with_columns(enum=pl.Series(words, dtype=pl.Enum(["a", "b"])))


@pytest.mark.parametrize("frame", [views, polars_views], ids=["arrow", "polars"])
def test_views_on_texts_and_bytes_are_texts_and_bytes(frame):
    columns, rows = open_source(frame()).columns, np.array([1, 0])
    for name in {"text", "word", "enum"} & set(columns):
        assert columns[name].type == pa.string()
        assert columns[name].take(np.array([1, 2, 0])).to_pylist() == ["b", None, "a"]
    assert isinstance(columns["bytes"], Files)
    assert columns["bytes"].take(rows) == [b"y", b"x"]
    assert columns["list"].take(rows).to_pylist() == [["b", "c"], ["a"]]
    assert columns["parts"].take(rows).to_pylist() == [{"a": "y"}, {"a": "x"}]


def test_a_dictionary_of_views_is_a_target():
    labels = pa.array(["a", "b"] * 60, pa.string_view())
    words = pa.DictionaryArray.from_arrays(pa.array([0, 1] * 60, pa.int32()), labels[:2])
    for target in (labels, words):
        table, findings = open_source(pa.table({"x": [float(i) for i in range(120)], "y": target})), Findings()
        kind = make_schema(table, "y", (), {}, findings).target.kind
        assert not findings.errors
        assert isinstance(kind, Category)
        assert kind.fit(table.columns["y"], np.arange(120)).labels == ("a", "b")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_durations_and_times_of_day_are_seconds_in_frames_and_in_parquet(tmp_path, unit):
    whole = pa.array([n * {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit] for n in (1, 90)])
    clock = whole.cast(pa.int32()).cast(pa.time32(unit)) if unit in ("s", "ms") else whole.cast(pa.time64(unit))
    frame = pa.table({"for": whole.cast(pa.duration(unit)), "at": clock})
    pq.write_table(frame, tmp_path / "t.parquet")
    for source in (frame, frame.to_pandas(), pl.from_arrow(frame), tmp_path / "t.parquet"):
        columns = open_source(source).columns
        assert {name: column.array.to_pylist() for name, column in columns.items()} == {"for": [1, 90], "at": [1, 90]}
        assert columns["for"].type == columns["at"].type == pa.float64()


WORDS = {
    "x": ["1.5", " -2", None, "3e4"],
    "n": ["7", "", "7", "?"],
    "zip": ["01234", "99999", "10115", "1"],
    "some": ["1.5", "2", "x", "?"],
    "long": ["12345678901234567890", "1", "2", "3"],
}


def by_lines(columns, folder):
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    (folder / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder / "t.jsonl"


@pytest.mark.parametrize(
    "make", [lambda c, _: pd.DataFrame(c), lambda c, _: pl.DataFrame(c), by_lines], ids=["pandas", "polars", "json"]
)
def test_numbers_that_stand_as_text_are_read_as_in_a_csv(tmp_path, make):
    pd.DataFrame(WORDS).to_csv(tmp_path / "t.csv", index=False)
    findings = Findings()
    ours = open_source(make(WORDS, tmp_path), ReadOptions(missing=("?",)), findings).columns
    csv = open_source(tmp_path / "t.csv", ReadOptions(missing=("?",))).columns
    assert {name: c.array.to_pylist() for name, c in ours.items()} == {n: c.array.to_pylist() for n, c in csv.items()}
    assert ours["x"].array.to_pylist() == [1.5, -2.0, None, 30000.0]
    assert 'read as numbers: "x", "n"; --kind COLUMN=Category' in findings.warnings["numbers in text"]
    assert "the leading zero makes it text" in findings.warnings["leading zero zip"]


def test_numbers_as_text_stay_text_where_they_are_called_names():
    frame = pd.DataFrame({"c": pd.Categorical(["1", "2"]), "t": ["1", "2"], "n": ["1", "2"]})
    columns = open_source(frame, ReadOptions(text=("t",), new=True), found := Findings()).columns
    assert [columns[name].array.to_pylist() for name in "ctn"] == [["1", "2"], ["1", "2"], [1, 2]]
    assert not found.warnings


def test_a_frame_with_two_columns_of_one_name_stops():
    with pytest.raises(SourceError, match='2 columns called "a"'):
        open_source(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_pictures_inside_parquet_become_files(tmp_path):
    out = io.BytesIO()
    Pictures.new("L", (3, 3)).save(out, "PNG")
    rows = [{"bytes": out.getvalue(), "path": "a.png"}, None]
    pq.write_table(pa.table({"image": rows, "n": [1, 2]}), tmp_path / "t.parquet")
    column = open_source(tmp_path / "t.parquet").columns["image"]
    assert isinstance(column, Files)
    assert column.take(np.array([1, 0])) == [b"", out.getvalue()]


def test_a_damaged_parquet_is_named(tmp_path):
    (tmp_path / "t.parquet").write_bytes(b"<html>not found</html>")
    with pytest.raises(SourceError, match=r"t\.parquet is not Parquet"):
        open_source(tmp_path / "t.parquet")


def test_lines_that_are_no_json_are_set_aside_with_their_number(tmp_path):
    lines = [json.dumps({"a": i, "b": "x"}) for i in range(4)]
    lines[1:1] = ["{broken", "[1]", '{"a": NaN}', '{"a": 1, "a": 2}', '{"a": 9, "b": "\\ud800"}']
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    findings = Findings()
    table = open_source(tmp_path / "t.jsonl", findings=findings)
    assert table.columns["a"].array.to_pylist() == [0, 1, 2, 3]
    assert [row.where for row in findings.asides["source"]] == [f"t.jsonl, line {n}" for n in range(2, 7)]
    assert findings.asides["source"][-1].reason == "half of a surrogate pair"
    assert table.columns["a"].where(1) == "t.jsonl, line 7"


def test_json_values_of_two_types_stop_with_both_lines(tmp_path):
    (tmp_path / "t.jsonl").write_text('{"a": 1}\n{"a": "x"}\n')
    with pytest.raises(SourceError, match="1 in line 1, 'x' in line 2"):
        open_source(tmp_path / "t.jsonl")


def test_idx_files_are_of_the_part_that_their_name_ends_in(tmp_path):
    for stem, n in (("test-of-train", 3), ("train-of-test", 2)):
        images = bytes([0, 0, 8, 3]) + struct.pack(">3I", n, 2, 2) + bytes(4 * n)
        (tmp_path / f"{stem}-images-idx3-ubyte").write_bytes(images)
        (tmp_path / f"{stem}-labels-idx1-ubyte").write_bytes(bytes([0, 0, 8, 1]) + struct.pack(">I", n) + bytes(n))
    assert open_source(tmp_path).parts.tolist() == ["train"] * 3 + ["test"] * 2


def test_rows_by_name_are_a_frame():
    table = open_source([{"a": 1, "b": "x"}, {"b": "y", "c": 2.5}])
    assert [table.columns[name].take(np.arange(2)).to_pylist() for name in "abc"] == [
        [1, None],
        ["x", "y"],
        [None, 2.5],
    ]
    assert open_source([{1: "a"}, {1: "b"}]).columns["1"].array.to_pylist() == ["a", "b"]
    with pytest.raises(SourceError, match='2 columns called "1"'):
        open_source([{1: "a", "1": "b"}])


@pytest.mark.parametrize(
    "make", [pd.DataFrame, pl.DataFrame, pa.table, lambda columns: pd.DataFrame(columns).to_dict("records")]
)
def test_paths_of_pictures_in_a_frame_are_read_as_in_a_csv(tmp_path, monkeypatch, make):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pics").mkdir()
    for i in range(2):
        Pictures.new("RGB", (8, 8), (i, 0, 0)).save(tmp_path / "pics" / f"{i}.png")
    names = ["pics/0.png", str(tmp_path / "pics" / "1.png"), "pics/gone.png"]
    column = open_source(make({"picture": names, "label": ["a", "b", "a"]})).columns["picture"]
    assert isinstance(column, Files)
    monkeypatch.chdir("/")
    first, second, gone = column.take(np.arange(3))
    assert (first, second) == tuple((tmp_path / "pics" / f"{i}.png").read_bytes() for i in range(2))
    assert gone.reason == "no such file"


def test_a_frame_whose_pictures_are_not_there_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    findings = Findings()
    table = open_source(pd.DataFrame({"picture": ["pics/0.png"] * 3, "label": list("aba")}), findings=findings)
    assert table.columns["picture"].holds == "values"
    assert "none is there from the working directory; it is read as text" in findings.warnings["paths picture"]


FRAME = pd.DataFrame({"size": [1.5, 2.5, 3.5], "town": ["a", "b", "a"], "price": [1, 2, 3]})
POLARS = pl.DataFrame({name: FRAME[name].tolist() for name in FRAME})
COLUMNS = {"size": [1.5, 2.5, 3.5], "town": ["a", "b", "a"]}


def held(source):
    table = open_source(source)
    return {name: column.array.to_pylist() for name, column in table.columns.items()}, table.target


@pytest.mark.parametrize("frame", [FRAME, POLARS], ids=["pandas", "polars"])
def test_a_frame_beside_an_answer_keeps_its_names_and_types(frame):
    x, y = frame[["size", "town"]], frame["price"]
    assert held((x, y)) == ({**COLUMNS, "price": [1, 2, 3]}, "price")
    assert held((x, y.rename("size"))) == held((x, y.to_numpy())) == ({**COLUMNS, "y": [1, 2, 3]}, "y")
    assert held({"x": x, "y": y}) == ({**COLUMNS, "y": [1, 2, 3]}, "y")
    assert held((x, frame[["price"]])) == held((x, y))
    assert held((x["town"], y)) == ({"town": ["a", "b", "a"], "price": [1, 2, 3]}, "price")


def test_an_arrow_table_and_an_arrow_column_are_a_pair():
    table = pa.table(COLUMNS)
    assert held((table, pa.chunked_array([[1, 2, 3]]))) == ({**COLUMNS, "y": [1, 2, 3]}, "y")


def test_a_series_without_a_name_of_its_own_is_y():
    x = pd.DataFrame(np.zeros((3, 1)))
    assert held((x, FRAME["price"].rename(None)))[1] == held((x, FRAME["price"].rename(0)))[1] == "y"


def test_an_answer_that_stands_among_the_inputs_too_stops():
    frame = FRAME.rename(columns={"price": "y"})
    with pytest.raises(SourceError, match='2 columns called "y"'):
        open_source((frame, frame["y"]))


def test_the_index_of_a_series_is_no_column():
    days = pd.date_range("2022-01-01", periods=3)
    assert held((np.zeros((3, 1)), FRAME["price"].set_axis(days)))[0] == {"x": [0, 0, 0], "price": [1, 2, 3]}


def test_columns_of_an_answer_by_name_are_classes_by_name():
    x = FRAME[["size"]]
    assert held((x, pd.get_dummies(FRAME["town"])))[0]["y"] == ["a", "b", "a"]
    with pytest.raises(SourceError, match=r'y\["size"\], one column at a time; or y\.to_numpy\(\)\.argmax\(1\)'):
        open_source((x, FRAME[["size", "price"]]))


def test_two_arrays_that_make_a_column_of_one_name_stop():
    with pytest.raises(SourceError, match='2 columns called "x1"'):
        open_source({"x": np.zeros((3, 2)), "x1": np.zeros(3)})


PARTED = {
    "frames": {"test": FRAME[2:], "train": FRAME[:2]},
    "pairs": {"train": (FRAME[["size", "town"]][:2], FRAME["price"][:2]),
              "test": (FRAME[["size", "town"]][2:], FRAME["price"][2:])},
    "by name": {"x_test": FRAME[["size", "town"]][2:], "price_test": FRAME["price"][2:],
                "x_train": FRAME[["size", "town"]][:2], "price_train": FRAME["price"][:2]},
}  # fmt: skip


@pytest.mark.parametrize("way", PARTED)
def test_what_comes_in_parts_is_one_table_that_knows_them(way):
    table = open_source(PARTED[way])
    assert held(PARTED[way])[0] == {**COLUMNS, "price": [1, 2, 3]}
    assert table.parts.tolist() == ["train", "train", "test"]


def test_parts_that_are_not_alike_or_named_twice_stop():
    with pytest.raises(SourceError, match="without price"):
        open_source({"train": FRAME, "test": FRAME[["size", "town"]]})
    with pytest.raises(SourceError, match="two parts of train, val, valid are the same"):
        open_source({"train": FRAME, "val": FRAME, "valid": FRAME})


UNREAD = {
    "lazy": (pl.LazyFrame({"a": [1]}), r"LazyFrame, which is not computed yet[^$]*frame\.collect\(\)"),
    "graph": (networkx.path_graph(4), r"Graph, one graph[^$]*to_pandas_edgelist[^$]*edges\.csv"),
    "data set": (torch.utils.data.TensorDataset(torch.zeros(3)), r"TensorDataset[^$]*zip\(\*data\)"),
    "sparse": (scipy.sparse.eye_array(3), r"a sparse matrix[^$]*x\.toarray\(\)"),
    "sparse in a pair": ((scipy.sparse.eye_array(3), [0, 1, 2]), r'"x" is a dia_array[^$]*x\.toarray\(\)'),
    "one value": ({"x": 3.0}, '"x" is one value, np.float64'),
}


@pytest.mark.parametrize("case", UNREAD)
def test_what_is_nearly_data_is_refused_with_what_to_type(case):
    source, told = UNREAD[case]
    with pytest.raises(SourceError, match=told):
        open_source(source)


def test_edges_written_as_the_refusal_of_a_graph_says_are_a_source(tmp_path):
    networkx.to_pandas_edgelist(networkx.path_graph(9)).to_csv(tmp_path / "edges.csv", index=False)
    assert open_source(tmp_path).context["edges"].shape == (2, 16)


def test_classes_that_are_numbers_in_text_stay_text():
    frame = pd.DataFrame({"x": [1.5, 2.5, 3.5] * 4, "y": list("01") * 6, "z": list("12") * 6})
    table = open_source(frame, ReadOptions(target="y"))
    assert (table.columns["y"].type, table.columns["z"].type) == (pa.string(), pa.int64())
    table = open_source(frame.assign(y=[f"{i}.5" for i in range(12)]), ReadOptions(target="y"))
    assert table.columns["y"].type == pa.float64()

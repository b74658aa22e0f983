"""The locked test part comes back as the raw rows it was, wherever the run is moved."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pyarrow as pa
import pytest

from lamina.data.locked import FACTS, load_locked, save_locked
from lamina.data.table import Arrays, Files, Table, Values
from lamina.errors import RunError, SourceError

ROWS = np.array([5, 0, 3])


def table(rows: int = 6, **extra: object) -> Table:
    names = [f"in/{i}.png" for i in range(rows - 1)] + [b"caf\xe9".decode("utf-8", "surrogateescape")]
    columns = {
        "photo": Files(
            "photo", names, lambda name: b"" if name == "in/3.png" else name.encode("utf-8", "surrogateescape")
        ),
        "grid": Arrays("grid", np.arange(rows * 4, dtype=">f4").reshape(rows, 2, 2)),
        "flat": Arrays("flat", np.arange(rows, dtype=np.uint16)),
        "price": Values("price", pa.chunked_array([[0.1, None, 3.0], [0.2 + 0.1, 5.0, float("nan")]])),
        "word:file": Values("word:file", pa.chunked_array([["a", "é", None, "01234", "", "\x01"]])),
        ":id": Values(":id", pa.chunked_array([list(range(6))])),
        "when": Values("when", pa.chunked_array([[datetime.datetime(2024, 1, i + 1) for i in range(6)]])),
        "grade": Values("grade", pa.chunked_array([pa.array(list("aabbab")).dictionary_encode()])),
        "tags": Values("tags", pa.chunked_array([[["x"], [], None, ["y", "x"], ["z"], ["x"]]])),
        **extra,
    }
    return Table(columns, "mixed", "f9", None, "price", names)


def test_raw_rows_come_back_as_they_were():
    data, reason = save_locked(table(), ROWS)
    assert reason == ""
    made, was = load_locked(data), table()
    assert (made.name, made.target, made.fingerprint, len(made)) == ("mixed", "price", "f9", 3)
    assert list(made.columns) == list(was.columns)
    assert list(made.ids) == [was.ids[i] for i in ROWS]
    assert made.parts.tolist() == ["test"] * 3
    for name, column in was.columns.items():
        before, after = column.take(ROWS), made.column(name).take(np.arange(3))
        assert made.column(name).holds == column.holds
        if column.holds == "arrays":
            assert after.dtype == before.dtype
            assert (after == before).all()
        elif column.holds == "values":
            assert after.type == before.type
            assert repr(after.to_pylist()) == repr(before.to_pylist())
        else:
            assert after == before
    assert made.column("photo").where(1) == "in/0.png"
    assert made.column("photo").take(np.array([2])) == [b""]


def test_no_rows_come_back_as_none():
    made = load_locked(save_locked(table(), np.zeros(0, dtype=np.int64))[0])
    assert len(made) == 0
    assert made.column("grid").take(np.zeros(0, dtype=np.int64)).shape == (0, 2, 2)


def test_equal_rows_give_equal_bytes():
    assert save_locked(table(), ROWS)[0] == save_locked(table(), ROWS)[0]


def test_over_the_cap_nothing_is_kept_and_no_more_is_read():
    read = []

    def big(name: str) -> bytes:
        read.append(name)
        return bytes(1000)

    many = Table({"photo": Files("photo", [str(i) for i in range(1000)], big)}, "many")
    data, reason = save_locked(many, np.arange(1000), cap=100_000)
    assert data is None
    assert "more than 100,000 bytes" in reason
    assert len(read) < 200


def test_python_objects_are_refused():
    with pytest.raises(SourceError, match='"odd" holds Python objects'):
        save_locked(table(odd=Arrays("odd", np.array([{}] * 6))), ROWS)


@pytest.mark.parametrize("harm", ["cut", "flip", "zero", "empty", "page", "other"])
def test_damage_is_named(harm):
    data = save_locked(table(), ROWS)[0]
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(pa.table({"a": [1]}), sink)
    flipped = bytearray(data)
    flipped[40] ^= 1
    harmed = {"cut": data[:-9], "flip": bytes(flipped), "zero": bytes(99), "empty": b"", "page": b"<html>"}
    with pytest.raises(RunError, match=r"test.parquet is damaged"):
        load_locked(harmed.get(harm, sink.getvalue().to_pybytes()))


@pytest.mark.parametrize(
    "change",
    [{"target": None}, {"name": None}, {"fingerprint": 7}, {"columns": [{}]}, {"columns": "none"},
     {"columns": [{"name": "photo", "holds": "files", "at": 10**30}]}],
)  # fmt: skip
def test_what_a_whole_file_says_of_itself_and_is_not_so_is_damage(change):
    stored = pa.parquet.ParquetFile(pa.BufferReader(save_locked(table(), ROWS)[0])).read()
    head = json.loads(stored.schema.metadata[FACTS])
    head = {name: value for name, value in (head | change).items() if value is not None}
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(stored.replace_schema_metadata({FACTS: json.dumps(head).encode()}), sink)
    with pytest.raises(RunError, match=r"test.parquet is damaged"):
        load_locked(sink.getvalue().to_pybytes())

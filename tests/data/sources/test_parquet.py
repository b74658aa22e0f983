from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image as Pictures

from lamina.data.groups import RowGroups
from lamina.data.hashes import row_hashes
from lamina.data.schema import make_schema
from lamina.data.sources import open_source, parquet
from lamina.data.split import SplitOptions, split
from lamina.errors import SourceError
from lamina.findings import Findings


@pytest.fixture
def large(monkeypatch):
    """Every table is large enough to be read by row group."""
    monkeypatch.setattr(parquet, "WHOLE", 0)


def part(folder, name, group=7, **columns):
    pq.write_table(pa.table(columns), folder / name, row_group_size=group)


def twenty(folder):
    """Twenty rows in two parts, the second written first."""
    part(folder, "part-1.parquet", x=np.arange(12, 20) / 2, y=[f"c{i % 3}" for i in range(12, 20)])
    part(folder, "part-0.parquet", x=np.arange(12) / 2, y=[f"c{i % 3}" for i in range(12)])


def test_a_folder_of_parts_is_one_table_in_the_order_of_their_names(tmp_path):
    twenty(tmp_path)
    table = open_source(tmp_path)
    assert table.columns["x"].take(np.arange(20)).to_pylist() == [i / 2 for i in range(20)]
    assert table.columns["x"].where(13) == "part-1.parquet, row 1"
    assert table.facts["files"] == 2
    assert table.parts is None


def test_a_large_table_is_read_by_row_group_and_gives_the_same_values(tmp_path, large):
    twenty(tmp_path)
    column = open_source(tmp_path).columns["x"]
    assert isinstance(column, RowGroups)
    assert not column.kept
    for rows in ([0], [19, 0, 6, 7, 7], list(range(5, 16)), []):
        assert column.take(np.array(rows, np.int64)).to_pylist() == [row / 2 for row in rows]
    assert len(column.kept) <= 2


def test_a_table_read_by_row_group_is_typed_hashed_and_split_as_one_in_memory(tmp_path, monkeypatch):
    twenty(tmp_path)
    found = []
    for most in (0, 100):
        monkeypatch.setattr(parquet, "WHOLE", most)
        table = open_source(tmp_path)
        schema = make_schema(table, None, (), {}, Findings())
        cut = split(table, schema, 0, SplitOptions(), Findings())
        fitted = schema.fit(table.columns, cut.train).to_json()
        found.append((cut.locked, fitted, row_hashes(table, np.arange(20)).tolist()))
    assert found[0] == found[1]


def test_files_named_for_a_part_are_published_parts(tmp_path):
    for name in ("train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001"):
        part(tmp_path, f"{name}.parquet", x=[1.0, 2.0], y=["a", "b"])
    assert open_source(tmp_path).parts.tolist() == ["test"] * 2 + ["train"] * 4


def test_a_file_named_for_no_part_beside_others_that_are_stops(tmp_path):
    for name in ("train-0", "train-1", "more"):
        part(tmp_path, f"{name}.parquet", x=[1.0], y=["a"])
    with pytest.raises(SourceError, match=r"more\.parquet beside files named for a part"):
        open_source(tmp_path)


def test_parts_that_differ_in_their_columns_are_named(tmp_path):
    part(tmp_path, "a.parquet", x=[1.0], y=["a"])
    part(tmp_path, "b.parquet", x=[1.0], z=["a"])
    with pytest.raises(SourceError, match=r"b\.parquet and .*a\.parquet differ in y, z"):
        open_source(tmp_path)


def test_parts_that_differ_in_a_type_are_named_unless_both_are_numbers(tmp_path):
    part(tmp_path, "a.parquet", x=[1, 2], y=["a", "b"])
    part(tmp_path, "b.parquet", x=[0.5, 3.0], y=["a", "b"])
    assert open_source(tmp_path).columns["x"].take(np.arange(4)).to_pylist() == [1.0, 2.0, 0.5, 3.0]
    part(tmp_path, "b.parquet", x=["1", "2"], y=["a", "b"])
    with pytest.raises(SourceError, match='column "x" holds string'):
        open_source(tmp_path)


def test_a_part_that_is_damaged_within_is_named_when_it_is_read(tmp_path, large):
    twenty(tmp_path)
    path = tmp_path / "part-1.parquet"
    data = bytearray(path.read_bytes())
    data[4:60] = bytes(56)
    path.write_bytes(data)
    column = open_source(tmp_path).columns["x"]
    assert column.take(np.arange(3)).to_pylist() == [0.0, 0.5, 1.0]
    with pytest.raises(SourceError, match=r'"x" of part-1\.parquet, rows 0 to 7, cannot be read'):
        column.take(np.arange(20))


@pytest.mark.parametrize("parts", [1, 2])
def test_a_table_of_no_rows_is_refused_and_one_empty_part_is_none(tmp_path, parts):
    for number in range(parts):
        part(tmp_path, f"part-{number}.parquet", x=np.zeros(0), y=np.array([], str))
    with pytest.raises(SourceError, match="holds no rows"):
        open_source(tmp_path if parts > 1 else tmp_path / "part-0.parquet")
    part(tmp_path, "part-2.parquet", x=np.ones(3), y=["a", "b", "c"])
    assert len(open_source(tmp_path)) == 3


def test_a_footer_that_counts_other_rows_than_its_groups_hold_is_damage(tmp_path):
    path = tmp_path / "a.parquet"
    part(tmp_path, path.name, x=np.arange(3))
    data, footer = path.read_bytes(), pq.read_metadata(path).serialized_size
    at = data.rindex(
        b"\x16\x06", 0, -8
    )  # the last count of three rows, that of the group; twice the number, as Thrift has it
    assert len(data) - at < footer + 8
    path.write_bytes(data[:at] + b"\x16\x00" + data[at + 2 :])
    with pytest.raises(SourceError, match=r"a\.parquet is damaged: it says that it has 3 rows, and its groups 0"):
        open_source(path)


def test_pictures_in_a_large_table_are_read_when_asked_for(tmp_path, large):
    out = io.BytesIO()
    Pictures.new("L", (4, 4)).save(out, "PNG")
    part(tmp_path, "t.parquet", image=[{"bytes": out.getvalue(), "path": "a.png"}, None], label=["a", "b"])
    column = open_source(tmp_path / "t.parquet").columns["image"]
    assert column.holds == "files"
    assert column.take(np.array([0]))[0] == out.getvalue()
    assert column.take(np.array([1]))[0].reason == "no value"

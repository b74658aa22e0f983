from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image as Pictures

from lamina.data.sources import ReadOptions, join, open_source
from lamina.errors import SourceError, SplitError
from lamina.findings import Findings


def csv(path, text):
    path.write_text(text)
    return open_source(path)


@pytest.fixture
def train(tmp_path):
    return csv(tmp_path / "a.csv", "n,w,y\n1,p,<=50K\n2,q,>50K\n3,p,<=50K\n")


def test_columns_are_matched_by_name_and_parts_set(train, tmp_path):
    table = join(train, csv(tmp_path / "b.csv", "y,w,n\n>50K,q,4.5\n"), "test", "", Findings())
    assert table.parts.tolist() == ["train"] * 3 + ["test"]
    assert table.columns["n"].array.to_pylist() == [1, 2, 3, 4.5]
    assert table.columns["w"].where(3) == "b.csv, line 2"
    assert list(table.ids)[-1] == "test:0"
    assert table.fingerprint != train.fingerprint


def test_a_headerless_table_is_matched_by_position(tmp_path):
    named = csv(tmp_path / "a.csv", "n,y\n1,a\n2,b\n")
    table = join(named, csv(tmp_path / "b.csv", "3,a\n4,b\n5,a\n"), "valid", "", Findings())
    assert table.columns["n"].array.to_pylist() == [1, 2, 3, 4, 5]
    assert set(table.parts) == {"train", "valid"}


def test_missing_and_extra_columns_are_listed(train, tmp_path):
    with pytest.raises(SourceError, match="without w and with z"):
        join(train, csv(tmp_path / "b.csv", "n,z,y\n1,p,>50K\n"), "test", "", Findings())


def test_labels_are_matched_but_for_blanks_and_a_full_stop(train, tmp_path):
    findings = Findings()
    table = join(train, csv(tmp_path / "b.csv", "n,w,y\n1,p,<=50K.\n2,q., >50K.\n3,q,new.\n"), "test", "y", findings)
    assert table.columns["y"].array.to_pylist()[3:] == ["<=50K", ">50K", "new."]
    assert table.columns["w"].array.to_pylist()[4] == "q."
    assert "2 labels" in findings.warnings["labels"]


def test_text_under_numbers_is_refused_with_an_example(train, tmp_path):
    with pytest.raises(SourceError, match=r"holds numbers in a\.csv and text in b\.csv.*'zwei'"):
        join(train, csv(tmp_path / "b.csv", "n,w,y\nzwei,p,>50K\n"), "test", "", Findings())


def test_a_second_test_part_is_refused(train, tmp_path):
    once = join(train, train, "test", "", Findings())
    with pytest.raises(SplitError, match="already holds a test part"):
        join(once, train, "test", "", Findings())


def test_pictures_of_two_folders_are_read_each_from_its_own(tmp_path):
    for name, shade in (("a", 10), ("b", 200)):
        for label in ("cat", "dog"):
            (tmp_path / name / label).mkdir(parents=True)
            Pictures.new("L", (4, 4), shade).save(tmp_path / name / label / "1.png")
    first, second = open_source(tmp_path / "a"), open_source(tmp_path / "b")
    table = join(first, second, "test", "", Findings())
    expected = first.columns["image"].take(np.arange(2)) + second.columns["image"].take(np.arange(2))
    assert table.columns["image"].take(np.arange(4)) == expected
    assert len(set(table.ids)) == 4


def test_a_folder_of_tables_named_by_part_is_one_table(tmp_path):
    for name in ("x-train", "x-dev", "x-test"):
        (tmp_path / f"{name}.csv").write_text("n,y\n1,a\n2,b\n")
    (tmp_path / "README.txt").write_text("about")
    table = open_source(tmp_path, ReadOptions())
    assert table.parts.tolist() == ["train"] * 2 + ["valid"] * 2 + ["test"] * 2
    assert table.columns["n"].array.type == pa.int64()


def test_a_folder_of_tables_without_parts_asks_for_one(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text("n,y\n1,a\n2,b\n")
    with pytest.raises(SourceError, match=r"2 tables: one\.csv, two\.csv"):
        open_source(tmp_path)

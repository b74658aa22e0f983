"""Series files as the UCR and UEA archives publish them, and what is wrong with some."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.data.sources.folders import scan
from lamina.data.sources.options import ReadOptions
from lamina.data.sources.ts import read_ts, read_ts_parts
from lamina.errors import SourceError
from lamina.findings import Findings

HEAD = """# a comment
@problemName Waves
@timeStamps false
@univariate {one}
@dimensions 2
@equalLength {equal}
@seriesLength 3
@classLabel true a b
@data
"""


def written(folder, text, name="Waves_TRAIN.ts"):
    (folder / name).write_text(text)
    return folder / name


def read(*paths):
    findings = Findings()
    if len(paths) == 1:
        return read_ts(paths[0], ReadOptions(), findings), findings
    folder = paths[0].parent
    return read_ts_parts((folder, scan(folder)), ReadOptions(), findings), findings


def test_channels_and_labels_are_read(tmp_path):
    path = written(tmp_path, HEAD.format(one="false", equal="true") + "1,2,3:4,5,6:a\n0,?,1:1,1,1: b\n")
    table, findings = read(path)
    assert table.name == "Waves"
    assert table.target == "label"
    np.testing.assert_array_equal(table.columns["series"].take(np.array([0])).row(0), [[1, 4], [2, 5], [3, 6]])
    assert np.isnan(table.columns["series"].take(np.array([1])).row(0)[1, 0])
    assert table.columns["label"].array.to_pylist() == ["a", "b"]
    assert table.columns["series"].where(1) == "Waves_TRAIN.ts, line 11"
    assert not findings.asides


def test_train_and_test_files_are_parts(tmp_path):
    head = HEAD.format(one="true", equal="false")
    train, test = written(tmp_path, head + "1,2:a\n1,2,3:b\n"), written(tmp_path, head + "5:b\n", "Waves_TEST.ts")
    table, _ = read(test, train)
    assert table.parts.tolist() == ["train", "train", "test"]
    assert table.columns["series"].ragged.lengths.tolist() == [2, 3, 1]
    assert table.columns["label"].where(2) == "Waves_TEST.ts, line 10"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("1,2,3:a", "the header says 2 channels, the line has 1"),
        ("1,2:1,2:a", "the header says 3 steps, the line has 2"),
        ("1,2,3:1,2:a", "channels of 2, 3 steps"),
        ("1,2,3:1,2,3:c", 'the label "c" is not among those of the header'),
        ("1,x,3:1,2,3:a", "not a number: 'x'"),
    ],
)
def test_a_line_that_breaks_the_headers_promise_is_set_aside(tmp_path, line, why):
    table, findings = read(written(tmp_path, HEAD.format(one="false", equal="true") + f"1,2,3:4,5,6:a\n{line}\n"))
    assert len(table) == 1
    assert [(row.where, row.reason) for row in findings.asides["train"]] == [("Waves_TRAIN.ts, line 11", why)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("@problemName x\n", "no line @data"),
        ("1,2,3:a\n", "line 1: neither a comment"),
        ("@timeStamps true\n@data\n", "a time with each value"),
        ("@classLabel true a\n@data\n1,x:a\n", "no series that can be read; the first line: not a number"),
    ],
)
def test_a_file_that_is_none_stops(tmp_path, text, why):
    with pytest.raises(SourceError, match=why):
        read(written(tmp_path, text))


def test_two_files_that_are_no_parts_of_one_set_stop(tmp_path):
    text = "@classLabel true a b\n@data\n1,2:a\n"
    with pytest.raises(SourceError, match=r"holds 2 \.ts files"):
        read(written(tmp_path, text, "one.ts"), written(tmp_path, text, "two.ts"))

"""What fuzzing found: bytes that once ended in an error of the program, and now in words or in rows."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lamina.data.sources import ReadOptions, open_source
from lamina.data.sources.chains import Found, _bridged
from lamina.errors import LaminaError, SettingError, SourceError
from lamina.findings import Findings

DEEP = b"[" * 100_000 + b"]" * 100_000
NPY = b"\x93NUMPY\x01\x00v\x00"
GIN = b"2\n2 0\n0 1 1\n1 1 0\n3 1\n0 1 1\n0 2 0 2\n1 1 1\n"
TU = {"s_A.txt": b"1, 2\n2, 1\n", "s_graph_indicator.txt": b"1\n1\n", "s_graph_labels.txt": b"1\n"}

REFUSED: dict[str, tuple[dict[str, bytes], str]] = {
    "every line of a table with NUL bytes": ({"t.csv": b"a\0,b\n1\0,2\n"}, "every line of .* holds NUL bytes"),
    "a quote that is never closed": ({"t.csv": b'"a' + b"x" * 200_000}, "line 1: a quote opens and is never"),
    "a field of a book": ({"t.csv": b'a,b\n"' + b"x" * 200_000 + b'",1\n'}, "longer than 131,072 signs"),
    "more columns than a table has": ({"t.csv": b"," * 100_001 + b"\n"}, "100,002 fields in its first line"),
    "half of a sign of UTF-16": ({"t.csv": "a,b\n1,2\n".encode("utf-16")[:-1]}, "is not utf-16"),
    "a header of numpy that never ends": ({"t.npy": NPY + b"{'descr': ('<f8', ".ljust(118)}, "not a numpy file"),
    "a fold of words": ({"g.txt": GIN, "train_idx-1.txt": b"0\n", "test_idx-1.txt": b"null\n"}, 'graph "null" of 2'),
    "a fold of a number too long": ({"g.txt": GIN, "train_idx-1.txt": b"0", "test_idx-1.txt": b"9" * 30}, "of 2"),
    "a node with endless neighbours": ({"g.txt": GIN.replace(b"0 2 0 2", b"0 1e999 2")}, "is not finite"),
    "half an edge": ({**TU, "s_A.txt": b"1, 1.5\n"}, "whole numbers"),
    "edges of three ends": ({**TU, "s_A.txt": b"1, 2, 2\n"}, "3 numbers a line"),
    "a node of a graph without a label": ({**TU, "s_graph_indicator.txt": b"1\n2\n"}, "graphs from 1 to 2"),
    "a name of a column that is no text": ({"edges.csv": b"source,t\xc0\na,b\n"}, "byte 0xc0 is not utf-8"),
    "two columns of edges of one name": ({"edges.csv": b"a,a\n1,2\n"}, '2 columns called "a"'),
    "a chain with a name that is no text": (
        {"t.pdb": b"ATOM      1  CA  ALA \xff   1       1.000   1.000   1.000  1.00  0.00           C\n"},
        "0xff, no UTF-8",
    ),
    "pieces of music as deep as the stack": ({"t.json": b'{"train": [[[1]],' + DEEP + b"]}"}, "JSON it should be"),
    "lines of JSON as deep as the stack": ({"t.jsonl": b'{"a":' + DEEP + b"}\n"}, "holds a JSON object"),
    "objects as deep as the stack": ({"t.jsonl": b'{"a":' * 100_000 + b"1" + b"}" * 100_000}, "holds a JSON object"),
}


def named_otherwise() -> bytes:
    """A Parquet file whose column has a name that is no text."""
    out = pa.BufferOutputStream()
    pq.write_table(pa.table({"name": [1, 2]}), out, store_schema=False)
    return out.getvalue().to_pybytes().replace(b"name", b"n\xc5me")


REFUSED |= {
    "a tar with less than a header at its end": ({"t.tar": b"x" * 100}, "no member begins at byte 0"),
    "a column of Parquet whose name is no text": ({"t.parquet": named_otherwise()}, "not Parquet that can be read"),
}


def written(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (root / name).write_bytes(data)
    return root if len(files) > 1 or "edges.csv" in files else root / next(iter(files))


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_in_words(tmp_path, case):
    files, told = REFUSED[case]
    with pytest.raises(SourceError if case[:6] != "pieces" else SettingError, match=told):
        open_source(written(tmp_path, files))


def aside_of(path: Path) -> tuple[int, list[str]]:
    findings = Findings()
    return len(open_source(path, findings=findings)), [a.reason for a in findings.asides.get("source", [])]


def test_a_line_of_json_that_nests_too_deep_is_set_aside_and_brackets_in_texts_do_not_nest(tmp_path):
    texts = [json.dumps({"a": "[" * 100}), json.dumps({"a": "x"})]
    (tmp_path / "t.jsonl").write_text("\n".join([*texts, '{"a": ' + "[" * 90 + "]" * 90 + "}"]))
    rows, reasons = aside_of(tmp_path / "t.jsonl")
    assert rows == 2
    assert reasons == ["not a JSON object: nested more than 64 deep"]


def test_lines_are_counted_by_line_feeds_alone_where_some_hold_nul_bytes(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"a,b\n1,x\ry\n\0,2\n\n3,z\n")
    assert aside_of(tmp_path / "t.csv")[1][0] == "NUL bytes"
    (tmp_path / "t.csv").write_bytes(b"a,b\n1,x\n\0,2\n\n")
    assert aside_of(tmp_path / "t.csv") == (1, ["NUL bytes"])


def test_a_series_of_other_channels_than_those_before_is_set_aside(tmp_path):
    (tmp_path / "t.ts").write_text("@classLabel true a\n@data\n1,2:3,4:a\n1,2:a\n")
    assert aside_of(tmp_path / "t.ts") == (1, ["1 channels, the lines before have 2"])


def test_arrays_of_another_byte_order_are_read_as_numbers(tmp_path):
    np.save(tmp_path / "t.npy", np.arange(6, dtype=">f8").reshape(3, 2))
    column = open_source(tmp_path / "t.npy").columns["x2"]
    assert column.take(np.arange(3)).to_pylist() == [1, 3, 5]


def test_a_chain_whose_residues_have_no_number_is_read(tmp_path):
    atoms = np.zeros((2, 3, 3), np.float32)
    atoms[1] += 100
    found = _bridged(Found("A", "AG", atoms), [None, 4], Counter())
    assert found.sequence == "AG"


@pytest.mark.parametrize("delimiter", ["ab", "é", '"', "\n"])
def test_what_cannot_stand_between_fields_is_refused(tmp_path, delimiter):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(LaminaError, match="cannot stand between fields"):
        open_source(tmp_path / "t.csv", ReadOptions(delimiter=delimiter))

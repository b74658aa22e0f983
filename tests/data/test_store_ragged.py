"""Rows of unequal length in the store and in batches: as encoded, once, whole or not there."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pyarrow as pa
import pytest

from lamina.data import store as stores
from lamina.data.batches import Batches
from lamina.data.store import build_store, open_store
from lamina.data.table import RaggedArrays, Table, Values
from lamina.findings import Findings
from lamina.kinds import Each, Field, Schema, Text
from lamina.ragged import Ragged


def quiet(done: int, total: int) -> None:
    pass


@pytest.fixture
def tagged(monkeypatch):
    """60 rows of words with a label each, in chunks of 7; row 5 has a label too many, 11 none, 40 is empty."""
    monkeypatch.setattr(stores, "VALUES_A_CHUNK", 7)
    draw = np.random.default_rng(0)
    words = [[f"w{n}" for n in draw.integers(0, 30, draw.integers(1, 9))] for _ in range(60)]
    labels = [[w[-1] for w in row] for row in words]
    labels[5], labels[11], words[40], labels[40] = [*labels[5], "0"], None, [], []
    lists = {"words": words, "tags": labels}
    columns = {name: Values(name, pa.chunked_array([pa.array(rows)])) for name, rows in lists.items()}
    schema = Schema((Field("words", Text(), "input"), Field("tags", Each(), "target")))
    order = draw.permutation(60)
    return Table(columns, "t", "f"), schema.fit(columns, order[:45]), {"train": order[:45], "valid": order[45:]}


def test_the_rows_of_each_part_are_the_encoded_rows_in_their_order(tagged, tmp_path):
    table, schema, rows = tagged
    findings = Findings()
    build_store(tmp_path, table, schema, rows, findings, quiet, workers=3)
    made = open_store(tmp_path)
    for name, wanted in rows.items():
        part = made.part(name)
        good = [row for row in wanted if row not in (5, 11, 40)]
        assert part.rows.tolist() == good
        for slot, arrays in (("words", part.inputs), ("tags", part.targets)):
            kind = next(f.kind for f in schema.fields if f.name == slot)
            expected = kind.encode(table.columns[slot].take(np.array(good))).array
            assert [row.tolist() for row in arrays[slot]] == [row.tolist() for row in expected]
            assert arrays[slot].dtype == np.int32
    told = {a.where: a.reason for part in findings.asides.values() for a in part}
    count = len(table.columns["words"].take(np.array([5]))[0])
    assert told["tags, row 5"] == f"{count + 1} labels stand beside {count} tokens"
    assert (told["tags, row 11"], len(told)) == ("its target is missing", 3)


def corpus(count=400, length=17, step=4):
    """Windows that overlap, learned from themselves."""
    values = np.random.default_rng(0).integers(97, 123, count).astype(np.int32)
    starts = np.arange(0, count - length, step)
    windows = Ragged(values, starts, np.full(len(starts), length))
    kind = Text(by="characters", lower=False, length=length)
    schema = Schema((Field("text", kind, "input"), Field("text", kind, "target", link="causal")))
    rows = {"train": np.arange(60), "valid": np.arange(60, len(starts))}
    table = Table({"text": RaggedArrays("text", windows)}, "c", "f")
    return table, schema.fit(table.columns, rows["train"]), rows, windows


def test_what_windows_share_is_written_once_a_chunk(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "VALUES_A_CHUNK", 20)
    table, schema, rows, windows = corpus()
    part = build_store(tmp_path, table, schema, rows, Findings(), quiet).part("train")
    assert part.inputs["text"].values.shape == (
        3 * (19 * 4 + 17),
    )  # of 60 windows of 17: a chunk of 20 reaches over 93 characters
    kind = schema.inputs[0].kind
    assert kind.decode(part.inputs["text"]) == ["".join(map(chr, row)) for row in windows[:60]]


def test_what_is_cut_from_a_text_is_not_written(tagged, tmp_path):
    table, schema, rows = tagged
    schema = Schema((replace(schema.inputs[0], kind=replace(schema.inputs[0].kind, length=2)),))
    part = build_store(tmp_path, table, schema, rows, Findings(), quiet).part("train")
    assert len(part.inputs["words"].values) == part.inputs["words"].lengths.sum() < 2 * len(part)


def test_a_column_that_is_its_own_target_stands_in_one_file_and_in_both_roles(tmp_path):
    table, schema, rows, _ = corpus()
    build_store(tmp_path, table, schema, rows, Findings(), quiet)
    assert sorted(p.name for p in tmp_path.glob("train*")) == ["train-0.npy", "train-0.spans.npy", "train-rows.npy"]
    part = open_store(tmp_path).part("train")
    assert part.inputs["text"] is part.targets["text"]


@pytest.mark.parametrize("harm", ["flip", "cut", "gone"])
def test_a_store_whose_spans_are_damaged_is_no_store(tmp_path, harm):
    table, schema, rows, _ = corpus()
    build_store(tmp_path, table, schema, rows, Findings(), quiet)
    path = tmp_path / "train-0.spans.npy"
    data = path.read_bytes()
    path.unlink()
    if harm != "gone":
        path.write_bytes(data[:-1] + (bytes([data[-1] ^ 1]) if harm == "flip" else b""))
    assert open_store(tmp_path) is None


def test_a_batch_pads_its_rows_and_keeps_their_order(tagged, tmp_path):
    table, schema, rows = tagged
    part = build_store(tmp_path, table, schema, rows, Findings(), quiet).part("train")
    places = {int(row): place for place, row in enumerate(part.rows)}
    batches = Batches(part, schema, 8, seed=1)
    for batch in [*islice(batches(), 4), *batches.sweep()]:
        at = np.array([places[int(row)] for row in batch.rows])
        words, tags = part.inputs["words"][at].padded(0), part.targets["tags"][at].padded(-1)
        assert batch.inputs["words"].tolist() == words.tolist()
        assert batch.targets["tags"].tolist() == tags.tolist()
    assert len(set((words != 0).sum(1))) > 2  # rows of many lengths

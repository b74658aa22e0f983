"""Pictures with sentences: parts by name, presentations kept together, lines that cannot be used."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image as Pictures

from lamina.data.schema import make_schema
from lamina.data.sources import ReadOptions, open_source
from lamina.data.split import SplitOptions, split
from lamina.errors import SourceError
from lamina.findings import Findings
from lamina.kinds import Image, Text


def part(root, word, count=8, lines=()):
    out = io.BytesIO()
    Pictures.new("RGB", (6, 5), (9, 9, 9)).save(out, "PNG")
    with zipfile.ZipFile(root / f"{word}-images.zip", "w") as archive:
        for i in range(count):
            archive.writestr(f"{word}-{i // 4}-{i % 4}-0.png", out.getvalue())
    rows = [
        json.dumps({"sentence": f"there are {i // 4} of them", "label": "True", "identifier": f"{i // 4}-{i % 4}"})
        for i in range(count)
    ]
    (root / f"{word}.json.gz").write_bytes(gzip.compress("\n".join([*rows, *lines]).encode()))


def opened(root):
    findings = Findings()
    return open_source(root, ReadOptions(), findings), findings


def test_the_part_to_choose_by_trains_where_there_is_no_other(tmp_path):
    part(tmp_path, "dev"), part(tmp_path, "test")
    table, findings = opened(tmp_path)
    assert sorted(set(table.parts.tolist())) == ["test", "train"]
    part(tmp_path, "train")
    assert sorted(set(opened(tmp_path)[0].parts.tolist())) == ["test", "train", "valid"]
    assert (table.target, table.inputs) == ("label", ("image", "sentence"))
    assert set(table.columns["label"].array.to_pylist()) == {"true"}
    assert not findings.asides


def test_a_presentation_stays_in_one_part(tmp_path):
    part(tmp_path, "dev", 80)
    table, findings = opened(tmp_path)
    schema = make_schema(table, "shown", ("image", "sentence"), {}, findings)
    cut = split(table, schema, 0, SplitOptions(group=table.facts["group"]), findings)
    groups = table.columns["shown"].array.to_pylist()
    held = [{groups[i] for i in rows} for rows in (cut.train, cut.valid, cut.test)]
    assert all(held)
    assert not held[0] & held[1]
    assert not held[2] & (held[0] | held[1])
    assert [type(f.kind) for f in schema.inputs] == [Image, Text]


def test_a_line_without_its_picture_or_its_words_is_set_aside(tmp_path):
    lines = [
        "no json",
        json.dumps({"sentence": "x"}),
        json.dumps({"sentence": "x", "label": "true", "identifier": "99-0"}),
    ]
    part(tmp_path, "dev", lines=lines)
    table, findings = opened(tmp_path)
    assert len(table) == 8
    assert [one.reason.split(" ")[0] for one in findings.asides["train"]] == ["no", "no", "its"]
    assert "line 11" in findings.asides["train"][2].where


def test_nothing_but_such_lines_is_refused(tmp_path):
    part(tmp_path, "dev", 0, ["no json"])
    with pytest.raises(SourceError, match="no row that can be used"):
        opened(tmp_path)


def test_pictures_can_be_taken_from_both_archives(tmp_path):
    part(tmp_path, "dev"), part(tmp_path, "test")
    table, _ = opened(tmp_path)
    taken = table.columns["image"].take(np.arange(len(table)))
    assert all(one.startswith(b"\x89PNG") for one in taken)

from __future__ import annotations

import io
import json
import os
import tarfile

import numpy as np
import pytest
from PIL import Image as Pictures

from lamina.data.sources import open_source
from lamina.errors import SourceError
from lamina.findings import Findings


def png(shade=0):
    out = io.BytesIO()
    Pictures.new("L", (4, 4), shade).save(out, "PNG")
    return out.getvalue()


def tar(path, files, kind=tarfile.USTAR_FORMAT):
    with tarfile.open(path, "w", format=kind) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def labels_of(table, column="label"):
    return table.columns[column].take(np.arange(len(table))).to_pylist()


def test_class_folders_in_several_shards_are_one_set_in_the_order_of_the_shards(tmp_path):
    tar(tmp_path / "s-1.tar", {"cats/3.png": png(3), "dogs/4.png": png(4)})
    tar(tmp_path / "s-0.tar", {"dogs/1.png": png(1), "cats/2.png": png(2)})
    table = open_source(tmp_path)
    assert labels_of(table) == ["dogs", "cats", "cats", "dogs"]
    assert table.columns["image"].take(np.arange(4)) == [png(1), png(2), png(3), png(4)]
    assert table.target == "label"
    assert table.parts is None


def test_one_tar_is_read_like_a_folder(tmp_path):
    tar(tmp_path / "pictures.tar", {f"set/{c}/{i}.png": png() for c in "ab" for i in range(2)})
    assert labels_of(open_source(tmp_path / "pictures.tar")) == ["a", "a", "b", "b"]


def test_shards_named_for_a_part_are_published_parts(tmp_path):
    for part in ("train-000", "train-001", "val-000"):
        tar(tmp_path / f"{part}.tar", {f"{c}/{part}.png": png() for c in "ab"})
    assert open_source(tmp_path).parts.tolist() == ["train"] * 4 + ["valid"] * 2


@pytest.mark.parametrize(
    ("ending", "data"),
    [("cls", b"7\n"), ("json", json.dumps({"label": 7, "more": [1]}).encode()), ("json", b'{"cls": "7"}')],
)
def test_answers_lie_under_the_keys_of_their_pictures(tmp_path, ending, data):
    tar(tmp_path / "s.tar", {"000.png": png(), f"000.{ending}": data, f"001.{ending}": data, "001.seg.png": png(1)})
    table = open_source(tmp_path)
    assert labels_of(table) == ["7", "7"]
    assert list(table.ids) == ["000.png", "001.seg.png"]


def test_texts_under_the_keys_of_pictures_are_a_column_of_texts(tmp_path):
    tar(tmp_path / "s.tar", {"0.png": png(), "0.txt": b"a grey square"})
    assert labels_of(open_source(tmp_path), "text") == ["a grey square"]


def test_a_picture_without_an_answer_that_can_be_read_is_set_aside(tmp_path):
    files = {f"{i}.png": png() for i in range(5)}
    answers = {"0.json": b'{"label": 1}', "1.json": b"{", "2.json": b"{}", "3.json": b'{"label": [1]}'}
    tar(tmp_path / "s.tar", {**files, **answers})
    findings = Findings()
    assert len(open_source(tmp_path, findings=findings)) == 1
    assert [(a.where, a.reason) for a in findings.asides["source"]] == [
        ("1.png", "its .json cannot be read"),
        ("2.png", "its .json holds no answer"),
        ("3.png", "its .json holds no answer"),
        ("4.png", "no .json beside it"),
    ]


@pytest.mark.parametrize("kind", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_long_names_are_read_as_each_format_writes_them(tmp_path, kind):
    folder = "a-rather-long-class-" + "x" * 60
    name = f"{folder}/{'y' * 70 if kind == tarfile.USTAR_FORMAT else 'é' * 120}.png"
    tar(tmp_path / "s.tar", {name: png(5), "b/1.png": png()}, kind)
    table = open_source(tmp_path)
    assert labels_of(table) == [folder, "b"]
    assert table.columns["image"].take(np.array([0])) == [png(5)]


def test_a_packed_tar_is_refused_with_what_unpacks_it(tmp_path):
    (tmp_path / "s.tar.gz").write_bytes(b"\x1f\x8b")
    with pytest.raises(SourceError, match="is packed") as error:
        open_source(tmp_path / "s.tar.gz")
    assert error.value.fix.startswith("gunzip ")


def test_a_tar_that_is_cut_is_named_with_the_member(tmp_path):
    tar(tmp_path / "s.tar", {"a/1.png": png(), "b/2.png": png()})
    os.truncate(tmp_path / "s.tar", 1024 + 512 + 20)
    with pytest.raises(SourceError, match=r"s\.tar is cut after 1,556 bytes, within b/2\.png"):
        open_source(tmp_path)


def test_a_tar_with_a_damaged_header_is_named_with_the_place(tmp_path):
    tar(tmp_path / "s.tar", {"a/1.png": png(), "b/2.png": png()})
    data = bytearray((tmp_path / "s.tar").read_bytes())
    data[1024] ^= 1
    (tmp_path / "s.tar").write_bytes(data)
    with pytest.raises(SourceError, match=r"s\.tar is damaged: no member begins at byte 1,024"):
        open_source(tmp_path)


@pytest.mark.parametrize(("name", "said"), [("../out.png", "leads out of it"), ("/etc/out.png", "leads out of it")])
def test_names_that_lead_out_of_a_tar_are_refused(tmp_path, name, said):
    tar(tmp_path / "s.tar", {"a/1.png": png(), name: png()})
    with pytest.raises(SourceError, match=said):
        open_source(tmp_path)


def test_links_in_a_tar_are_refused(tmp_path):
    with tarfile.open(tmp_path / "s.tar", "w") as archive:
        info = tarfile.TarInfo("a/1.png")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(SourceError, match=r'holds "a/1\.png", no plain file'):
        open_source(tmp_path)


def test_a_name_that_stands_twice_is_refused(tmp_path):
    for shard in ("0", "1"):
        tar(tmp_path / f"{shard}.tar", {"a/1.png": png(), f"b/{shard}.png": png()})
    with pytest.raises(SourceError, match=r'1\.tar holds "a/1\.png", which stands before it too'):
        open_source(tmp_path)


def test_a_shard_that_changes_after_it_was_listed_is_read_no_more(tmp_path):
    tar(tmp_path / "s.tar", {"a/1.png": png(), "b/2.png": png()})
    column = open_source(tmp_path).columns["image"]
    os.utime(tmp_path / "s.tar", (1, 1))
    assert column.take(np.array([0]))[0].reason == "s.tar changed since it was listed"

"""Files are whole or not there, whatever happens on the way."""

from __future__ import annotations

import json
import os
import stat

import numpy as np
import pytest

from lamina import files
from lamina.errors import RunError


def test_a_kill_leaves_the_old_file_or_the_new_one(tmp_path, dying):
    path, seen = tmp_path / "a", set()
    for k in range(20):
        path.write_bytes(b"old")
        died = dying(lambda: files.write_bytes(path, b"new"), k)
        assert path.read_bytes() in (b"old", b"new")
        seen.add(path.read_bytes())
        files.sweep(tmp_path)
        assert [p.name for p in tmp_path.iterdir()] == ["a"]
        if not died:
            break
    assert not died
    assert k >= 3
    assert seen == {b"old", b"new"}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a file just opened closes by itself
def test_ctrl_c_leaves_the_old_file_or_the_new_one_and_nothing_else(tmp_path, interrupted):
    path, seen = tmp_path / "a", set()
    for k in range(10_000):
        path.write_bytes(b"old")
        stopped = interrupted(lambda: files.write_bytes(path, b"new"), k)
        assert [p.name for p in tmp_path.iterdir()] == ["a"], k
        seen.add(path.read_bytes())
        if not stopped:
            break
    assert not stopped
    assert k > 20
    assert seen == {b"old", b"new"}


def test_a_file_is_replaced_not_written_over(tmp_path):
    files.write_bytes(tmp_path / "a", b"old")
    with open(tmp_path / "a", "rb") as reader:
        files.write_bytes(tmp_path / "a", b"new")
        assert reader.read() == b"old"


@pytest.fixture
def made(monkeypatch):
    """The file operations that are made, in their order."""
    seen = []
    sync, replace = os.fsync, os.replace

    def fsync(handle):
        seen.append("sync folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "sync file")
        sync(handle)

    def replaced(old, new):
        seen.append("replace")
        replace(old, new)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replaced)
    return seen


def test_bytes_are_synced_before_they_take_their_place_and_the_folder_after(tmp_path, made):
    files.write_bytes(tmp_path / "a", b"new")
    assert made == ["sync file", "replace", "sync folder"]


def test_a_line_is_synced(tmp_path, made):
    files.append_line(tmp_path / "log", b"{}")
    assert made == ["sync file"]


def test_a_full_disk_says_what_is_needed_and_free_and_keeps_the_old_file(tmp_path, full_disk):
    files.write_bytes(tmp_path / "a", b"old")
    with full_disk(), pytest.raises(RunError, match=r"disk is full: a needs 1,234 bytes and [\d,]+ are free"):
        files.write_bytes(tmp_path / "a", bytes(1234))
    assert (tmp_path / "a").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_refuses_is_named(tmp_path):
    with pytest.raises(RunError, match=r"cannot write .*missing"):
        files.write_bytes(tmp_path / "missing" / "a", b"")


def test_room_is_asked_for_before_the_work(tmp_path):
    files.check_room(tmp_path, 1)
    with pytest.raises(RunError, match="needs 1,000,000,000,000,000,000 bytes"):
        files.check_room(tmp_path, 10**18)


def test_sweeping_leaves_what_is_not_ours(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("mine.txt", ".hidden", "in/.lamina-x", ".lamina-y"):
        (tmp_path / name).write_text("x")
    files.sweep(tmp_path)
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")) == [".hidden", "in", "mine.txt"]


def test_json_takes_numpy_and_keeps_floats_to_the_bit():
    value = {
        "a": np.float64(0.1) + 0.2,
        "b": np.int64(3),
        "c": np.arange(2),
        "d": (1, np.float32(0.5)),
        "e": [float("nan")],
    }
    read = json.loads(files.json_bytes(value))
    assert read == {"a": 0.1 + 0.2, "b": 3, "c": [0, 1], "d": [1, 0.5], "e": [None]}


def test_json_keeps_names_that_are_no_utf8():
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    data = files.json_bytes({name: "é"})
    data.decode("utf-8")
    assert json.loads(data) == {name: "é"}


def test_equal_arrays_give_equal_bytes_and_objects_are_refused():
    arrays = {"b": np.arange(3), "a": np.eye(2)}
    assert files.arrays_bytes(arrays) == files.arrays_bytes(dict(reversed(arrays.items())))
    read = files.arrays_from(files.arrays_bytes(arrays))
    assert (read["a"] == np.eye(2)).all()
    assert (read["b"] == np.arange(3)).all()
    with pytest.raises(ValueError, match="allow_pickle"):
        files.arrays_bytes({"a": np.array([object()])})


@pytest.mark.parametrize("tail", [b"", b"torn", b"\0" * 70_000])
def test_a_line_is_added_after_the_last_whole_one(tmp_path, tail):
    path = tmp_path / "log"
    path.write_bytes(b"one\n" + tail)
    files.append_line(path, b"two")
    assert path.read_bytes() == b"one\ntwo\n"


def test_every_flipped_bit_of_a_sealed_manifest_is_seen():
    data = files.seal({"format": 1, "files": {"a": {"size": 3}}})
    assert files.unseal(data, "m", 1)["files"] == {"a": {"size": 3}}
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(RunError, match="m is damaged"):
            files.unseal(bytes(flipped), "m", 1)


def test_a_manifest_of_a_newer_format_says_so():
    with pytest.raises(files.Newer, match="format 2, newer"):
        files.unseal(files.seal({"format": 2}), "m", 1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "zero bytes"),
        (b"<!DOCTYPE html>", "web page"),
        (b"\x80\x04.", "pickle"),
        (bytes(9), "all zero"),
        (b"x", "not those"),
    ],
)
def test_strange_bytes_are_described(data, words):
    assert words in files.what_is(data)

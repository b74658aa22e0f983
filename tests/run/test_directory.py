"""A run directory names what is wrong with it, and outlives a kill at any moment."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from lamina.errors import RunError
from lamina.files import seal
from lamina.run import RunDirectory


@pytest.fixture
def run(tmp_path):
    made = RunDirectory.create(tmp_path / "runs" / "one", {"source": "a.csv", "seed": 3})
    made.write("data.json", {"rows": 10, "name": "a long enough text to cut in the middle"})
    made.write("exhibits/a.png", b"picture bytes")
    made.write_arrays("split.npz", {"train": np.arange(5)})
    return made


def test_what_was_written_is_read(run):
    again = RunDirectory.open(run.path)
    assert again.request == {"source": "a.csv", "seed": 3}
    assert again.read_json("data.json")["rows"] == 10
    assert again.read_bytes("exhibits/a.png") == b"picture bytes"
    assert again.read_arrays("split.npz")["train"].tolist() == [0, 1, 2, 3, 4]
    assert again.has("data.json")
    assert not again.has("scores.json")


def test_the_manifest_lists_sizes_and_hashes(run):
    listed = json.loads((run.path / "manifest.json").read_bytes())["files"]["exhibits/a.png"]
    assert listed == {"size": 13, "sha256": hashlib.sha256(b"picture bytes").hexdigest()}


def test_reading_a_run_needs_no_torch(run):
    code = f"import sys; from lamina.run import RunDirectory; RunDirectory.open({str(run.path)!r}).request"
    code += "; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_run_is_never_written_over(run):
    with pytest.raises(RunError, match=r"already holds a run[^~]*--resume[^~]*one-2"):
        RunDirectory.create(run.path, {})
    (run.path.parent / "photos").mkdir()
    (run.path.parent / "photos" / "a.jpg").touch()
    with pytest.raises(RunError, match=r"folder with 1 entries \(a.jpg\)"):
        RunDirectory.create(run.path.parent / "photos", {})


def test_a_parent_that_cannot_be_written_to_stops_before_any_work(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot write"):
        RunDirectory.create(tmp_path / "file" / "run", {})


def test_what_is_no_run_is_described_with_the_nearest_run(run):
    with pytest.raises(RunError, match=r'ona does not exist[^~]*did you mean "one"'):
        RunDirectory.open(run.path.parent / "ona")
    (run.path.parent / "file").write_text("abc")
    with pytest.raises(RunError, match="is a file of 3 bytes"):
        RunDirectory.open(run.path.parent / "file")
    (run.path.parent / "empty").mkdir()
    with pytest.raises(RunError, match="is an empty folder"):
        RunDirectory.open(run.path.parent / "empty")
    (run.path / "manifest.json").unlink()
    with pytest.raises(RunError, match=r"manifest.json is missing"):
        RunDirectory.open(run.path)


@pytest.mark.parametrize("name", ["request.json", "data.json", "exhibits/a.png", "split.npz"])
@pytest.mark.parametrize("harm", ["flip", "cut", "zero", "empty", "gone", "page"])
def test_damage_is_named(run, name, harm):
    path = run.path / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    harmed = {"flip": bytes(data), "cut": data[:-3], "zero": bytes(len(data)), "empty": b"", "page": b"<html>" * 99}
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(harmed[harm])
    words = {"cut": " of ", "zero": "all zero", "empty": "zero bytes", "gone": "cannot be read", "page": "web page"}
    with pytest.raises(RunError, match=name) as raised:
        run.read_bytes(name)
    assert words.get(harm, "damaged") in str(raised.value)


def test_damage_to_the_manifest_is_told_from_damage_to_a_file(run):
    path = run.path / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"size": 13', b'"size": 14'))
    with pytest.raises(RunError, match=r"manifest.json is damaged"):
        run.read_bytes("exhibits/a.png")


@pytest.mark.parametrize(
    "name",
    ["../x", "/x", "a/../../x", "", ".hidden", "a//b", "a\\b", "a\0b", "a\nb", "x\n", "manifest.json", "exhibits/.."],
)
def test_names_stay_inside(run, name):
    with pytest.raises(RunError, match="cannot name a file"):
        run.write(name, b"")
    assert sorted(p.name for p in run.path.parent.iterdir()) == ["one"]


def test_a_kill_while_creating_leaves_no_run_or_a_whole_one(tmp_path, dying):
    found = set()
    for k in range(60):
        path = tmp_path / str(k) / "run"
        died = dying(lambda path=path: RunDirectory.create(path, {"seed": 1}), k)
        found.add(path.exists())
        if path.exists():
            assert RunDirectory.open(path).request == {"seed": 1}
        if not died:
            break
    assert not died
    assert found == {True, False}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a file just opened closes by itself
def test_ctrl_c_while_creating_leaves_no_run_or_a_whole_one_and_nothing_else(tmp_path, interrupted, monkeypatch):
    def unlocked(handle, how):
        raise OSError  # one that is interrupted just before it closes a lock ends; here it would keep it

    monkeypatch.setattr("lamina.run.folders.fcntl.flock", unlocked)
    for k in range(0, 10_000, 5):
        run = tmp_path / f"run-{k}"
        stopped = interrupted(lambda run=run: RunDirectory.create(run, {"source": "a.csv"}), k)
        left = {path.name for path in tmp_path.iterdir()}
        assert left in (set(), {run.name}), k
        if left:
            assert RunDirectory.open(run).request == {"source": "a.csv"}
            assert {path.name for path in run.iterdir()} == {"manifest.json", "request.json"}
            shutil.rmtree(run)
        if not stopped:
            break
    assert not stopped
    assert k > 100


def test_two_kills_in_a_row_leave_a_readable_file(tmp_path, dying):
    for first in range(15):
        for second in range(15):
            run = RunDirectory.create(tmp_path / f"{first}-{second}", {})
            run.write("data.json", {"was": 0})
            died = [
                dying(lambda run=run, n=n: run.write("data.json", {"was": n}), k) for n, k in ((1, first), (2, second))
            ]
            assert RunDirectory.open(run.path).read_json("data.json")["was"] in (0, 1, 2)
            run.write("data.json", {"was": 3})
            assert run.read_json("data.json") == {"was": 3}
    assert died == [False, False]  # the last pair came to its end, so every operation was tried


def test_a_new_file_is_there_whole_or_not_at_all_after_a_kill(tmp_path, dying):
    seen = set()
    for k in range(15):
        run = RunDirectory.create(tmp_path / str(k), {})
        died = dying(lambda run=run: run.write("data.json", {"is": 1}), k)
        seen.add(run.has("data.json"))
        assert not run.has("data.json") or run.read_json("data.json") == {"is": 1}
    assert not died
    assert seen == {True, False}


def test_a_full_disk_leaves_the_file_as_it_was(run, full_disk):
    with full_disk(), pytest.raises(RunError, match="disk is full"):
        run.write("data.json", {"rows": 11})
    assert run.read_json("data.json")["rows"] == 10


def test_what_a_killed_process_left_half_written_is_swept(run):
    (run.path / ".lamina-left").touch()
    with run.hold():
        assert not (run.path / ".lamina-left").exists()


def test_what_was_half_made_is_swept_by_the_next_run_made_beside_it(run):
    (run.path.parent / ".lamina-left").mkdir()
    (run.path.parent / ".lamina-left" / "manifest.json").touch()
    RunDirectory.create(run.path.parent / "two", {})
    assert sorted(p.name for p in run.path.parent.iterdir()) == ["one", "two"]


def test_a_run_that_came_to_nothing_goes_as_a_whole(tmp_path, dying):
    found = set()
    for k in range(30):
        run = RunDirectory.create(tmp_path / str(k) / "one", {"seed": 1})
        (run.path / "store").mkdir()
        (run.path / "store" / "rows.npy").touch()
        run.write("data.json", {"rows": 1})
        died = dying(lambda run=run: run.discard("store"), k)
        found.add(run.path.exists())
        if run.path.exists():
            assert RunDirectory.open(run.path).read_json("data.json") == {"rows": 1}
            assert (run.path / "store" / "rows.npy").exists()
        RunDirectory.create(run.path.parent / "two", {})
        assert {p.name for p in run.path.parent.iterdir()} <= {"one", "two"}
        if not died:
            break
    assert not died
    assert found == {True, False}


def test_a_run_that_came_to_nothing_leaves_the_files_of_others(run):
    (run.path / "notes.txt").write_text("the user's own")
    run.discard("store")
    assert [p.name for p in run.path.rglob("*") if p.is_file()] == ["notes.txt"]


def test_a_file_that_grew_is_listed_when_it_is_complete(run):
    (run.path / "log.jsonl").write_text("{}\n")
    assert not run.has("log.jsonl")
    run.record("log.jsonl")
    assert run.read_bytes("log.jsonl") == b"{}\n"
    (run.path / "log.jsonl").write_text("{}\n{}\n")
    with pytest.raises(RunError, match=r"log.jsonl .* damaged"):
        run.read_bytes("log.jsonl")


@pytest.mark.parametrize(
    "files", [None, [], {"a.json": 3}, {"a.json": {}}, {"a.json": {"size": 2}}, {"a.json": {"next": None}}]
)
def test_a_manifest_that_lists_what_is_no_file_is_refused(run, files):
    (run.path / "manifest.json").write_bytes(seal({"format": 1} if files is None else {"format": 1, "files": files}))
    with pytest.raises(RunError, match="lists no files with their sizes and hashes"):
        RunDirectory.open(run.path)


def test_arrays_that_are_none_are_named_though_their_hash_fits(run):
    run.write("split.npz", b"PK\x05\x06 no archive")
    with pytest.raises(RunError, match=r"split\.npz of .* holds no arrays"):
        run.read_arrays("split.npz")

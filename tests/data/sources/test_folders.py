from __future__ import annotations

import copy
import gzip
import os
import stat
import struct
import zipfile

import numpy as np
import pytest
from PIL import Image as Pictures

from lamina.data.schema import make_schema
from lamina.data.sources import open_source
from lamina.errors import SourceError
from lamina.findings import Findings


@pytest.fixture
def photos(tmp_path):
    root = tmp_path / "photos"
    for i in range(6):
        put(root / ("cat", "dog")[i % 2] / f"{i}.png", i)
    return root


def put(path, shade=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Pictures.new("L", (4, 4), shade).save(path)


def zipped(path, names, mode=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", mode) as out:
        for name in names:
            out.writestr(name, b"x")
    return path


def reasons(table):
    return [getattr(data, "reason", "") for data in table.columns["image"].take(np.arange(len(table)))]


def test_classes_are_folders_and_rows_stand_in_order_of_class_and_name(photos):
    table = open_source(photos)
    assert list(table.ids) == ["cat/0.png", "cat/2.png", "cat/4.png", "dog/1.png", "dog/3.png", "dog/5.png"]
    assert table.columns["label"].array.to_pylist() == ["cat"] * 3 + ["dog"] * 3
    assert table.target == "label"
    assert table.parts is None


@pytest.mark.parametrize(
    "names",
    [("train", "valid", "test"), ("Train", "val", "TEST"), ("train", "validation", "t10k"), ("train", "dev", "test")],
)
def test_published_parts_keep_their_names(tmp_path, names):
    for name in names:
        for label in ("a", "b"):
            put(tmp_path / name / label / "1.png")
    table = open_source(tmp_path)
    assert sorted(set(table.parts)) == ["test", "train", "valid"]
    assert set(table.columns["label"].array.to_pylist()) == {"a", "b"}


def test_stray_files_are_listed_and_hidden_ones_skipped(photos):
    (photos / "README.md").write_text("about")
    (photos / "cat" / "notes.txt").write_text("about")
    (photos / "cat" / ".hidden.png").write_bytes(b"x")
    put(photos / "loose.png")
    findings = Findings()
    table = open_source(photos, findings=findings)
    assert table.facts["stray"] == ["README.md", "cat/notes.txt", "loose.png"]
    assert len(table) == 6
    assert findings.warnings["loose"].startswith(
        "1 picture lies beside the class folders and is not read; first: loose"
    )
    assert not findings.asides


def test_a_jpeg_may_be_called_jfif(photos):
    Pictures.new("L", (4, 4)).save(photos / "cat" / "6.jfif", "JPEG")
    table = open_source(photos)
    assert "cat/6.jfif" in table.ids
    assert table.columns["image"].take(np.array([3]))[0].startswith(b"\xff\xd8")


def test_files_in_class_folders_that_are_not_read_are_said_by_ending(photos):
    for name in ("cat/a.heic", "dog/b.HEIC", "dog/c.heic", "dog/d.psd", "dog/f3a9"):
        (photos / name).write_bytes(b"x")
    for name in ("cat/README", "cat/notes.txt", "cat/Thumbs.db", "dog/desktop.ini", "dog/.DS_Store", "loose.heic"):
        (photos / name).write_bytes(b"x")
    findings = Findings()
    assert len(open_source(photos, findings=findings)) == 6
    told = [text for code, text in findings.warnings.items() if code.startswith("passed over")]
    do = "save as .jpg or .png what is a picture, or take it out of the class folders"
    assert told == [
        f"1 file without an ending in dog is not read; {do}",
        f"3 .heic files in 2 folders are not read; {do}",
        f"1 .psd file in dog is not read; {do}",
    ]


def test_a_folder_of_no_known_sort_leads_to_the_list_of_sorts(tmp_path):
    (tmp_path / "dialogues.xyz").write_bytes(b"x")
    with pytest.raises(SourceError, match=r"holds no picture .*1 × \.xyz") as caught:
        open_source(tmp_path)
    assert "lamina sources" in caught.value.fix


def test_an_empty_class_folder_stops(photos):
    (photos / "bird").mkdir()
    findings = Findings()
    open_source(photos, findings=findings)
    with pytest.raises(SourceError, match="class folder bird in photos holds no picture"):
        findings.raise_errors()


def test_one_class_only_stops(tmp_path):
    put(tmp_path / "photos" / "cat" / "1.png"), put(tmp_path / "photos" / "cat" / "2.png")
    findings = Findings()
    make_schema(open_source(tmp_path / "photos", findings=findings), None, (), {}, findings)
    with pytest.raises(SourceError, match=r'"label" of photos cannot be learned: .*cat.* in every row'):
        findings.raise_errors()


def test_a_folder_of_pictures_alone_has_no_target(tmp_path):
    put(tmp_path / "1.png"), put(tmp_path / "2.png")
    table = open_source(tmp_path)
    assert list(table.columns) == ["image"]
    assert table.target == ""


def test_a_folder_of_other_things_says_what_it_holds(tmp_path):
    (tmp_path / "a.mid").write_bytes(b"x")
    with pytest.raises(SourceError, match=r"1 × \.mid"):
        open_source(tmp_path)


def test_odd_names_are_kept_apart_and_safe_to_print(photos):
    with open(os.fsencode(photos / "cat") + b"/\xff.png", "wb") as file:
        file.write((photos / "cat" / "0.png").read_bytes())
    put(photos / "cat" / "new\nline.png")
    put(photos / "cat" / "new\\nline.png")
    put(photos / "cat" / ("n" * 251 + ".png"))
    table = open_source(photos)
    assert len(set(table.ids)) == len(table) == 10
    assert all(name.isprintable() and name.encode() for name in table.ids)
    assert all(table.columns["image"].where(i).isprintable() for i in range(10))
    assert reasons(table) == [""] * 10


def test_links_are_not_followed_and_counted(photos, tmp_path):
    secret = tmp_path / "secret.png"
    put(secret)
    (photos / "cat" / "loop").symlink_to(photos)
    (photos / "cat" / "out.png").symlink_to(secret)
    findings = Findings()
    table = open_source(photos, findings=findings)
    assert len(table) == 6
    assert "2 links" in findings.warnings["links"]


def test_a_folder_of_links_alone_says_so(photos, tmp_path):
    (tmp_path / "linked" / "cat").mkdir(parents=True)
    (tmp_path / "linked" / "cat" / "0.png").symlink_to(photos / "cat" / "0.png")
    with pytest.raises(SourceError, match=r"linked holds no file \(links are not followed; it holds 1\)") as caught:
        open_source(tmp_path / "linked")
    assert "cp -rL" in caught.value.fix


def test_a_file_that_may_not_be_read_is_named_with_the_mend(photos, monkeypatch):
    table = open_source(photos)

    def refuse(path, mode):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("lamina.data.sources.reading.open", refuse, raising=False)
    assert reasons(table) == ["permission denied; chmod u+r"] * 6


def test_a_folder_that_may_not_be_entered_stops(photos, monkeypatch):
    enter = os.scandir

    def refuse(path):
        if str(path).endswith("dog"):
            raise PermissionError(13, "Permission denied")
        return enter(path)

    monkeypatch.setattr(os, "scandir", refuse)
    findings = Findings()
    open_source(photos, findings=findings)
    assert "chmod u+rx dog" in [error.fix for error, _ in findings.errors]


def test_a_file_changed_or_deleted_during_the_run_is_set_aside_and_the_order_stays(photos):
    table = open_source(photos)
    put(photos / "cat" / "2.png", 200)
    os.utime(photos / "cat" / "2.png", ns=(1, 1))
    (photos / "dog" / "1.png").unlink()
    assert reasons(table) == ["", "changed since it was listed", "", "deleted since it was listed", "", ""]


def test_a_zip_is_read_in_place_with_or_without_one_folder_around(photos, tmp_path):
    inside, around = tmp_path / "inside.zip", tmp_path / "around.zip"
    for path, start in ((inside, photos), (around, tmp_path)):
        with zipfile.ZipFile(path, "w") as out:
            for file in photos.rglob("*.png"):
                out.write(file, file.relative_to(start))
    folder = open_source(photos)
    for path in (inside, around):
        table = open_source(path)
        assert table.columns["label"].array == folder.columns["label"].array
        assert table.columns["image"].take(np.arange(6)) == folder.columns["image"].take(np.arange(6))


def test_a_zip_is_read_again_in_another_process(photos, tmp_path):
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as out:
        out.write(photos / "cat" / "0.png", "cat/0.png")
    read = open_source(path).columns["image"].read
    assert copy.copy(read)("cat/0.png") == (photos / "cat" / "0.png").read_bytes()


@pytest.mark.parametrize("name", ["../out.png", "/etc/out.png", "cat/../../out.png", "c:/out.png", "..\\out.png"])
def test_a_name_that_leads_out_of_the_archive_is_refused(tmp_path, name):
    with pytest.raises(SourceError, match="leads out of it"):
        open_source(zipped(tmp_path / "t.zip", ["cat/1.png", name]))


def test_a_link_in_an_archive_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as out:
        link = zipfile.ZipInfo("cat/1.png")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        out.writestr(link, "/etc/passwd")
    with pytest.raises(SourceError, match="a link"):
        open_source(tmp_path / "t.zip")


def test_an_archive_with_too_many_entries_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("lamina.data.sources.archive.ENTRIES", 3)
    with pytest.raises(SourceError, match="holds 4 entries"):
        open_source(zipped(tmp_path / "t.zip", [f"cat/{i}.png" for i in range(4)]))


def test_an_archive_that_swells_is_refused_unread(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("cat/1.png", bytes(70 << 20))
    with pytest.raises(SourceError, match="unpacks to 73,400,320"):
        open_source(tmp_path / "t.zip")


def test_an_archive_whose_entries_lie_over_each_other_is_refused(tmp_path):
    path = zipped(tmp_path / "t.zip", ["cat/1.png"])
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 20, 1 << 20)  # the packed size in the index
    path.write_bytes(data)
    with pytest.raises(SourceError, match="unpacks to"):
        open_source(path)


def test_a_damaged_entry_of_an_archive_is_that_entrys_error(tmp_path):
    path = zipped(tmp_path / "t.zip", ["cat/1.png", "dog/2.png"])
    data = bytearray(path.read_bytes())
    data[data.index(b"cat/1.png") + len(b"cat/1.png")] ^= 255
    path.write_bytes(data)
    first, second = reasons(open_source(path))
    assert first.startswith("damaged in the archive")
    assert second == ""


def test_an_entry_whose_own_name_is_no_text_is_that_entrys_error(tmp_path):
    path = zipped(tmp_path / "t.zip", ["cat/é.png", "dog/2.png"])
    data = bytearray(path.read_bytes())
    data[data.index("é".encode())] = 0x91  # where the entry lies, not in the index
    path.write_bytes(data)
    first, second = reasons(open_source(path))
    assert first.startswith("damaged in the archive")
    assert second == ""


def test_a_cut_archive_is_refused_by_name(tmp_path):
    path = zipped(tmp_path / "t.zip", ["cat/1.png", "dog/2.png"])
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(SourceError, match=r"t\.zip is not a zip that can be read"):
        open_source(path)


def test_a_folder_of_files_that_are_each_a_source_says_what_they_are(tmp_path):
    (tmp_path / "chorales").mkdir()
    for name in ("eighths", "quarters"):
        data = gzip.compress(b'{"train": [[[60, 64], [62]]], "test": [[[60], []]]}')
        (tmp_path / "chorales" / f"{name}.json.gz").write_bytes(data)
    (tmp_path / "chorales" / "README.md").write_text("chorales")
    with pytest.raises(
        SourceError, match=r"chorales holds 2 files[^$]*eighths.json.gz is a .json of pieces"
    ) as refused:
        open_source(tmp_path / "chorales")
    assert f"name one of them: {tmp_path / 'chorales' / 'eighths.json.gz'}" in str(refused.value)
    (tmp_path / "chorales" / "quarters.json.gz").unlink()
    assert set(open_source(tmp_path / "chorales").columns) == {"notes"}  # the only one needs no name

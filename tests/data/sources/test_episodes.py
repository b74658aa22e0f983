"""Classes to learn from and episodes to be tested on: what each row is, and what cannot be used."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image as Pictures

from lamina.data.sources import open_source
from lamina.errors import SourceError
from lamina.findings import Findings
from lamina.kinds import Alike


def png():
    out = io.BytesIO()
    Pictures.new("L", (5, 5), 9).save(out, "PNG")
    return out.getvalue()


def omniglot(root, key):
    with zipfile.ZipFile(root / "images_background_small1.zip", "w") as out:
        for i in range(4):
            out.writestr(f"images_background_small1/Greek/character0{i // 2}/{i}.png", png())
    with zipfile.ZipFile(root / "all_runs.zip", "w") as out:
        for i in (1, 2):
            out.writestr(f"run07/training/class0{i}.png", png())
            out.writestr(f"run07/test/item0{i}.png", png())
        out.writestr("run07/class_labels.txt", key)


def test_a_run_is_examples_and_what_is_asked(tmp_path):
    omniglot(
        tmp_path, "run07/test/item01.png run07/training/class02.png\nrun07/test/item02.png run07/training/class01.png\n"
    )
    table = open_source(tmp_path)
    told = table.columns["character"].array.to_pylist()
    assert [one["name"] for one in told[:4]] == ["Greek/character00"] * 2 + ["Greek/character01"] * 2
    run = {table.id_of(i): (told[i]["name"], told[i]["example"]) for i in range(4, 8)}
    assert run["run07/test/item01.png"] == ("class02", False)
    assert run["run07/training/class02.png"] == ("class02", True)
    assert table.parts.tolist() == ["train"] * 4 + ["test"] * 4
    assert isinstance(table.kinds["character"], Alike)


def test_what_no_line_tells_of_is_set_aside(tmp_path):
    omniglot(tmp_path, "run07/test/item01.png run07/training/class02.png\nthree words here\n")
    findings = Findings()
    assert len(open_source(tmp_path, findings=findings)) == 7
    assert sorted(one.reason for one in findings.asides["test"]) == [
        "class_labels.txt does not say what it is",
        "not two names",
    ]


def test_a_folder_of_training_and_test_is_one_episode_only_where_files_lie_in_them(tmp_path):
    for side in ("training", "test"):
        (tmp_path / side).mkdir()
        (tmp_path / side / "a.png").write_bytes(png())
    assert open_source(tmp_path).facts["reader"] == "episode"
    (tmp_path / "training" / "cat").mkdir()
    (tmp_path / "training" / "cat" / "b.png").write_bytes(png())
    assert open_source(tmp_path).facts["reader"] == "class folders"


def test_an_archive_without_pictures_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "images_background.zip", "w") as out:
        out.writestr("read.me", b"")
    with pytest.raises(SourceError, match="holds no pictures"):
        open_source(tmp_path)

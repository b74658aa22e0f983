"""Pictures with masks: how they are found, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pictures

from lamina.data.sources import open_source
from lamina.errors import SourceError
from lamina.findings import Findings


def save(path, size=(6, 5), value=1):
    path.parent.mkdir(parents=True, exist_ok=True)
    Pictures.fromarray(np.full(size[::-1], value, np.uint8)).save(path)


def opened(root):
    findings = Findings()
    return open_source(root, findings=findings), findings


@pytest.mark.parametrize(
    ("picture", "mask"),
    [
        ("images/{}.png", "masks/{}.png"),
        ("imgs/{}.jpg", "labels/{}_mask.png"),
        ("train/image/{}.png", "train/label/{}.png"),
    ],
)
def test_they_are_found_by_the_name_they_share(tmp_path, picture, mask):
    for name in "abc":
        save(tmp_path / picture.format(name))
        save(tmp_path / mask.format(name))
    table, findings = opened(tmp_path)
    assert (len(table), table.target, table.inputs) == (3, "mask", ("image",))
    assert not findings.errors
    assert not findings.asides


def test_folders_or_a_table_beside_them_say_the_parts(tmp_path):
    for name in "abcd":
        save(tmp_path / "images" / f"{name}.png")
        save(tmp_path / "labels" / f"{name}.png")
    (tmp_path / "split.csv").write_text("name,split\na,train\nb,val\nc,test\nd,\n")
    table, _ = opened(tmp_path)
    assert list(zip(table.parts.tolist(), table.ids, strict=True)) == [
        ("test", "images/c.png"),
        ("train", "images/a.png"),
        ("valid", "images/b.png"),
    ]


def test_parts_are_folders_too(tmp_path):
    for part in ("train", "test"):
        save(tmp_path / part / "images" / "a.png")
        save(tmp_path / part / "masks" / "a.png")
    assert sorted(opened(tmp_path)[0].parts.tolist()) == ["test", "train"]


def test_a_picture_without_a_mask_is_set_aside(tmp_path):
    for name in "abc":
        save(tmp_path / "images" / f"{name}.png")
    for name in "abz":
        save(tmp_path / "masks" / f"{name}.png")
    table, findings = opened(tmp_path)
    assert len(table) == 2
    assert {a.where: a.reason for a in findings.asides["source"]} == {
        "images/c.png": "no mask beside it",
        "masks/z.png": "a mask without a picture",
    }


def test_a_mask_of_another_size_than_its_picture_stops_everything(tmp_path):
    for name in "abc":
        save(tmp_path / "images" / f"{name}.png")
        save(tmp_path / "masks" / f"{name}.png", (6, 5) if name != "b" else (3, 5))
    _, findings = opened(tmp_path)
    with pytest.raises(SourceError, match=r"1 of 3 masks .* images/b\.png is 6 × 5, masks/b\.png 3 × 5"):
        findings.raise_errors()


def test_class_folders_are_not_taken_for_masks(tmp_path):
    for name in "abc":
        save(tmp_path / "cats" / f"{name}.png")
        save(tmp_path / "dogs" / f"{name}.png")
    assert opened(tmp_path)[0].target == "label"

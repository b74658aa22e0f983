"""Pictures with boxes in forms that are not read: their folders are no classes."""

from __future__ import annotations

import json

import pytest
from PIL import Image as Pictures

from lamina.data.sources import open_source
from lamina.errors import SourceError


def pictures(*folders):
    for folder in folders:
        folder.mkdir(parents=True)
        for i in range(3):
            Pictures.new("RGB", (8, 8), (i, 0, 0)).save(folder / f"{i}.jpg")


@pytest.mark.parametrize("notes", ["annotations/instances_train2017.json", "train2017/_annotations.coco.json"])
def test_boxes_as_coco_has_them_are_no_class_folders(tmp_path, notes):
    pictures(tmp_path / "train2017", tmp_path / "val2017")
    (tmp_path / notes).parent.mkdir(exist_ok=True)
    (tmp_path / notes).write_text(json.dumps({"images": [{"id": 0}], "annotations": [{"bbox": [1, 2, 3, 4]}]}))
    with pytest.raises(SourceError, match=r"holds boxes as COCO has them, in .*json, which are not read") as caught:
        open_source(tmp_path)
    assert "xmin = x + 1" in caught.value.fix
    assert len(open_source(tmp_path / "val2017")) == 3


@pytest.mark.parametrize("text", ["0 0.5 0.5 0.25 .1\n1 0.1 0.2 0.3 1e-2\n", "3 0.5 0.5 0.5 0.5"])
def test_boxes_as_yolo_has_them_are_no_class_folders(tmp_path, text):
    pictures(tmp_path / "train" / "images", tmp_path / "valid" / "images")
    for part in ("train", "valid"):
        (tmp_path / part / "labels").mkdir()
        (tmp_path / part / "labels" / "0.txt").write_text("")
        (tmp_path / part / "labels" / "1.txt").write_text(text)
    with pytest.raises(SourceError, match=r"holds boxes as YOLO has them, in train/labels/1\.txt") as caught:
        open_source(tmp_path)
    assert "Pascal VOC" in caught.value.expected


def test_notes_beside_classes_are_no_boxes(tmp_path):
    pictures(tmp_path / "cat", tmp_path / "labels")
    (tmp_path / "labels" / "note.txt").write_text("9 lives, 0.5 of them left")
    (tmp_path / "cat" / "cat.json").write_text('{"images": 3}')
    assert open_source(tmp_path).target == "label"

"""Pictures with boxes as Pascal VOC has them, and what is wrong with some."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pictures

from lamina.data.sources import open_source
from lamina.errors import SourceError
from lamina.findings import Findings

GOOD = (3, 2, 11, 9)


def thing(name="cell", edges=GOOD):
    sides = "".join(f"<{side}>{x}</{side}>" for side, x in zip(("xmin", "ymin", "xmax", "ymax"), edges, strict=True))
    return f"<object><name>{name}</name><bndbox>{sides}</bndbox></object>"


def voc(root, things, lists=None, size=(20, 16)):
    """A folder in which picture i has the things of place i; None leaves its XML file out."""
    for place, (stem, inside) in enumerate(things.items()):
        for folder in ("JPEGImages", "Annotations", "ImageSets/Main"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        Pictures.new("RGB", size, (place * 9, 0, 0)).save(root / "JPEGImages" / f"{stem}.jpg")
        if inside is not None:
            text = inside if isinstance(inside, str) else f"<annotation>{''.join(inside)}</annotation>"
            (root / "Annotations" / f"{stem}.xml").write_text(text)
    for part, names in (lists or {}).items():
        (root / "ImageSets" / "Main" / f"{part}.txt").write_text("\n".join(names))
    return root


def opened(root):
    findings = Findings()
    table = open_source(root, findings=findings)
    return table, findings


def test_pictures_stand_beside_their_boxes_in_the_parts_that_are_listed(tmp_path):
    things = {"a": [thing()], "b": [thing("seed"), thing()], "c": [], "d": [thing()], "e": [thing()]}
    root = voc(tmp_path, things, {"train": "ab", "val": "c", "test": "d", "trainval": "abc"})
    table, findings = opened(root)
    assert (table.target, table.inputs, list(table.columns)) == ("boxes", ("image",), ["image", "boxes"])
    assert table.parts.tolist() == ["test", "train", "train", "valid"]  # e is in no list, and so no row
    row = table.columns["boxes"].take(np.array([2]))[0].as_py()
    assert (row["width"], row["height"], [box["label"] for box in row["boxes"]]) == (20, 16, ["seed", "cell"])
    assert [row["boxes"][0][side] for side in ("x0", "y0", "x1", "y1")] == [2, 1, 11, 9]  # pixels count from 1
    assert not findings.errors
    assert not findings.warnings


def test_a_picture_without_an_xml_file_is_set_aside(tmp_path):
    table, findings = opened(voc(tmp_path, {"a": [thing()], "b": None, "c": "<annotation><object>", "d": [thing()]}))
    assert len(table) == 2
    reasons = {aside.where: aside.reason for aside in findings.asides["source"]}
    assert reasons["JPEGImages/b.jpg"] == "no XML file says what is in the picture"
    assert "damaged" in reasons["JPEGImages/c.jpg"]


@pytest.mark.parametrize(
    ("edges", "why"),
    [((5, 5, 5, 9), "of no width or height"), ((11, 2, 3, 9), "inside out"), ((3, 2, 40, 9), "outside its picture")],
)
def test_a_box_that_cannot_be_is_left_out_and_said(tmp_path, edges, why):
    things = {f"p{i}": [thing(), thing()] for i in range(5)}
    things["p0"] = [thing(), thing(edges=edges)]
    table, findings = opened(voc(tmp_path, things))
    assert table.facts["boxes"] == 9
    assert f"1 {why}" in findings.warnings["boxes"]
    assert "p0.xml" in findings.warnings["boxes"]


def test_boxes_written_as_corner_and_size_stop_everything(tmp_path):
    things = {f"p{i}": [thing(edges=(12, 10, 6, 5)), thing()] for i in range(5)}
    _, findings = opened(voc(tmp_path, things))
    with pytest.raises(SourceError, match="are these x, y, width, height"):
        findings.raise_errors()


def test_an_edge_a_pixel_outside_is_brought_in(tmp_path):
    table, findings = opened(voc(tmp_path, {"a": [thing(edges=(0, 0, 21, 17))]}))
    box = table.columns["boxes"].take(np.array([0]))[0].as_py()["boxes"][0]
    assert [box[side] for side in ("x0", "y0", "x1", "y1")] == [0, 0, 20, 16]
    assert not findings.warnings


def test_an_xml_file_that_defines_entities_is_not_read(tmp_path):
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbbbbbb">]><annotation>&b;</annotation>'
    _, findings = opened(voc(tmp_path, {"a": [thing()], "b": bomb}))
    assert "defines entities" in findings.asides["source"][0].reason


def test_a_listed_picture_that_is_not_there_is_said(tmp_path):
    root = voc(tmp_path, {"a": [thing()], "b": [thing()]}, {"train": ["a", "gone"], "test": "b"})
    assert "gone" in opened(root)[1].warnings["listed"]


def test_listed_names_may_hold_spaces_and_a_number_behind_them(tmp_path):
    lists = {"train": ["a cell 1", "a cell 2  1"], "val": ["b  -1", "b"], "test": ["c 0"]}
    root = voc(tmp_path, {name: [thing()] for name in ("a cell 1", "a cell 2", "b", "c")}, lists)
    table, findings = opened(root)
    assert dict(zip(table.ids, table.parts.tolist(), strict=True)) == {
        "JPEGImages/a cell 1.jpg": "train",
        "JPEGImages/a cell 2.jpg": "train",
        "JPEGImages/b.jpg": "valid",
        "JPEGImages/c.jpg": "test",
    }
    assert not findings.warnings


def test_lists_that_name_nothing_for_training_are_said(tmp_path):
    root = voc(tmp_path, {"a": [thing()], "b": [thing()]}, {"train": ["gone 1", "gone 2"], "test": "b"})
    table, findings = opened(root)
    assert (table.parts, len(table)) == (None, 2)
    assert "name no picture for training" in findings.warnings["lists"]
    assert findings.warnings["listed"].startswith("2 pictures are listed in ImageSets and not there: gone 1, gone 2")


def test_pictures_that_are_turned_are_said(tmp_path):
    root = voc(tmp_path, {"a": [thing()], "b": [thing()]})
    exif = Pictures.Exif()
    exif[0x0112] = 6
    Pictures.new("RGB", (16, 20)).save(root / "JPEGImages" / "a.jpg", exif=exif)
    table, findings = opened(root)
    assert findings.warnings["boxes turned"].startswith("1 pictures are turned upright as their EXIF says")
    assert table.columns["boxes"].take(np.array([0]))[0].as_py()["width"] == 20  # as the upright picture is


def test_a_png_that_breaks_off_is_not_said_to_be_turned(tmp_path):
    root = voc(tmp_path, {"a": [thing()], "b": [thing()]})
    whole = root / "JPEGImages" / "a.png"
    Pictures.fromarray(np.random.default_rng(0).integers(0, 255, (16, 20, 3), np.uint8)).save(whole)
    (root / "JPEGImages" / "a.jpg").write_bytes(whole.read_bytes()[:-300])  # Pillow goes by what a file holds
    whole.unlink()
    assert "boxes turned" not in opened(root)[1].warnings

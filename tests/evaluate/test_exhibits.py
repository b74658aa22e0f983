"""Exhibits: the worst rows in order, as pictures and texts."""

from __future__ import annotations

import io
import json

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image as Pictures

from lamina.data.table import Arrays, Files, Table, Values
from lamina.evaluate.exhibits import as_png, worst, write_exhibits
from lamina.kinds import Category, Field, Image, Number, Schema, Tags

CATS = Category(labels=("ant", "bee"))


def test_confident_mistakes_come_first_and_right_answers_never():
    truth = np.array([0, 0, 1, 1, -1, 0])
    answer = np.array([[0.4, 0.6], [0.1, 0.9], [0.3, 0.7], [0.8, 0.2], [0.0, 1.0], [np.nan, np.nan]])
    assert worst(truth, answer, CATS, 5).tolist() == [1, 3, 0]
    assert worst(truth, answer, CATS, 1).tolist() == [1]


def test_largest_errors_of_numbers():
    truth = np.array([0.0, 5, 1, np.nan])
    assert worst(truth, np.array([1.0, 1, 1, 0]), Number(), 9).tolist() == [1, 0]


def test_most_wrong_tags():
    truth = np.array([[1, 0], [1, 1], [0, 0]])
    answer = np.array([[0.9, 0.1], [0.1, 0.2], [0.2, 0.6]])
    assert worst(truth, answer, Tags(labels=("a", "b")), 9).tolist() == [1, 2]


def test_a_table_is_shown_as_text():
    columns = {
        "size": Values("size", pa.chunked_array([[1.5, None, 3.25]])),
        "share": Values("share", pa.chunked_array([["12%", "50%", "7%"]])),
        "note": Values("note", pa.chunked_array([["x" * 200, "short", None]])),
        "kind": Values("kind", pa.chunked_array([["ant", "bee", "ant"]])),
    }
    schema = Schema(
        (
            Field("size", Number(), "input"),
            Field("share", Number(cast="percent"), "input"),
            Field("note", Category(labels=("short",)), "input"),
            Field("kind", CATS, "target"),
        )
    )
    files: dict[str, bytes] = {}
    answer = np.array([[0.9, 0.1], [0.2, 0.8]])  # of rows 1 and 2, both wrong
    table = Table(columns, "t", ids=("r0", "r1", "r2"))
    found = write_exhibits(schema, table, np.array([1, 2]), np.array([1, 0]), answer, files.__setitem__)
    assert files == {}
    assert found[0] == {
        "id": "r1",
        "truth": "bee",
        "answer": "ant",
        "confidence": 0.9,
        "picture": None,
        "shown": {"size": "missing", "share": "50%", "note": "short"},
    }
    assert found[1]["shown"] == {"size": "3.25", "share": "7%", "note": "missing"}
    json.dumps(found, allow_nan=False)
    long = write_exhibits(schema, table, np.array([0]), np.array([0]), answer[1:], files.__setitem__)
    assert long[0]["shown"]["note"] == "x" * 79 + "…"


def test_pictures_are_written_and_named():
    pixels = np.arange(3 * 28 * 28, dtype=np.uint8).reshape(3, 28, 28)
    schema = Schema((Field("image", Image(height=28, width=28, channels=1), "input"), Field("y", CATS, "target")))
    table = Table({"image": Arrays("image", pixels), "y": Values("y", pa.chunked_array([["ant"] * 3]))}, "t")
    files: dict[str, bytes] = {}
    answer = np.array([[0.4, 0.6], [1.0, 0.0], [0.3, 0.7]])
    found = write_exhibits(schema, table, np.arange(3), np.zeros(3, int), answer, files.__setitem__)
    assert [(r["id"], r["picture"]) for r in found] == [("2", "exhibits/000.png"), ("0", "exhibits/001.png")]
    shown = np.asarray(Pictures.open(io.BytesIO(files["000.png"])))
    assert shown.shape == (84, 84)  # three times 28
    np.testing.assert_array_equal(shown[::3, ::3], pixels[2])


def test_a_picture_that_cannot_be_read_is_left_out():
    schema = Schema((Field("image", Image(height=8, width=8, channels=3), "input"), Field("y", Number(), "target")))
    table = Table({"image": Files("image", ["a.png"], lambda name: b"not a picture")}, "t", ids=("a.png",))
    found = write_exhibits(schema, table, np.array([0]), np.array([1.0]), np.array([2.5]), {}.__setitem__)
    want = {"id": "a.png", "truth": "1", "answer": "2.5", "confidence": None, "picture": None, "shown": {}}
    assert found == [want]


def test_tags_are_named_in_truth_and_answer():
    kind = Tags(labels=("a", "b", "c"), threshold=0.3)
    schema = Schema((Field("x", Number(), "input"), Field("y", kind, "target")))
    table = Table({"x": Values("x", pa.chunked_array([[1]]))}, "t")
    truth, answer = np.array([[1, 0, 1]]), np.array([[0.1, 0.4, 0.35]])
    record = write_exhibits(schema, table, np.array([0]), truth, answer, {}.__setitem__)[0]
    assert (record["truth"], record["answer"], record["confidence"]) == ("a, c", "b, c", None)


@pytest.mark.parametrize(
    ("size", "want"), [((5, 9), (40, 72)), ((63, 20), (126, 40)), ((64, 64), (64, 64)), ((640, 320), (160, 80))]
)
def test_pictures_come_in_sizes_to_look_at(size, want):
    assert Pictures.open(io.BytesIO(as_png(Pictures.new("RGB", size)))).size == want

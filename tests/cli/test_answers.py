"""Answers that are pictures or boxes, as a person reads them and as files."""

import json

import numpy as np
from PIL import Image as Pictures

from lamina.cli.answers import answer_table, write_answers
from lamina.predict import Answer, as_mapping

BOX = {"label": "cat", "score": 0.91, "box": [1.0, 2.0, 30.0, 40.0]}
ANSWERS = [Answer("a.png", np.full((4, 6), 7, np.uint8)), Answer("dir/b.png", problem="zero bytes")]


def test_a_picture_is_told_by_its_size_and_boxes_by_name_and_place():
    rows = answer_table([ANSWERS[0], Answer("b", [BOX]), Answer("c", [])])
    assert [row[1] for row in rows[1:]] == ["4 × 6 picture", "cat 0.91 from 1, 2 to 30, 40", ""]


def test_pictures_go_to_a_folder_beside_the_file(tmp_path):
    write_answers(tmp_path / "out.csv", ANSWERS)
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines == ["id,answer,warnings,problem", "a.png,out/00000-a.png,,", "dir/b.png,,,zero bytes"]
    assert (np.asarray(Pictures.open(tmp_path / "out" / "00000-a.png")) == 7).all()


def test_boxes_stand_in_a_file_as_json(tmp_path):
    write_answers(tmp_path / "out.jsonl", [Answer("a", [BOX])])
    assert json.loads(json.loads((tmp_path / "out.jsonl").read_text())["answer"]) == [BOX]


def test_as_json_a_picture_is_the_address_of_its_file():
    said = json.dumps(as_mapping(ANSWERS[0]))
    assert '"data:image/png;base64,' in said

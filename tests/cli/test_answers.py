"""Answers that are pictures or boxes, as a person reads them and as files."""

import json

import numpy as np
import pytest
from PIL import Image as Pictures

from lamina.cli.answers import answer_table, write_answers
from lamina.errors import SettingError
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


def test_pictures_are_never_written_over_what_a_folder_holds(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "00000-a.png").write_text("mine")
    with pytest.raises(SettingError, match="nothing is overwritten"):
        write_answers(tmp_path / "out.csv", ANSWERS)
    assert (tmp_path / "out" / "00000-a.png").read_text() == "mine"
    write_answers(tmp_path / "out.csv", [Answer("a.png", "cat")])  # of labels there is no folder


def test_boxes_stand_in_a_file_as_json(tmp_path):
    write_answers(tmp_path / "out.jsonl", [Answer("a", [BOX])])
    assert json.loads(json.loads((tmp_path / "out.jsonl").read_text())["answer"]) == [BOX]


def test_as_json_a_picture_is_the_address_of_its_file():
    said = json.dumps(as_mapping(ANSWERS[0]))
    assert '"data:image/png;base64,' in said


def test_of_many_labels_the_likeliest_are_told(tmp_path):
    answers = [Answer("a", "n1", likeliest={"n1": 0.5, "n2": 0.25}), Answer("b", "n3", likeliest={"n3": 0.75})]
    assert answer_table(answers)[0] == ("row", "answer", "likeliest")
    assert [row[2] for row in answer_table(answers)[1:]] == ["n1 0.500, n2 0.250", "n3 0.750"]
    write_answers(tmp_path / "out.jsonl", answers)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [json.loads(row["likeliest"]) for row in rows] == [a.likeliest for a in answers]
    assert list(rows[0]) == ["id", "answer", "likeliest", "warnings", "problem"]
    assert as_mapping(answers[0])["likeliest"] == {"n1": 0.5, "n2": 0.25}


def test_a_figure_stands_under_its_name():
    assert answer_table([Answer("a", 2.5)], "nats a token") == [("row", "nats a token"), ("a", "2.5")]


def test_labels_stand_beside_their_words_and_what_is_outside_of_all_is_the_word_alone(tmp_path):
    answers = [Answer("a", ["B-PER", "I-PER", "O"], words=("Odo", "I", ";")), Answer("b", problem="no words")]
    assert [row[1] for row in answer_table(answers)] == ["answer", "Odo/B-PER I/I-PER ;", ""]
    write_answers(tmp_path / "out.csv", answers)
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines == ["id,answer,words,warnings,problem", "a,B-PER; I-PER; O,Odo I ;,,", "b,,,,no words"]
    assert as_mapping(answers[0])["words"] == ["Odo", "I", ";"]

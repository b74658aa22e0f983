from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from lamina.data.leaks import find_leaks
from lamina.data.schema import make_schema
from lamina.data.sources import open_source
from lamina.data.split import SplitOptions, split
from lamina.data.table import Files, Table, Values
from lamina.findings import Findings
from lamina.kinds import Number

RNG = np.random.default_rng(0)


def leaks(table, options=SplitOptions(), kinds=None):  # noqa: B008
    findings = Findings()
    schema = make_schema(table, None, (), kinds or {}, findings)
    cut = split(table, schema, 0, options, findings)
    found = find_leaks(table, schema, cut, findings)
    assert all(any(record["text"] == text for text in findings.warnings.values()) for record in found)
    assert not findings.errors
    return {record["code"]: record for record in found}


def table_of(parts=None, **columns):
    made = {name: Values(name, pa.chunked_array([pa.array(v)]), "t.csv", 2) for name, v in columns.items()}
    return Table(made, "t.csv", parts=None if parts is None else np.array(parts), target="y")


def plain(n=200):
    return {"a": RNG.normal(size=n), "b": RNG.integers(0, 5, n), "y": RNG.choice(["u", "v"], n)}


def test_clean_data_gives_nothing():
    assert leaks(table_of(**plain())) == {}


def test_rows_that_stand_in_two_published_parts_are_counted():
    made = plain(160)
    twice = {name: np.concatenate([v, v[:7], v[100:103]]) for name, v in made.items()}
    found = leaks(table_of(["train"] * 160 + ["test"] * 7 + ["valid"] * 3, **twice))
    assert found["duplicates test"]["count"] == 7
    assert found["duplicates valid"]["count"] == 3
    assert "t.csv, line 162" in found["duplicates test"]["text"]


def test_groups_over_published_parts_are_counted():
    groups = [f"g{i % 20}" for i in range(180)] + ["g1", "g2", "new"] * 6 + ["g3", "z"]
    found = leaks(
        table_of(["train"] * 180 + ["test"] * 18 + ["valid"] * 2, g=groups, **plain()), SplitOptions(group="g")
    )
    assert found["groups test"]["count"] == 2
    assert found["groups valid"]["count"] == 1


def test_an_input_that_is_the_class_under_another_name_is_found():
    made = plain()
    made["b"] = np.where(made["y"] == "u", "yes", "no")
    found = leaks(table_of(**made))
    assert found["answer"]["columns"] == ["b", "y"]
    made["b"][:20] = "no"
    assert "answer" not in leaks(table_of(**made))


def test_a_number_that_separates_the_classes_is_found():
    made = plain()
    made["a"] = np.where(made["y"] == "u", 1.0, -1.0) * (1 + RNG.random(200))
    assert leaks(table_of(**made))["answer"]["columns"] == ["a", "y"]


def test_a_straight_line_of_the_target_is_found():
    made = {**plain(), "y": RNG.normal(size=200)}
    made["a"] = 3 * made["y"] + 1 + RNG.normal(size=200) * 1e-4
    found = leaks(table_of(**made))
    assert "follows a straight line of" in found["answer"]["text"]
    made["a"] = made["y"] + RNG.normal(size=200)
    assert leaks(table_of(**made)) == {}


def test_only_training_rows_are_asked_for_the_answer():
    made = plain()
    made["b"] = np.where(made["y"] == "u", "yes", "no")
    made["b"][150:] = "yes"
    assert "answer" in leaks(table_of(["train"] * 150 + ["test"] * 50, **made))


def test_a_column_that_counts_rows_sorted_by_class_is_found():
    made = plain()
    made["y"] = np.sort(made["y"])
    made["y"][[60, 140]] = made["y"][[140, 60]]  # not quite sorted, so no stretch of numbers is one class
    made["id"] = np.arange(200) * 3
    found = leaks(table_of(**{k: made[k] for k in ("id", "a", "y")}), kinds={"id": Number()})
    assert found["order"]["columns"] == ["id", "y"]


def test_files_of_one_name_in_two_parts_are_counted_unless_names_only_count():
    names = [f"train/{s}.png" for s in ("lena", "0001", "img_12")] * 4 + [
        "test/Lena.jpg",
        "test/0001.png",
        "test/img_12.png",
    ]
    files = Files("image", names, lambda name: name.encode())
    parts = ["train"] * 10 + ["valid"] * 2 + ["test"] * 3
    table = Table(
        {"image": files, **table_of(y=["u", "v"] * 7 + ["u"]).columns}, "p", parts=np.array(parts), target="y"
    )
    found = leaks(table)
    assert found["names test"]["count"] == 1
    assert "test/Lena.jpg" in found["names test"]["text"]


def test_classes_that_are_split_here_may_have_names_in_common():
    names = [f"{label}/shot{i}b.png" for label in "uv" for i in range(60)]
    labels = table_of(y=["u"] * 60 + ["v"] * 60).columns
    table = Table({"image": Files("image", names, lambda name: name.encode()), **labels}, "p", target="y")
    assert leaks(table) == {}
    twice = [f"u/shot{i}b.{ending}" for i in range(60) for ending in ("png", "jpg")]
    again = replace(table, columns={**table.columns, "image": Files("image", twice, lambda name: name.encode())})
    assert "shot" in leaks(again)["names test"]["text"]


def test_a_column_that_is_named_as_a_prediction_and_agrees_is_found():
    y = RNG.normal(size=300)
    near = y + RNG.normal(size=300)
    found = leaks(table_of(**{"ESOL predicted y": near, "measured": near, "forecast": RNG.normal(size=300), "y": y}))
    assert found["answer"]["columns"] == ["ESOL predicted y", "y"]  # the same numbers under another name are none
    assert "named as a prediction" in found["answer"]["text"]


def test_a_column_that_nearly_predicts_the_target_is_found():
    y = RNG.normal(size=300)
    found = leaks(table_of(nearly=y + 0.1 * RNG.normal(size=300), rather=y + 0.5 * RNG.normal(size=300), y=y))
    assert found["answer"]["columns"] == ["nearly", "y"]
    assert "nearly predicts" in found["answer"]["text"]


def test_a_class_under_the_name_of_a_prediction_is_found():
    y = RNG.choice(["u", "v"], 300)
    guess = np.where(RNG.random(300) < 0.8, y, "u")
    assert leaks(table_of(prediction=guess, y=y))["answer"]["columns"] == ["prediction", "y"]
    assert "answer" not in leaks(table_of(colour=guess, y=y))


def test_the_prediction_that_stands_in_a_published_table_is_found(data):
    findings = Findings()
    table = open_source(data / "esol" / "delaney-processed.csv", findings=findings)
    schema = make_schema(table, "measured log solubility in mols per litre", (), {}, findings)
    found = find_leaks(table, schema, split(table, schema, 0, SplitOptions(), findings), findings)
    assert [record["columns"][0] for record in found if record["code"] == "answer"] == [
        "ESOL predicted log solubility in mols per litre"
    ]


def test_a_row_that_stands_in_training_with_another_answer_stands_there_all_the_same():
    rows = plain()
    parts = ["train"] * 120 + ["valid"] * 30 + ["test"] * 50
    for i in range(10):
        rows["a"][150 + i], rows["b"][150 + i] = rows["a"][i], rows["b"][i]
        rows["y"][150 + i] = rows["y"][i] if i < 4 else {"u": "v", "v": "u"}[rows["y"][i]]
    found = leaks(table_of(parts, **rows))
    assert (
        "10 of 50 test rows stand in training too (6 of them with another answer; first: "
        in (found["duplicates test"]["text"])
    )


def test_where_rows_are_not_told_apart_by_their_inputs_equal_ones_are_nothing():
    draw = np.random.default_rng(1)
    rows = {"a": draw.integers(0, 3, 400), "b": draw.integers(0, 3, 400), "y": draw.choice(["u", "v"], 400)}
    rows["c"] = np.arange(400) % 7
    found = leaks(table_of(["train"] * 300 + ["test"] * 100, **rows))
    assert "another answer" not in found["duplicates test"]["text"]


def test_pictures_of_two_classes_are_told():
    findings = Findings()
    names = [f"{label}/{i}.png" for label in "uv" for i in range(20)]
    held = [name[2:].encode() if name in ("u/3.png", "v/3.png") else name.encode() for name in names]
    files = Files("image", names, dict(zip(names, held, strict=True)).__getitem__)
    labels = Values("y", pa.chunked_array([pa.array([name[0] for name in names])]), "p", 0)
    table = Table({"image": files, "y": labels}, "p", target="y")
    schema = make_schema(table, None, (), {}, findings)
    find_leaks(table, schema, split(table, schema, 0, SplitOptions(), findings), findings)
    assert findings.warnings["two answers"].startswith("1 rows stand there again with another answer (first: ")

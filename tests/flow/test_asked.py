"""What is asked in Python is taken as it is meant, or refused in words with what to type."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lamina as lm
from lamina.config import build
from lamina.errors import SettingError
from lamina.flow import Request, as_asked
from lamina.kinds import Category
from lamina.teller import Quiet

FRAME = pd.DataFrame({"x": np.arange(60) * 0.7, "z": np.arange(60) ** 0.5, "y": ["a", "b"] * 30})


def asked(**words) -> Request:
    return build(Request, {"source": "a.csv", **as_asked(words)})


@pytest.mark.parametrize("name", ["inputs", "known", "missing"])
def test_one_name_may_stand_where_several_can(name):
    assert getattr(asked(**{name: "x"}), name) == ("x",)
    assert getattr(asked(**{name: pd.Index(["x", "z"])}), name) == ("x", "z")


def test_columns_named_by_numbers_are_named_as_frames_name_them(tmp_path):
    made = asked(target=2, inputs=[0, np.int64(1)], group=3, kinds={1: "Number()"})
    assert (made.target, made.inputs, made.group, dict(made.kinds)) == ("2", ("0", "1"), "3", {"1": "Number()"})
    frame = FRAME.set_axis(range(3), axis=1)
    run = lm.fit(frame, 2, inputs=0, steps=1, out=tmp_path / "run", teller=Quiet())
    assert run.predict(frame[[0]][:1])[0].value in ("a", "b")


def test_paths_may_be_paths_and_a_run_is_its_directory(tmp_path):
    assert asked(test=Path("a") / "b.csv").test == str(Path("a") / "b.csv")
    first = lm.fit(FRAME, steps=1, out=tmp_path / "first", teller=Quiet())
    second = lm.fit(FRAME, start=first, steps=1, out=tmp_path / "second", teller=Quiet())
    assert second.directory.request["start"] == str(tmp_path / "first")
    assert lm.load(second).path == second.path


@pytest.mark.parametrize(
    "settings",
    [{"train": {"batch": 8, "sharded": False}}, {"train.batch": 8, "train": {"sharded": False}}],
)
def test_settings_may_be_a_dict_in_a_dict(settings):
    assert asked(settings=settings).settings == ("train.batch=8", "train.sharded=false")
    assert asked(settings="train.batch=8").settings == ("train.batch=8",)


def test_a_settings_file_may_be_named(tmp_path):
    (tmp_path / "c.yaml").write_text("train: {batch: 8}\n")
    assert asked(config=str(tmp_path / "c.yaml")).config == asked(config=tmp_path / "c.yaml").config
    assert asked(config=tmp_path / "c.yaml").config == {"train": {"batch": "8"}}


REFUSED = {
    "answers as the target": ({"target": FRAME["y"]}, r"target cannot be a Series[^$]*lm\.fit\(\(x, y\)\)"),
    "no target": ({"target": None}, r'target cannot be None[^$]*"none"'),
    "a list for one name": ({"group": ["c"]}, r'group cannot be a list[^$]*group="c"'),
    "a frame to test on": ({"test": FRAME}, r'test cannot be a DataFrame[^$]*\{"train": frame, "test": other\}'),
    "weights of rows": ({"sample_weight": FRAME["x"]}, "sample_weight is not known: rows cannot be weighed"),
    "weights of classes": ({"class_weight": "balanced"}, r'class_weight[^$]*"head\.balance": True'),
    "rows weighed": ({"weights": [1, 2]}, "weights cannot be a list[^$]*rows cannot be weighed"),
    "a kind itself": ({"kinds": {"c": Category()}}, r'kinds cannot be a Category[^$]*"Category\(\)"'),
    "kinds as a word": ({"kinds": "c=Text"}, "kinds cannot be 'c=Text'"),
    "a number of settings": ({"settings": 5}, r"settings cannot be 5[^$]*train\.batch"),
    "a number as settings": ({"config": 3}, "config cannot be 3[^$]*a settings file"),
    "a frame as a number": ({"epochs": FRAME}, "epochs = a DataFrame cannot be"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused_in_words(case):
    words, told = REFUSED[case]
    with pytest.raises(SettingError, match=told) as caught:
        asked(**words)
    assert "input should be a valid string" not in str(caught.value)
    assert "0.7" not in str(caught.value)  # a value of the frame


def test_parts_handed_over_are_the_parts_of_the_run(tmp_path):
    parts = {"train": FRAME[:40], "test": FRAME[40:]}
    run = lm.fit(parts, target="y", steps=1, out=tmp_path / "run", teller=Quiet())
    assert run.scores["accuracy"].n == 20
    assert run.score()["accuracy"].n == 20

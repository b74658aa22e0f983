"""Words with a label each, as CoNLL 2003 has them, from files to answers: names are told by what stands around them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import lamina
from lamina.teller import Quiet

FORMS = (
    "king {0} rules in {1} today",
    "they say that king {0} left {1} in winter",
    "from {1} came king {0}",
    "nobody rules in winter",
)


def sentence(draw: np.random.Generator, names: list[str]) -> str:
    person, place = draw.choice(names, 2, replace=False)
    lines = []
    for word in FORMS[int(draw.integers(len(FORMS)))].split():
        match word:
            case "{0}":
                lines += [f"{person} B-PER", "the I-PER", "great I-PER"] if draw.random() < 0.5 else [f"{person} B-PER"]
            case "{1}":
                lines.append(f"{place} B-LOC")
            case _:
                lines.append(f"{word} O")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Trained on names of which the test part has none."""
    folder, draw = tmp_path_factory.mktemp("tagged"), np.random.default_rng(0)
    (folder / "rule").mkdir()
    for part, count in (("train", 300), ("dev", 60), ("test", 60)):
        names = [f"{part}{i}" for i in range(40)]
        text = "-DOCSTART- O\n\n" + "\n".join(sentence(draw, names) for _ in range(count))
        (folder / "rule" / f"{part}.conll").write_text(text)
    return lamina.fit(folder / "rule", steps=150, out=folder / "run", teller=Quiet())


def test_names_that_training_never_saw_are_found_by_what_stands_around_them(run):
    assert run.scores["entity_f1"].value > 0.95
    assert run.all_scores()["baseline"]["usual label"]["entity_f1"]["value"] < 0.5
    (answer,) = run.predict(pd.DataFrame({"form": ["king Odo the great rules in Metz"]}))
    assert answer.value == ["O", "B-PER", "I-PER", "I-PER", "O", "O", "B-LOC"]
    assert answer.words == ("king", "Odo", "the", "great", "rules", "in", "Metz")


def test_the_report_shows_the_labels_of_entities_alone(run):
    plates = json.loads((run.path / "exhibits" / "exhibits.json").read_text())["plates"]
    shown = " ".join(text for item in plates[0]["items"] for _, text in item["texts"])
    assert "/B-PER the/I-PER great/I-PER" in shown
    assert "/O" not in shown
    assert plates[0]["title"] == "Labelled texts"


def test_a_sentence_that_cannot_be_read_keeps_its_place_and_its_line(run, tmp_path):
    (tmp_path / "new.conll").write_text("king O\nOdo B-PER\n\nalone\n\nfrom O\nMetz B-LOC\n")
    answers = run.predict(tmp_path / "new.conll")
    assert [a.id for a in answers] == ["line 1", "line 4", "line 6"]
    assert [bool(a.problem) for a in answers] == [False, True, False]

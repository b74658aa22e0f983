"""From questions about texts to answers in new ones, word for word, from the run directory alone."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

import lamina as lm
from lamina.errors import KindError, PlanError
from lamina.teller import Quiet

TOWNS = ["Oslo", "Rome", "Lima", "Cairo"]
NAMES = ["Ada", "Ben", "Cleo", "Dina", "Emil"]
SETTINGS = ("model.width=32", "model.depth=1", "model.drop=0", "head.drop=0", "augment.forget=0")


def write(path, count=120):
    draw, articles = np.random.default_rng(0), []
    for number in range(count):
        people = [str(p) for p in draw.choice(NAMES, 3, replace=False)]
        homes = [str(t) for t in draw.choice(TOWNS, 3)]
        text = "  ".join(f"{name} lives in {town}." for name, town in zip(people, homes, strict=True))
        qas = [
            {
                "id": f"{number}-{name}",
                "question": f"Where does {name} live?",
                "answers": [{"text": town, "answer_start": text.index(town, text.index(name))}],
            }
            for name, town in zip(people, homes, strict=True)
        ]
        articles.append({"title": f"text {number}", "paragraphs": [{"context": text, "qas": qas}]})
    path.write_text(json.dumps({"data": articles}))
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    root = tmp_path_factory.mktemp("questions")
    source = write(root / "towns.json")
    run = lm.fit(source, steps=120, settings=SETTINGS, out=root / "run", teller=Quiet())
    source.unlink()
    return run


def test_it_is_above_chance_and_scored_by_articles(run):
    scores = run.all_scores()
    assert list(scores["baseline"]) == ["chance", "nearest sentence"]
    assert scores["test"]["f1"]["value"] > scores["baseline"]["chance"]["f1"]["value"] + 0.2
    split = run.directory.read_arrays("split.npz")
    assert str(split["how"]).count("article")


def test_answers_stand_in_their_texts_word_for_word(run):
    rows = pq.read_table(run.path / "predictions.parquet").to_pylist()
    assert all(row["truth"] in TOWNS for row in rows)
    assert all(isinstance(row["answer"], str) and row["answer"] for row in rows)
    assert "⟦" in (run.path / "report.html").read_text()


def test_new_questions_come_as_a_table(run, tmp_path):
    text = "Ada lives in Rome.  Ben  lives in Oslo.  Cleo lives in Lima."
    (tmp_path / "new.csv").write_text(f"context,question\n{text},Where does Ben live?\n{text},Where does Cleo live?\n")
    answers = [a.value for a in run.predict(tmp_path / "new.csv")]
    assert all(answer in text and answer for answer in answers)


def test_scored_again_from_the_run_alone_it_is_the_same(run):
    before = run.scores["f1"]
    assert float(run.score()["f1"]) == pytest.approx(float(before))


def test_a_table_without_the_text_is_refused(run, tmp_path):
    (tmp_path / "new.csv").write_text("question\nWhere does Ben live?\nWho is it?\n")
    with pytest.raises(KindError, match='lacks "context"'):
        run.predict(tmp_path / "new.csv")


def test_another_page_reads_both_texts_as_one_row(tmp_path):
    run = lm.fit(write(tmp_path / "x.json"), model="bert", steps=2, out=tmp_path / "run", teller=Quiet())
    assert run.scores["f1"].n == 54
    assert "groups" in run.scores["f1"].method  # whole articles are drawn


def test_a_model_that_reads_a_table_is_refused(tmp_path):
    with pytest.raises(PlanError):
        lm.fit(write(tmp_path / "x.json"), model="mlp", steps=1, out=tmp_path / "run", teller=Quiet())

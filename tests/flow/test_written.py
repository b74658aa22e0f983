"""From two texts beside each other to translations of a third, from the run directory alone."""

from __future__ import annotations

import io
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

import lamina as lm
from lamina.errors import KindError, PlanError
from lamina.teller import Quiet

WORDS = {"red": "rot", "dog": "Hund", "cat": "Katze", "tree": "Baum", "blue": "blau", "small": "klein", "old": "alt"}
SMALL = ("model.width=32", "model.depth=1", "model.hidden=64", "model.heads=2", "data.quarantine=0.02")


def texts(folder, count=400):
    folder.mkdir(parents=True)
    draw = np.random.default_rng(0)
    for part, n in (("train", count), ("val", 40), ("test", 40)):
        rows = [draw.choice(list(WORDS), draw.integers(2, 5)) for _ in range(n)]
        (folder / f"{part}.en").write_text("".join(" ".join(row) + ".\n" for row in rows))
        (folder / f"{part}.de").write_text("".join(" ".join(WORDS[w] for w in row[::-1]) + ".\n" for row in rows))
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    root = tmp_path_factory.mktemp("written")
    source = texts(root / "toy-en-de")
    run = lm.fit(source, steps=150, settings=SMALL, out=root / "run", teller=Quiet())
    shutil.rmtree(source)
    return run


def test_it_learns_and_is_scored_beside_the_copy_and_the_word_by_word_baseline(run):
    scores = run.all_scores()
    assert list(scores["baseline"]) == ["copy", "word by word"]
    assert scores["test"]["bleu"]["value"] > scores["baseline"]["copy"]["bleu"]["value"] + 10
    assert scores["test"]["bleu"]["low"] < scores["test"]["bleu"]["value"] < scores["test"]["bleu"]["high"]
    assert set(scores["valid"]) >= {"nats", "accuracy"}


def test_the_parquet_file_and_the_report_show_what_was_written(run):
    rows = pq.read_table(run.path / "predictions.parquet").to_pylist()
    assert len(rows) == 40
    assert all(isinstance(row["answer"], str) and row["truth"].endswith(".") for row in rows)
    page = (run.path / "report.html").read_text()
    assert "Written texts" in page
    assert rows[0]["truth"] in page or any(row["truth"] in page for row in rows)


def test_new_texts_come_as_lines_as_a_table_or_as_a_stream(run, tmp_path):
    (tmp_path / "new.txt").write_text("red dog.\n\nold blue tree.\n")
    (tmp_path / "new.csv").write_text("en\nred dog.\nold blue tree.\n")
    lines, table = run.predict(tmp_path / "new.txt"), run.predict(tmp_path / "new.csv")
    assert [a.value for a in lines if not a.problem] == [a.value for a in table]
    assert [a.problem for a in lines] == ["", "a text without a single word", ""]
    assert all(isinstance(a.value, str) and a.value for a in table)
    stream = run.predict(io.BytesIO(b"red dog.\nold blue tree.\n"))
    assert [a.value for a in stream] == [a.value for a in table]


def test_the_same_rows_get_the_same_texts_alone_and_together(run, tmp_path):
    rows = ["red dog.", "old blue tree.", "small cat.", "old old old dog."]
    (tmp_path / "all.txt").write_text("".join(f"{row}\n" for row in rows))
    together = [a.value for a in run.predict(tmp_path / "all.txt")]
    for row, text in zip(rows, together, strict=True):
        (tmp_path / "one.txt").write_text(row + "\n")
        assert run.predict(tmp_path / "one.txt")[0].value == text


def test_scored_again_from_the_run_alone_it_is_the_same(run):
    before = run.scores["bleu"]
    assert float(run.score()["bleu"]) == pytest.approx(float(before))


def test_a_table_without_the_column_is_refused(run, tmp_path):
    (tmp_path / "new.csv").write_text("fr,x\nrouge,1\nbleu,2\n")
    with pytest.raises(KindError, match='lacks "en"'):
        run.predict(tmp_path / "new.csv")


def test_a_model_that_writes_nothing_is_refused_before_training(tmp_path):
    with pytest.raises(PlanError, match="writes none"):
        lm.fit(texts(tmp_path / "x"), model="bert", steps=1, out=tmp_path / "run", teller=Quiet())
    assert not (tmp_path / "run").exists()


def test_a_text_is_learned_from_its_gaps(tmp_path):
    texts(tmp_path / "x")
    settings = (*SMALL, "game.share=0.3")
    run = lm.fit(tmp_path / "x", objective="span", steps=30, settings=settings, out=tmp_path / "run", teller=Quiet())
    assert run.scores["nats"].value > 0
    assert run.directory.read_json("recipe.json")["recipe"]["model"]["name"] == "t5"

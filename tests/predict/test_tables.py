"""New rows of a table: matched by name, one answer for each, and a word where a row is unlike any that training saw."""

from __future__ import annotations

import io
import json
import re
import shutil

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import lamina
from lamina.cli.entry import run as command
from lamina.errors import KindError, SourceError
from lamina.predict import Predictor
from lamina.recipe import Net
from lamina.teller import Quiet

LOAD = Predictor.load
PLAIN = ("P900", "60", "green", "0.1")


def test_one_answer_for_each_row_with_its_id_and_no_target_needed(table_run, new):
    answers = table_run.predict(new(PLAIN, ("P901", "20", "green", "0.1")))
    assert [a.id for a in answers] == ["P900", "P901"]
    assert [a.value for a in answers] == ["yes", "no"]
    for a in answers:
        assert set(a.probabilities) == {"yes", "no"}
        assert sum(a.probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert not a.warnings


def test_columns_are_matched_by_name(table_run, new):
    turned = new(("green", "0.1", "x", "60"), names=("colour", "size", "more", "age"))
    assert table_run.predict(turned)[0].probabilities == table_run.predict(new(PLAIN))[0].probabilities


def test_missing_columns_are_listed(table_run, new):
    with pytest.raises(KindError) as refused:
        table_run.predict(new(("P900", "60"), names=("id", "years")))
    for name in ("age", "colour", "size", "years"):
        assert f'"{name}"' in str(refused.value)


def test_rows_without_names_are_not_taken_for_named_ones(table_run, new):
    with pytest.raises(KindError, match="lacks"):
        table_run.predict(new(PLAIN, PLAIN, names=()))


ODD = {
    "an unseen category": (("P900", "60", "mauve", "0.1"), '"colour" is "mauve", which training never saw'),
    "a missing category": (("P900", "60", "", "0.1"), '"colour" is missing'),
    "a far value": (("P900", "60000", "red", "0.1"), '"age" is 60,000, far from the 18 to'),
    "a missing number": (("P900", "", "red", "0.1"), '"age" is missing'),
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_value_is_answered_with_a_warning(table_run, new, case):
    odd, told = ODD[case]
    first, second = table_run.predict(new(PLAIN, odd))
    assert not first.warnings
    assert second.value in ("yes", "no")
    assert [told in text for text in second.warnings] == [True]


def test_a_cell_that_is_no_number_costs_its_row_only(table_run, new):
    first, second, third = table_run.predict(
        new(PLAIN, ("P901", "sixty", "red", "0.1"), ("P902", "70", "red", "1e999"))
    )
    assert (first.value, first.problem) == ("yes", "")
    assert (second.value, '"sixty" in column "age"' in second.problem) == (None, True)
    assert (third.value, "not finite" in third.problem) == (None, True)


def test_a_column_without_numbers_is_refused(table_run, new):
    with pytest.raises(KindError, match=r'"age" of new\.csv holds no numbers'):
        table_run.predict(new(("P900", "a", "red", "0.1"), ("P901", "b", "red", "0.1")))


def test_a_row_that_does_not_fit_keeps_its_place(table_run, new):
    answers = table_run.predict(new(PLAIN, ("P901", "20", "red", "0.1", "more"), ("P902", "20", "green", "0.1")))
    assert [bool(a.problem) for a in answers] == [False, True, False]
    assert "5 fields under 4 names" in answers[1].problem
    assert answers[2].value == "no"


def test_rows_without_names_for_a_run_without_names(bare_run, new):
    both = bare_run.predict(new(("60", "yes", "green", "0.1"), ("20", "yes", "green", "0.1"), names=()))
    bare = bare_run.predict(new(("60", "green", "0.1"), ("20", "green", "0.1"), names=()))
    assert [a.value for a in bare] == ["yes", "no"]
    assert bare == both
    assert [a.value for a in bare_run.predict(new(("60", "green", "0.1"), names=()))] == ["yes"]


def test_named_rows_for_a_run_without_names(bare_run, new):
    named = new(("green", "60", "0.1"), names=("column3", "column1", "column4"))
    assert bare_run.predict(named)[0].value == "yes"


def test_rows_of_another_width_have_no_names_to_go_by(bare_run, new):
    with pytest.raises(KindError, match="2 columns and no names"):
        bare_run.predict(new(("60", "green"), ("20", "green"), names=()))


FRAME = {"age": [60, 20], "colour": ["green", "green"], "size": [0.1, 0.1]}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_frames(table_run, make):
    assert [a.value for a in table_run.predict(make(FRAME))] == ["yes", "no"]


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_standard_input(table_run, ending, monkeypatch, capsys):
    frame, held = pd.DataFrame(FRAME), io.BytesIO()
    if ending == "csv":
        held.write(frame.to_csv(index=False).encode())
    elif ending == "parquet":
        frame.to_parquet(held)
    else:
        held.write(frame.to_json(orient="records", lines=True).encode())
    held.seek(0)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(held))
    assert command(["predict", str(table_run.path), "-", "--json"]) == 0
    assert [a["value"] for a in json.loads(capsys.readouterr().out)["answers"]] == ["yes", "no"]


def test_empty_standard_input_is_said(table_run):
    with pytest.raises(SourceError, match="standard input is empty"):
        table_run.predict(io.BytesIO(b"\n"))


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_answers_as_a_file(table_run, new, tmp_path, ending, capsys):
    out = tmp_path / f"the answers.{ending}"
    odd = ("P901", "20", "mauve", "0.1")
    assert (
        command(["predict", str(table_run.path), str(new(PLAIN, odd, ("P902", "x", "red", "1"))), "--out", str(out)])
        == 0
    )
    assert "3 rows" in capsys.readouterr().err
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "jsonl": lambda path: pd.read_json(path, lines=True)}[
        ending
    ]
    found = read(out)
    assert list(found["id"]) == ["P900", "P901", "P902"]
    assert list(found.columns) == ["id", "answer", "p(no)", "p(yes)", "warnings", "problem"]
    assert "mauve" in found["warnings"][1]
    assert '"x"' in found["problem"][2]
    assert np.isnan(found["p(yes)"][2])


def test_scores_of_other_labelled_rows(table_run, new):
    labelled = new(
        (*PLAIN, "yes"), ("P901", "20", "green", "0.1", "yes"), names=("id", "age", "colour", "size", "kept")
    )
    found = table_run.score(labelled)
    assert found["accuracy"].value == 0.5
    assert found["accuracy"].n == 2
    with pytest.raises(KindError, match="to score against"):
        table_run.score(new(PLAIN))


def test_answers_as_a_table_for_people(table_run, new, capsys):
    assert command(["predict", str(table_run.path), str(new(PLAIN))]) == 0
    head, _, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["row", "answer", "likeliest"]  # there is nothing to note
    assert re.fullmatch(r"P900  yes +yes (0\.[5-9]\d\d|1\.000), no 0\.\d{3}", row)


def test_where_memory_runs_out_the_answers_are_the_same_and_it_is_said_once(table_run, new, monkeypatch):
    made = [(f"P{i}", str(20 + i), ("red", "green", "blue")[i % 3], "0.1") for i in range(20)]
    wanted, plain, sizes, teller = table_run.predict(new(*made)), Net.answer, [], Quiet()

    def answer(self, inputs, temperature=1.0):
        sizes.append(len(inputs[":numbers"]))
        if sizes[-1] > 6:
            raise MemoryError
        return plain(self, inputs, temperature)

    monkeypatch.setattr(Net, "answer", answer)
    found = table_run.predict(new(*made), teller=teller)
    assert [a.id for a in found] == [a.id for a in wanted]
    assert [a.value for a in found] == [a.value for a in wanted]
    for a, b in zip(found, wanted, strict=True):
        assert a.probabilities == pytest.approx(b.probabilities, abs=1e-6)
    assert [size for size in sizes if size <= 6] == [5, 5, 5, 5]
    assert len([line for line in teller.lines if "memory ran out with 20 rows at once" in line]) == 1


def test_the_net_is_read_once_and_again_when_the_run_has_changed(table_run, new, tmp_path, monkeypatch):
    shutil.copytree(table_run.path, tmp_path / "run")
    run, row = lamina.load(tmp_path / "run"), new(("P900", "70", "red", "0.1"))
    read = []
    monkeypatch.setattr(Predictor, "load", lambda *given: read.append(1) or LOAD(*given))
    first = run.predict(row)[0]
    assert run.predict(row)[0] == first
    assert len(read) == 1
    cold = run.directory.read_json("calibration.json")
    run.directory.write("calibration.json", {**cold, "temperature": 100.0})
    assert run.predict(row)[0].probabilities != first.probabilities
    assert len(read) == 2

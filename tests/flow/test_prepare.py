from __future__ import annotations

import json

import pytest

import lamina
from lamina.errors import Stopped
from lamina.findings import Findings
from lamina.flow import close
from lamina.flow.check import check
from lamina.flow.prepare import data_settings, look
from lamina.flow.request import Request, whole
from lamina.teller import Quiet


@pytest.fixture
def pictures(halves):
    """Two classes in three published parts; 4 of the 16 test pictures hold none."""
    return halves(4, train=20, valid=8, test=8)


def test_of_many_rows_no_more_than_enough_are_tested_on_unless_asked(monkeypatch):
    monkeypatch.setitem(look.__globals__, "ENOUGH", 100)
    request = whole(Request(source="digits"))
    cut = look(request, "digits", data_settings(request), Findings()).split
    assert [len(rows) for rows in cut.parts().values()] == [1597, 100, 100]
    asked = whole(Request(source="digits", settings=("data.test=0.2",)))
    assert len(look(asked, "digits", data_settings(asked), Findings()).split.test) == 359


@pytest.mark.parametrize("bad", [30, 120])
def test_rows_that_a_reader_set_aside_are_of_the_total_they_are_counted_against(tmp_path, bad):
    lines = [f"{i},{i % 7},{'ab'[i % 2]}{',more' * (i < bad)}" for i in range(300)]
    (tmp_path / "t.csv").write_text("\n".join(["x,y,z", *lines]))
    request = whole(Request(source=str(tmp_path / "t.csv")))
    findings = Findings()
    looked = look(request, request.source, data_settings(request), findings)
    looked.check_shares(findings, 0.01)
    assert f"{bad} of 300 source rows cannot be used" in findings.errors[0][0].what
    again = Findings()
    settled = float(findings.flags().rpartition("=")[2])
    look(request, request.source, data_settings(request), again).check_shares(again, settled)
    assert not again.errors


def test_rows_that_a_reader_set_aside_in_a_part_are_of_its_total(tmp_path):
    for part, bad in (("train", 0), ("test", 30)):
        lines = [f"{i},{i % 7},{'ab'[i % 2]}{',more' * (i < bad)}" for i in range(300)]
        (tmp_path / f"{part}.csv").write_text("\n".join(["x,y,z", *lines]))
    request = whole(Request(source=str(tmp_path / "train.csv"), test=str(tmp_path / "test.csv")))
    findings = Findings()
    look(request, request.source, data_settings(request), findings).check_shares(findings, 0.01)
    assert "30 of 600 source rows" in findings.errors[0][0].what


def test_check_says_of_unreadable_test_rows_that_fit_goes_on(pictures):
    ears = Quiet()
    checked = check(Request(source=str(pictures)), ears)
    assert not checked.problems
    assert checked.quarantined == {"test": 4}
    told = next(text for text in ears.lines if "locked test rows" in text)
    assert told.startswith("warning 4 of 16 locked test rows cannot be used (4 × not a picture that can be read)")
    assert "fit goes on" in told


def test_unreadable_test_rows_are_said_listed_and_counted_once_they_have_been_scored(pictures, tmp_path, monkeypatch):
    ears = Quiet()
    asked = {"model": "mlp", "steps": 3, "out": tmp_path / "run", "teller": ears}

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:  # a try that is stopped after it listed them must not count them twice
        patched.setitem(close.__globals__, "detail", killed)
        with pytest.raises(Stopped):
            lamina.fit(pictures, **asked)
    run = lamina.resume(tmp_path / "run", source=pictures, teller=ears)
    told = "4 of 16 locked test rows cannot be used (4 × not a picture that can be read); first: test/right/0.png"
    assert any(told in line for line in ears.lines)
    lines = [json.loads(line) for line in (run.path / "quarantine.jsonl").read_text().splitlines()]
    assert [(line["part"], line["where"]) for line in lines] == [("test", f"test/right/{i}.png") for i in range(4)]
    assert all(len(line["sha256"]) == 64 for line in lines)
    data = run.directory.read_json("data.json")
    assert data["quarantined"] == {"test": 4}
    assert data["reasons"] == {"test": "not a picture that can be read"}
    assert run.all_scores()["test"]["accuracy"]["n"] == 16
    assert "4 of test, listed in quarantine.jsonl" in (run.path / "report.html").read_text()


def test_test_rows_without_an_answer_are_listed_too(tmp_path):
    lines = [f"{i},{i % 7},{'' if i % 20 == 0 else 'ab'[i % 2]}" for i in range(200)]
    (tmp_path / "test.csv").write_text("\n".join(["x,y,z", *lines]))
    (tmp_path / "t.csv").write_text("\n".join(["x,y,z", *(line for line in lines if line[-1] != ",")]))
    run = lamina.fit(
        tmp_path / "t.csv", test=str(tmp_path / "test.csv"), steps=3, model="mlp", out=tmp_path / "run", teller=Quiet()
    )
    assert run.directory.read_json("data.json")["quarantined"] == {"test": 10}
    assert run.all_scores()["test"]["accuracy"]["n"] == 190

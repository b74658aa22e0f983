"""What is served is what is predicted: the same answers over HTTP, on a real run."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image as Pictures

import lamina
from lamina.errors import PlanError
from lamina.predict import as_mapping
from lamina.serve import Place
from lamina.teller import Quiet

ROWS = [
    {"id": "P900", "age": 60, "colour": "green", "size": 0.1},
    {"id": "P901", "age": 20, "colour": "mauve", "size": 0.1},
    {"id": "P902", "age": 60_000, "colour": None, "size": -2},
]


@pytest.fixture(scope="module")
def ask(table_run, served):
    with served(table_run.server(Place(port=0), None, Quiet())) as asking:
        yield asking


def test_rows_are_answered_as_they_are_predicted(ask, table_run, new):
    status, said = ask.rows(*ROWS)
    file = new(*(tuple("" if v is None else str(v) for v in row.values()) for row in ROWS))
    assert status == 200
    assert said["answers"] == [as_mapping(answer) for answer in table_run.predict(file)]
    assert [answer["id"] for answer in said["answers"]] == ["P900", "P901", "P902"]


def test_what_training_never_saw_is_answered_with_warnings(ask):
    plain, unseen, far = ask.rows(*ROWS)[1]["answers"]
    assert "warnings" not in plain
    assert unseen["warnings"] == ['"colour" is "mauve", which training never saw']
    assert [text.split()[0] for text in far["warnings"]] == ['"age"', '"colour"']
    assert far["value"] in ("yes", "no")


def test_a_number_past_what_can_be_reckoned_with_costs_its_row_only(ask):
    first, second = ask.rows(ROWS[0], {**ROWS[0], "age": 1e200})[1]["answers"]
    assert first["value"] == "yes"
    assert (second["value"], "too large" in second["problem"]) == (None, True)


def test_columns_that_are_not_those_of_training_are_listed(ask):
    status, said = ask.rows({"age": 3, "years": 4})
    assert (status, said["missing"], said["extra"]) == (400, ["colour", "size"], ["years"])


def test_pictures_are_answered_as_they_are_predicted_and_a_damaged_one_by_itself(trained, served, tmp_path):
    out = io.BytesIO()
    Pictures.fromarray((np.arange(64).reshape(8, 8) * 4).astype(np.uint8)).save(out, "PNG")
    (tmp_path / "a.png").write_bytes(out.getvalue())
    run, sent = lamina.load(trained), base64.b64encode(out.getvalue()).decode()
    expected = {**as_mapping(run.predict(tmp_path / "a.png")[0]), "id": "0"}
    with served(run.server(Place(port=0), None, Quiet())) as ask:
        status, said = ask.rows({"image": sent}, {"image": "aaaa"}, {"image": None})
        _, _, alone = ask("POST", "/predict", out.getvalue(), content_type="image/png")
    first, second, third = said["answers"]
    assert (status, first["value"]) == (200, expected["value"])
    assert first["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-5)
    assert alone["answers"] == [expected]
    assert ("not a picture" in second["problem"], "no value" in third["problem"]) == (True, True)


def test_a_run_that_is_for_something_else_is_refused_with_what_it_is_for(trained, monkeypatch):
    from lamina.report.uses import PICTURES

    monkeypatch.setattr("lamina.flow.served.uses_of", lambda directory: (PICTURES,))
    with pytest.raises(PlanError, match="answers no rows") as refused:
        lamina.load(trained).server(Place(port=0), None, Quiet())
    assert refused.value.fix.startswith("lamina sample ")

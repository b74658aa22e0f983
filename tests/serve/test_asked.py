"""Rows of a request as a table: columns by name, values by kind, and no text that is ever the name of a file."""

from __future__ import annotations

import base64
import io
from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image as Pictures

from lamina.data.steps import Clock
from lamina.data.windows import Forecast
from lamina.errors import PlanError
from lamina.kinds import Boxes, Category, Field, Graph, Number, Schema, Series, Text
from lamina.kinds.features import Features
from lamina.kinds.records import unpacked
from lamina.serve.answer import JSON, Model, Sent
from lamina.serve.asked import asked_of, table_of
from lamina.serve.base import Limits
from lamina.serve.refused import Refused
from lamina.serve.ways import WAYS

from .conftest import PICTURES, SCHEMA, Made

ROW = {"age": 39, "colour": "red"}


def refused(rows, schema=SCHEMA) -> Refused:
    with pytest.raises(Refused) as error:
        table_of(asked_of(Made({}, schema)), rows)
    return error.value


def png(side: int = 8) -> bytes:
    out = io.BytesIO()
    Pictures.new("L", (side, side), 200).save(out, "PNG")
    return out.getvalue()


def test_columns_that_are_missing_or_unknown_are_listed_with_their_row():
    error = refused([ROW, {"age": 3, "color": "red", "b\n": 1}])
    assert (error.status, error.field) == (400, "rows[1]")
    assert (error.more["missing"], error.more["extra"]) == (["colour"], ["color", "b\\n"])
    assert '"colour"' in error.what
    assert '"color"' in error.what


def test_the_target_and_what_was_left_out_may_stand_there_and_a_name_is_kept():
    table = table_of(asked_of(Made({})), [{**ROW, "kept": "yes", "name": 7}, {**ROW, "name": None}])
    assert list(table.columns) == ["age", "colour", "name"]
    assert table.columns["name"].take(np.arange(2)).to_pylist() == ["7", None]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({**ROW, "age": "39"}, "rows[1].age"),
        ({**ROW, "age": True}, "rows[1].age"),
        ({**ROW, "age": [39]}, "rows[1].age"),
        ({**ROW, "colour": ["red"]}, "rows[1].colour"),
        ({**ROW, "colour": {}}, "rows[1].colour"),
    ],
)
def test_a_value_of_another_type_is_refused_by_its_place(row, field):
    error = refused([ROW, row])
    assert (error.status, error.field) == (400, field)
    assert field in error.what
    assert error.expected


@pytest.mark.parametrize(
    ("labels", "value", "code"),
    [(("1", "2"), 2, 1), (("false", "true"), True, 1), ((1, 2), 2, 1), ((1, 2), 2.0, 1), ((1, 2), 2.5, -1),
     ((1, 2), 10**30, -1), ((0.5, 1.5), 1.5, 1), ((False, True), True, 1), (("a", "b"), "c", -1),
     (("a", "b"), None, -1)],
)  # fmt: skip
def test_a_label_is_known_in_the_type_that_training_had(labels, value, code):
    schema = Schema((Field("x", Category(labels), "input"), Field("y", Category(("a", "b")), "target")))
    column = table_of(asked_of(Made({}, schema)), [{"x": value}]).columns["x"]
    assert Category(labels).encode(column.take(np.arange(1))).array.tolist() == [code]


# --- pictures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["{path}", "file://{path}", "http://127.0.0.1:1/a.png", "data:image/png;base64,AA"])
def test_a_path_or_an_address_is_never_opened(tmp_path, monkeypatch, address):
    path = tmp_path / "real.png"
    path.write_bytes(png())
    monkeypatch.setattr("builtins.open", lambda *_: pytest.fail("something was opened"))
    error = refused([{"image": address.format(path=path)}], PICTURES)
    assert (error.status, error.field) == (400, "rows[0].image")


def test_a_path_that_could_be_base64_is_bytes_that_are_no_picture(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "realpicture4").write_bytes(png())
    column = table_of(asked_of(Made({}, PICTURES)), [{"image": "realpicture4"}]).columns["image"]
    taken = column.take(np.arange(1))
    assert taken == [base64.b64decode("realpicture4")]
    assert "not a picture" in PICTURES.inputs[0].kind.encode(taken).bad[0]


def test_the_pixels_of_a_request_are_capped_from_the_headers(monkeypatch):
    monkeypatch.setattr("lamina.serve.asked.PIXELS", 199)
    row = {"image": base64.b64encode(png(10)).decode()}
    assert len(table_of(asked_of(Made({}, PICTURES)), [row])) == 1
    error = refused([row, {"image": "AAAA"}, row], PICTURES)
    assert (error.status, "200 pixels" in error.what) == (413, True)


@pytest.mark.parametrize(
    ("media", "read"), [("image/jpeg", True), ("image/x-new", True), ("audio/wav", False), ("", False)]
)
def test_the_bytes_of_one_file_are_a_row_where_files_are_all_there_is(media, read):
    seen = []
    made = Made({}, PICTURES, call=lambda table: seen.extend(table.columns["image"].take(np.arange(1))) or [])
    model = Model.of(made)
    if read:
        assert model.answer(png(), Sent(media), Limits()) == b'{"answers": []}'
        assert seen == [png()]
        return
    with pytest.raises(Refused) as error:
        model.answer(png(), Sent(media), Limits())
    assert (error.value.status, "image/…" in error.value.expected) == (415, True)


# --- what is more than a value ----------------------------------------------------------------------------------------


def forecast(clock: Clock) -> Made:
    """A run that forecasts two channels by four steps."""
    kind = Series(channels=("load", "wind"), mean=(5.0, 7.0), std=(1.0, 1.0))
    schema = Schema((Field("past", kind, "input"), Field("future", kind, "target")))
    return Made({}, schema, Forecast(clock, ("load", "wind"), 2, 4))


def test_a_forecast_asks_for_steps_with_their_moments():
    asked = asked_of(forecast(Clock("time", 3_600_000_000)))
    rows = [{"time": f"2024-05-31 1{i}:00:00", "load": i, "wind": None} for i in range(3)]
    column = table_of(asked, [*rows, {**rows[0], "time": "2024-05-31T15:30:00+02:00"}]).columns["time"]
    assert column.take(np.array([2, 3])).to_pylist() == [datetime(2024, 5, 31, 12), datetime(2024, 5, 31, 13, 30)]
    for wrong in ("noon", 3, None, "2024-13-01"):
        with pytest.raises(Refused, match=r"rows\[0\].time"):
            table_of(asked, [{**rows[0], "time": wrong}])


@pytest.mark.parametrize("clock", [Clock(), Clock("time", 0, 1), Clock("time", 86_400_000_000)])
def test_the_example_of_a_forecast_is_as_many_steps_as_it_reads(clock):
    model = Model.of(forecast(clock))
    rows = model.example()["rows"]
    assert (len(rows), rows[0]["wind"]) == (4, 7)
    assert len(table_of(model.asked, rows)) == 4
    assert len({row.get("time", i) for i, row in enumerate(rows)}) == 4


def test_what_is_known_ahead_stands_in_the_steps_to_come_without_the_rest():
    made = forecast(Clock("time", 86_400_000_000))
    made.forecast = Forecast(made.forecast.clock, ("load",), 2, 4, known=("wind",))
    rows = Model.of(made).example()["rows"]
    assert [row["load"] for row in rows] == [5, 5, 5, 5, None, None]
    assert {row["wind"] for row in rows} == {7}
    assert len(table_of(asked_of(made), rows)) == 6


def test_lists_of_words_and_texts_do_not_stand_in_one_request():
    kind = Text(vocab=("", "<unknown>", "<start>", "<end>", "<mask>", "a"), length=4)
    schema = Schema((Field("x", kind, "input"), Field("y", Category(("a", "b")), "target")))
    assert len(table_of(asked_of(Made({}, schema)), [{"x": ["a"]}, {"x": None}])) == 2
    assert refused([{"x": ["a"]}, {"x": "a"}], schema).field == "rows[1].x"


def test_a_run_whose_inputs_no_request_can_carry_is_refused():
    schema = Schema((Field("x", Boxes(), "input"), Field("y", Number(), "target")))
    with pytest.raises(PlanError, match="no request can carry"):
        asked_of(Made({}, schema))


def test_numbers_for_each_edge_are_sent_beside_the_edges():
    kind = Graph(nodes=Features(((1,),), (0.0,), (1.0,)), edges=Features(((1, 2),), (0.0,), (1.0,)))
    schema = Schema((Field("x", kind, "input"), Field("y", Number(), "target")))
    row = {"x": {"nodes": [[1], [1]], "edges": [[0, 1]], "edge_values": [[2]]}}
    column = table_of(asked_of(Made({}, schema)), [row, {"x": WAYS["Graph"].example(kind)}]).columns["x"]
    assert unpacked(column.take(np.arange(2))).edge_x.tolist() == [[2], [0], [0]]
    for wrong, field in (([], "rows[0].x"), ([[1, 2]], "rows[0].x.edge_values[0]"), (2, "rows[0].x.edge_values")):
        assert refused([{"x": {**row["x"], "edge_values": wrong}}], schema).field == field


def test_no_column_of_a_request_comes_from_the_disk():
    rows = [{"age": 1, "colour": "/etc/passwd"}]
    held = {column.holds for column in table_of(asked_of(Made({})), rows).columns.values()}
    assert held == {"values"}
    assert pa.types.is_string(table_of(asked_of(Made({})), rows).columns["colour"].type)
    assert JSON == "application/json"

from __future__ import annotations

import base64
import io
import math

import pytest
from PIL import Image

from lamina.report.charts import Series, draw, thinned, tick_text, ticks
from lamina.report.files import Confusion, LogLine, Scores, scores_from
from lamina.report.hang import _wide
from lamina.report.views import best_step, curves, matrix, whiskers


@pytest.mark.parametrize("span", [(0.0, 1.0), (-3.0, 7.5), (1e-7, 3e-7), (48_000.0, 2.1e6), (0.9801, 0.9803)])
def test_ticks_are_round_inside_the_range_and_few(span: tuple[float, float]):
    found = ticks(span, 6)
    assert 2 <= len(found) <= 6
    assert all(span[0] - 1e-9 <= v <= span[1] + 1e-9 for v in found)
    assert len({tick_text(v) for v in found}) == len(found)


def test_the_highest_value_is_drawn_highest():
    chart = draw("t", [Series("", [(0, 1.0), (1, 3.0), (2, 2.0)], "dots", [2, 2, 2])], "x")
    assert chart is not None
    low, high, middle = chart.drawn[0].dots
    assert high.y < middle.y < low.y
    left, top, right, bottom = chart.box
    assert all(left <= d.x <= right and top <= d.y <= bottom for d in chart.drawn[0].dots)


@pytest.mark.parametrize("value", [0.0, 1.0, -5.0, 1e12, 1e-12])
def test_a_level_line_is_drawn(value: float):
    chart = draw("t", [Series("", [(1, value), (2, value)])], "x")
    assert chart is not None
    assert "nan" not in chart.drawn[0].path


def test_nothing_to_draw_is_no_chart():
    assert draw("t", [Series("", [])], "x") is None


def test_both_axes_begin_at_zero_where_asked():
    series = [Series("", [(10, 5.0), (20, 9.0)])]
    for zero in (False, True):
        chart = draw("t", series, "x", zero=zero)
        assert (chart.x_ticks[0].text == "0") == zero
        assert (chart.y_ticks[0].text == "0") == zero
        assert not zero or (chart.x_ticks[0].at, chart.y_ticks[0].at) == (chart.box[0], chart.box[3])


def test_a_long_series_keeps_its_ends():
    kept = thinned([(i, math.sin(i)) for i in range(10_000)], 100)
    assert len(kept) == 100
    assert (kept[0][0], kept[-1][0]) == (0, 9999)


def test_curves_skip_values_that_are_missing():
    log = [LogLine(step=i, loss=None if i == 2 else 1.0 / i, rate=0.1, valid={"accuracy": None}) for i in (1, 2, 3)]
    titles = [c.title for c in curves(log, Scores(main="accuracy"))]
    assert titles == ["Loss", "Learning rate"]
    assert best_step(log) is None


def test_many_classes_show_the_pairs_most_confused():
    counts = [[9 if i == j else 0 for j in range(31)] for i in range(31)]
    counts[4][7] = 3
    shown = matrix(Confusion(labels=list(range(31)), counts=counts))
    assert shown is not None
    assert not shown.cells
    assert [(p.truth, p.answer, p.n) for p in shown.pairs] == [(4, 7, 3)]
    assert shown.pairs[0].share == 0.25


def test_a_matrix_that_does_not_fit_its_labels_is_not_shown():
    assert matrix(Confusion(labels=["a", "b"], counts=[[1, 2]])) is None


def test_the_best_comes_first_and_the_far_one_off_the_scale():
    def rmse(value: float) -> dict[str, object]:
        return {"rmse": {"value": value, "low": value - 1, "high": value + 1}}

    scores = {"main": "rmse", "better": "lower", "test": rmse(10), "baseline": {"mean": rmse(90), "linear": rmse(12)}}
    rows = whiskers(scores_from(scores))
    assert [(w.name, w.off) for w in rows] == [("model", ""), ("linear", ""), ("mean", "above")]
    assert rows[0].at < rows[1].at


def test_a_band_goes_along_one_edge_and_back_along_the_other():
    band = Series("band", [(0, 1), (1, 2), (1, 0), (0, 0)], "band")
    chart = draw("forecast", [band, Series("said", [(0, 0.5), (1, 1)], "said")], "steps")
    assert chart is not None
    assert [d.path.endswith("Z") for d in chart.drawn] == [True, False]
    assert [d.name for d in chart.legend] == ["band", "said"]


@pytest.mark.parametrize(
    ("size", "room"), [((96, 96), ""), ((90, 30), "broad"), ((300, 20), "wide"), ((600, 200), "wide"), ((600, 400), "")]
)
def test_pictures_side_by_side_get_the_room_they_need(size: tuple[int, int], room: str):
    kept = io.BytesIO()
    Image.new("L", size).save(kept, "PNG")
    assert _wide(f"data:image/png;base64,{base64.b64encode(kept.getvalue()).decode()}") == room

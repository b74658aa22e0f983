from __future__ import annotations

from lamina.findings import Findings
from lamina.flow.prepare import data_settings, look
from lamina.flow.request import Request, whole


def test_of_many_rows_no_more_than_enough_are_tested_on_unless_asked(monkeypatch):
    monkeypatch.setitem(look.__globals__, "ENOUGH", 100)
    request = whole(Request(source="digits"))
    cut = look(request, "digits", data_settings(request), Findings()).split
    assert [len(rows) for rows in cut.parts().values()] == [1597, 100, 100]
    asked = whole(Request(source="digits", settings=("data.test=0.2",)))
    assert len(look(asked, "digits", data_settings(asked), Findings()).split.test) == 359

"""Questions with answers in a text, in the form of SQuAD, and what is refused of them."""

from __future__ import annotations

import json

import pytest

from lamina.data.sources import open_source
from lamina.errors import SourceError
from lamina.findings import Findings
from lamina.kinds.span import Span

CONTEXT = "Snow falls in Oslo. Rain falls in Rome."


def asked(question, text, start=None, **more):
    start = CONTEXT.find(text) if start is None else start
    return {"id": question, "question": question, "answers": [{"text": text, "answer_start": start}], **more}


def write(path, *qas, data=None):
    article = {"title": "Weather", "paragraphs": [{"context": CONTEXT, "qas": list(qas)}]}
    path.write_text(json.dumps({"version": "1.1", "data": [article]} if data is None else data))
    return path


def test_a_row_a_question_with_its_text_and_its_article(tmp_path):
    path = write(tmp_path / "x.json", asked("Where does snow fall?", "Oslo"), asked("And rain?", "Rome"))
    table = open_source(path)
    assert (table.target, table.inputs, table.facts["group"]) == ("answer", ("question", "context"), "article")
    assert table.columns["question"].array.to_pylist() == ["Where does snow fall?", "And rain?"]
    assert table.columns["article"].array.to_pylist() == ["Weather"] * 2
    assert table.columns["answer"].array.to_pylist()[1] == {"text": "Rome", "start": 34, "context": CONTEXT}
    assert isinstance(table.kinds["answer"], Span)
    assert list(table.ids) == ["Where does snow fall?", "And rain?"]


def test_questions_that_cannot_be_used_are_set_aside_with_the_reason(tmp_path):
    nothing = {"id": "c", "question": "?", "answers": [], "is_impossible": True}
    path = write(tmp_path / "x.json", asked("a", "Oslo"), asked("b", "Rome", 3), nothing)
    findings = Findings()
    assert len(open_source(path, findings=findings)) == 1
    told = {row.where: row.reason for row in findings.asides["source"]}
    assert told == {
        "question b": "an answer that does not stand where it is said to",
        "question c": "a question without an answer",
    }


def test_another_form_is_refused_with_the_one_that_is_known(tmp_path):
    data = {"data": [{"paragraphs": [{"context": "x", "qas": [{"question": "y", "answers": [{"start": 3}]}]}]}]}
    with pytest.raises(SourceError, match="not in the form of SQuAD"):
        open_source(write(tmp_path / "x.json", data=data))
    with pytest.raises(SourceError, match="holds no question"):
        open_source(write(tmp_path / "y.json"))

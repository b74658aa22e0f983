"""Answers as places of tokens, and back to the very characters."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lamina.data.table import Values
from lamina.errors import KindError
from lamina.kinds import Text, kind_from_json
from lamina.kinds.span import PLACES, Span
from lamina.ragged import Ragged

CONTEXT = "The tower (324 m, 1889) stands in Paris; Gustave Eiffel's firm built it.  It is made of wrought-iron."
ANSWERS = ["324 m", "Paris", "Gustave Eiffel", "wrought-iron", "The tower", "1889", "It is"]


def column(answers=ANSWERS, context=CONTEXT):
    rows = [{"text": a, "start": context.find(a), "context": context} for a in answers]
    return Values("answer", pa.chunked_array([pa.array(rows, PLACES)]))


@pytest.fixture(params=["pieces", "words", "characters"])
def kind(request):
    return Span(of=Text(by=request.param, size=60)).fit(column(), np.arange(len(ANSWERS)))


def test_an_answer_comes_back_to_the_character(kind):
    raw = column().take(np.arange(len(ANSWERS)))
    encoded = kind.encode(raw)
    assert not encoded.bad
    assert [kind.onto(pair, ["a question", CONTEXT]) for pair in kind.decode(encoded.array)] == ANSWERS
    assert kind.reference(raw, encoded.array) == ANSWERS


@pytest.mark.parametrize("by", ["pieces", "words"])
def test_a_letter_that_is_longer_when_small_moves_no_answer(by):
    context = "İstanbul and İzmir have harbours; Ankara has none of its own."
    rows = column(["Ankara", "İzmir"], context)
    kind = Span(of=Text(by=by, size=60)).fit(rows, np.arange(2))
    pairs = kind.decode(kind.encode(rows.take(np.arange(2))).array)
    assert [kind.onto(pair, [context]) for pair in pairs] == ["Ankara", "İzmir"]


def test_an_answer_within_a_word_is_the_words_it_touches():
    kind = Span(of=Text(by="words")).fit(column(), np.arange(len(ANSWERS)))
    pair = kind.decode(kind.encode(column(["iffel's fir"]).take(np.array([0]))).array)[0]
    assert kind.said(CONTEXT, *pair) == "Eiffel's firm"


def test_an_answer_that_is_not_where_it_is_said_to_be_cannot_be_used(kind):
    rows = [{"text": "Rome", "start": 34, "context": CONTEXT}, {"text": " ", "start": 3, "context": CONTEXT}, None]
    encoded = kind.encode(pa.array(rows, PLACES))
    assert sorted(encoded.bad) == [0, 1]
    assert "does not stand" in encoded.bad[0]
    assert kind.absent(encoded.array).tolist() == [True, True, True]


def test_an_answer_after_what_is_read_of_its_text_is_a_misfit():
    kind = Span(of=Text(by="words", length=8)).fit(column(), np.arange(len(ANSWERS)))
    encoded = kind.encode(column().take(np.arange(len(ANSWERS)))).array
    texts = kind.of.encode([CONTEXT] * len(ANSWERS)).array
    questions = Ragged.packed(np.zeros(len(ANSWERS) * 99, np.int32), np.full(len(ANSWERS), 99))
    late = kind.misfits(encoded, {"question": questions, "context": texts})
    assert sorted(late) == [i for i, a in enumerate(ANSWERS) if a not in ("The tower", "324 m", "1889")]


def test_it_is_json_and_back(kind):
    assert kind_from_json(kind.to_json()) == kind


def test_a_column_without_places_is_refused():
    plain = Values("answer", pa.chunked_array([pa.array(["Paris", "1889"])]))
    with pytest.raises(KindError, match="no answers with their places"):
        Span().fit(plain, np.arange(2))

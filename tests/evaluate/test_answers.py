"""What answers are held against: chance, and the sentence most like the question."""

from __future__ import annotations

import numpy as np

from lamina.evaluate.baselines.answers import spans
from lamina.evaluate.baselines.task import Task
from lamina.evaluate.written import marked
from lamina.kinds import Field, Schema, Text
from lamina.kinds.span import Span
from lamina.kinds.text import MARKS
from lamina.ragged import Ragged

WORDS = Text(by="words", vocab=(*MARKS, ".", "snow", "falls", "in", "oslo", "rain", "rome", "where"), length=20)
TEXT = "Snow falls in Oslo. Rain falls in Rome."


def task(seed=0):
    kind = Span(of=WORDS, long=5, mean=2.4)
    schema = Schema((Field("q", WORDS, "input"), Field("t", WORDS, "input"), Field("a", kind, "target")))
    return Task(schema, {}, np.zeros((3, 2)), seed)


def rows(*texts):
    return WORDS.encode(list(texts)).array


def test_the_nearest_sentence_is_found_and_chance_stays_in_the_text():
    chance, nearest = spans(task(), None)
    inputs = {"q": rows("where rain", "snow oslo"), "t": rows(TEXT, TEXT)}
    assert nearest.answer(inputs).tolist() == [[5, 9], [0, 4]]
    many = {"q": rows(*["snow"] * 500), "t": rows(*[TEXT] * 500)}
    drawn = chance.answer(many)
    assert (drawn[:, 1] - drawn[:, 0]).tolist() == [1] * 500
    assert set(drawn[:, 0].tolist()) == set(range(9))
    assert np.array_equal(drawn, spans(task(), None)[0].answer(many))
    assert not np.array_equal(drawn, spans(task(1), None)[0].answer(many))


def test_a_text_shorter_than_the_mean_is_answered_whole():
    chance, _ = spans(task(), None)
    assert chance.answer({"q": rows("snow"), "t": rows("Oslo")}).tolist() == [[0, 0]]


def test_an_answer_is_marked_where_it_stands():
    assert marked(Span(of=WORDS), TEXT, 3, 3) == "Snow falls in ⟦Oslo⟧. Rain falls in Rome."
    assert marked(Span(of=WORDS), TEXT, 99, 99) == TEXT


def test_ragged_rows_of_nothing_do_not_stop_it():
    empty = Ragged.packed(np.zeros(0, np.int32), np.zeros(1, np.int64))
    for baseline in spans(task(), None):
        assert baseline.answer({"q": empty, "t": empty}).shape == (1, 2)

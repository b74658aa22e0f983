"""The word that each word comes to is found from pairs of sentences alone."""

from __future__ import annotations

import numpy as np

from lamina.evaluate.baselines.task import Task
from lamina.evaluate.baselines.translated import translated, word_pairs
from lamina.kinds import Field, Schema, Text
from lamina.kinds.text import MARKS
from lamina.ragged import Ragged

WORDS = {"a": "ein", "dog": "Hund", "man": "Mann", "sees": "sieht", "runs": "rennt", "red": "roter", "one": "ein"}


def sentences(count):
    draw = np.random.default_rng(0)
    sources = [[str(w) for w in draw.choice(list(WORDS), draw.integers(2, 6), replace=False)] for _ in range(count)]
    return sources, [[WORDS[w] for w in reversed(row)] for row in sources]


def test_words_find_each_other_whatever_their_order():
    found = word_pairs(*sentences(200))
    assert {word: found[word] for word in WORDS} == WORDS


def test_a_word_of_the_target_that_is_everywhere_is_nobodys():
    sources, targets = sentences(200)
    found = word_pairs(sources, [[*row, "."] for row in targets])
    assert found[""] == "."
    assert {word: found[word] for word in WORDS} == WORDS


def test_the_baselines_answer_texts_and_leave_what_they_do_not_know():
    sources, targets = sentences(100)
    kinds = [Text(vocab=(*MARKS, *sorted({w for row in rows for w in row}), "zzz")) for rows in (sources, targets)]
    schema = Schema((Field("en", kinds[0], "input"), Field("de", kinds[1], "target", link="written")))
    rows = [Ragged.of([kind.ids(row) for row in rows]) for kind, rows in zip(kinds, (sources, targets), strict=True)]
    copy, by_word = translated(Task(schema, {"en": rows[0]}, rows[1]), None)
    new = {"en": Ragged.of([kinds[0].ids(["red", "dog"]), kinds[0].ids(["zzz", "man"])])}
    assert copy.answer(new) == ["red dog", "zzz man"]
    assert by_word.answer(new) == ["roter Hund", "zzz Mann"]

"""BLEU and chrF are those of sacreBLEU, on texts that are right, wrong, short, empty and full of signs."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.kinds import Text
from lamina.metrics import CASES, SCORES, scored
from lamina.metrics.translation import bleu, chrf, tokens
from lamina.metrics.weights import Weights, once

sacrebleu = pytest.importorskip("sacrebleu")

TRUTH = [
    "Ein Mann mit einem orangefarbenen Hut, der etwas anstarrt.",
    'Er sagte: "Das kostet 1,000.50 Euro" & ging (schnell) fort-an 12-13.',
    "Fünf Leute in Winterjacken stehen im Schnee.",
    "a &quot;b&quot; &amp; c",
    "Zwei Hunde.",
]
ANSWERS = [
    "Ein Mann mit einem Hut, der etwas anstarrt.",
    'Er sagte "Das kostet 1,000.5 Euro" & ging fort-an 12-14 .',
    "",
    'a "b" & c',
    "Zwei Hunde.",
]
KIND = Text(by="pieces", lower=False)


def case(truth, answers):
    return CASES["Text:written"](KIND, truth, answers)


@pytest.mark.parametrize("rows", [(0, 1, 2, 3, 4), (0,), (2,), (4,), (3,), (0, 2), (1, 1, 3)])
def test_they_are_those_of_sacrebleu(rows):
    truth, answers = [TRUTH[i] for i in rows], [ANSWERS[i] for i in rows]
    found = case(truth, answers)
    assert bleu(found, once(len(rows)))[0] == pytest.approx(sacrebleu.corpus_bleu(answers, [truth]).score, abs=1e-5)
    assert chrf(found, once(len(rows)))[0] == pytest.approx(sacrebleu.corpus_chrf(answers, [truth]).score, abs=1e-5)


def test_they_are_those_of_sacrebleu_on_texts_by_chance():
    draw = np.random.default_rng(0)
    words = ["der", "Hund", "läuft", "2.5", "a-b", "nach", "Haus,", "weil"]
    for _ in range(50):
        texts = [" ".join(draw.choice(words, draw.integers(1, 9))) for _ in range(8)]
        truth, answers = texts[:4], texts[4:]
        found = case(truth, answers)
        assert bleu(found, once(4))[0] == pytest.approx(sacrebleu.corpus_bleu(answers, [truth]).score, abs=1e-5)
        assert chrf(found, once(4))[0] == pytest.approx(sacrebleu.corpus_chrf(answers, [truth]).score, abs=1e-5)


def test_lines_are_cut_as_sacrebleu_cuts_them():
    cut = sacrebleu.metrics.BLEU().tokenizer
    for text in [*TRUTH, "x.y 3.4 .5 5. a,b 1,2", "don't [x] {y} $5 #3 50% a/b ~c", "—“quoted” …", " ", "5- 5-a -5"]:
        assert tokens(text) == cut(text).split()


def test_rows_that_count_twice_are_rows_that_stand_twice():
    found = case(TRUTH, ANSWERS)
    twice = Weights(np.array([[2.0, 1, 0, 1, 3]]), np.zeros(1))
    rows = [0, 0, 1, 3, 4, 4, 4]
    score = sacrebleu.corpus_bleu([ANSWERS[i] for i in rows], [[TRUTH[i] for i in rows]]).score
    assert bleu(found, twice)[0] == pytest.approx(score, abs=1e-5)


def test_every_score_has_its_interval_and_a_row_without_an_answer_is_wrong():
    found = scored(KIND, TRUTH * 8, [*ANSWERS, *([None] * 5), *(ANSWERS * 6)], link="written")
    assert list(found) == ["bleu", "chrf", "exact"] == [score.name for score in SCORES["Text:written"]]
    for name in ("bleu", "chrf", "exact"):
        assert found[name]["low"] < found[name]["value"] < found[name]["high"]
        assert found[name]["n"] == 40
    assert found["exact"]["value"] == pytest.approx(7 * 2 / 40)

"""Baselines of words: counted by hand, and their shares by trying every token."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lamina.evaluate.baselines import fit_baselines
from lamina.evaluate.baselines.task import Task
from lamina.evaluate.baselines.words import frequency, ngrams, usual_label
from lamina.kinds import Category, Each, Field, Schema, Text
from lamina.kinds.text import MARKS
from lamina.ragged import Ragged

A, B, C, D = range(len(MARKS), len(MARKS) + 4)
WORDS = Text(vocab=(*MARKS, *"abcd"), length=50)
ALL = len(WORDS.vocab)


def of(*rows) -> Ragged:
    return Ragged.of([np.array(row, np.int32) for row in rows])


def written(*rows) -> Task:
    schema = Schema((Field("t", WORDS, "input"), Field("t", WORDS, "target", link="causal")))
    return Task(schema, {"t": of(*rows)}, of(*rows))


def test_the_usual_label_of_a_word_and_of_one_never_seen():
    kind = Each(of=Category(labels=("noun", "verb"), counts=(1, 1)))
    schema = Schema((Field("w", WORDS, "input"), Field("y", kind, "target")))
    task = Task(schema, {"w": of([A, B, A], [A, C])}, of([0, 1, 0], [1, -1]))
    (baseline,) = usual_label(task, None)
    answer = baseline.answer({"w": of([A, B], [C, D, 1])})
    assert [row.argmax(1).tolist() for row in answer] == [[0, 1], [0, 0, 0]]
    np.testing.assert_allclose(answer.values.sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(answer.row(0)[0], [(2 + 0.5) / 4, (1 + 0.5) / 4])
    np.testing.assert_allclose(answer.row(1)[2], [0.5, 0.5])  # the shares of all labels


@pytest.fixture
def models():
    draw = np.random.default_rng(0)
    chain = [A]
    for _ in range(400):
        chain.append(int(draw.choice([A, B, C])) if draw.random() < 0.3 else A + (chain[-1] - A + 1) % 3)
    return {b.name: b for b in ngrams(written(chain), None)}


@pytest.mark.parametrize("name", ["unigram", "bigram", "trigram"])
def test_the_shares_of_all_that_may_follow_sum_to_one(models, name):
    def nats(row):
        return models[name].answer({"t": of(row)})[0, 0]

    for past in ([A, B], [B, A], [C, C], [D, A], [1, D]):  # seen often, seldom and never
        shares = [np.exp(nats(past) - nats([*past, token])) for token in range(ALL)]
        assert sum(shares) == pytest.approx(1)
        assert min(shares) > 0


def test_a_longer_past_tells_more_of_a_chain_and_says_the_likeliest(models):
    row = of([A, B, C, A, B, C, A])
    figures = {name: b.answer({"t": row})[0] for name, b in models.items()}
    assert figures["bigram"][0] < figures["unigram"][0]
    assert all(f[1] == 6 for f in figures.values())
    assert figures["bigram"][2] == figures["trigram"][2] == 6


def test_shares_are_the_counts_mixed_as_the_formula_says():
    models = {b.name: b for b in ngrams(written([A, B, A, B, A, C]), None)}
    lost = {name: b.answer({"t": of([A, B])})[0, 0] for name, b in models.items()}
    single = (2 + 1) / (6 + ALL)
    assert np.exp(-lost["unigram"]) == pytest.approx(single)
    weight = 3 / (3 + 2.5)  # a is followed three times
    assert np.exp(-lost["bigram"]) == pytest.approx(weight * 2 / 3 + (1 - weight) * single)


def test_the_words_alone_are_what_hidden_words_are_held_against():
    (only,) = frequency(written([A, A, B]), None)
    assert only.name == "unigram"
    figures = only.answer({"t": of([A, A], [B])})
    assert figures[:, 1].tolist() == [1, 0]
    assert figures[0, 2] == 1


def test_overlapping_windows_are_counted_once():
    chain = np.array([A, B, A, B, A, C], np.int32)
    windows = Ragged(chain, np.arange(3), np.full(3, 4))
    schema = written([A]).schema
    whole, cut = (
        ngrams(Task(schema, {"t": rows}, rows), None)[1].answer({"t": of([A, B, A])}) for rows in (of(chain), windows)
    )
    np.testing.assert_allclose(cut, whole)


def test_a_lead_is_read_and_not_counted_as_the_head_leaves_it_out():
    kind = replace(WORDS, lead=2)
    schema = Schema((Field("t", kind, "input"), Field("t", kind, "target", link="causal")))
    rows, row = of([A, B, A, B, A, C]), of([A, B, A, B], [A, B, A])
    led, plain = (ngrams(Task(s, {"t": rows}, rows), None)[1] for s in (schema, written([A]).schema))
    assert led.answer({"t": row})[:, 1].tolist() == [1, 2]
    whole, less = plain.answer({"t": row})[0, 0], plain.answer({"t": of([A, B, A])})[0, 0]
    assert led.answer({"t": row})[0, 0] == pytest.approx(whole - less)
    assert frequency(Task(schema, {"t": rows}, rows), None)[0].answer({"t": row})[:, 1].tolist() == [3, 2]


def test_a_bag_of_words_beats_the_commonest_class():
    draw = np.random.default_rng(0)
    rows = [[int(draw.choice([A, B])), [C, D][i % 3 == 0], int(draw.choice([A, B]))] for i in range(90)]
    label = Category(labels=("x", "y"), counts=(60, 30))
    schema = Schema((Field("t", WORDS, "input"), Field("y", label, "target")))
    truth = np.array([int(i % 3 == 0) for i in range(90)])
    found = {b.name: b for b in fit_baselines(schema, {"t": of(*rows[:60])}, truth[:60], None, 0)}
    right = {name: (b.answer({"t": of(*rows[60:])}).argmax(1) == truth[60:]).mean() for name, b in found.items()}
    assert right["bag of words"] == 1 > right["majority"] == pytest.approx(2 / 3)


def test_pairs_of_words_tell_an_order_that_words_alone_do_not():
    rows, truth = [[A, B], [B, A]] * 30, np.array([0, 1] * 30)
    schema = Schema((Field("t", WORDS, "input"), Field("y", Category(labels=("x", "y"), counts=(30, 30)), "target")))
    bag = fit_baselines(schema, {"t": of(*rows)}, truth, None, 0)[-1]
    assert bag.answer({"t": of([A, B], [B, A])}).argmax(1).tolist() == [0, 1]

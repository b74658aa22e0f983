"""Scores of labels a token, held against scikit-learn on all tokens, and of text token by token in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss

from lamina.kinds import Category, Each, Text
from lamina.metrics import scored
from lamina.metrics.table import figure_scores, kind_scores
from lamina.ragged import Ragged

CLASSES = 4
KIND = Each(of=Category(labels=tuple("abcd"), counts=(1,) * 4))


def tokens(rows: int = 40) -> tuple[Ragged, Ragged]:
    """Codes and shares of rows of many lengths; the last class is never true, and shares are right about half."""
    draw = np.random.default_rng(0)
    lengths = draw.integers(1, 6, rows)
    codes = draw.integers(0, CLASSES - 1, lengths.sum()).astype(np.int32)
    shares = draw.dirichlet(np.ones(CLASSES), len(codes)) + 0.7 * np.eye(CLASSES)[codes]
    shares = (shares / shares.sum(1, keepdims=True)).astype(np.float32)
    return Ragged.packed(codes, lengths), Ragged.packed(shares, lengths)


def test_scores_are_those_of_scikit_learn_on_all_tokens():
    truth, answer = tokens()
    said, shares = answer.values.argmax(1), answer.values.astype(np.float64)
    found = scored(KIND, truth, answer, resamples=20)
    assert found["accuracy"]["value"] == pytest.approx(accuracy_score(truth.values, said))
    assert found["macro_f1"]["value"] == pytest.approx(f1_score(truth.values, said, average="macro"))
    assert found["log_loss"]["value"] == pytest.approx(
        log_loss(truth.values, shares / shares.sum(1, keepdims=True), labels=range(CLASSES)), rel=1e-5
    )
    exact = [(a.argmax(1) == t).all() for t, a in zip(truth, answer, strict=True)]
    assert found["exact"]["value"] == pytest.approx(np.mean(exact))
    assert 0.1 < np.mean(exact) < 0.9
    assert kind_scores(KIND, truth, answer)["accuracy"] == pytest.approx(found["accuracy"]["value"])


def test_a_label_never_seen_is_wrong_and_has_no_share_in_the_loss():
    truth, answer = tokens()
    codes = truth.values.copy()
    codes[::3] = -1
    truth = Ragged.packed(codes, truth.lengths)
    found, known = scored(KIND, truth, answer, resamples=20), codes >= 0
    assert found["accuracy"]["value"] == pytest.approx((answer.values.argmax(1) == codes).mean())
    lost = -np.log(answer.values[known, codes[known]].astype(np.float64)).mean()
    assert found["log_loss"]["value"] == pytest.approx(lost)


def test_what_a_text_cut_short_has_no_answer_for_is_wrong():
    truth, answer = tokens()
    whole = kind_scores(KIND, truth, answer)["accuracy"] * len(truth.values)
    first = int(np.argmax(truth.lengths > 2))
    lengths = answer.lengths.copy()
    lengths[first] = 1
    cut = Ragged(answer.values, answer.starts, lengths)
    expected = (whole - (answer.row(first).argmax(1) == truth.row(first))[1:].sum()) / len(truth.values)
    assert kind_scores(KIND, truth, cut)["accuracy"] == pytest.approx(expected)
    fewer = Ragged(truth.values, truth.starts, np.maximum(1, truth.lengths - 1))
    said = [(a.argmax(1)[: len(t)] == t).sum() for t, a in zip(fewer, answer, strict=True)]
    assert kind_scores(KIND, fewer, answer)["accuracy"] == pytest.approx(sum(said) / fewer.lengths.sum())


def test_a_row_without_an_answer_is_left_out():
    truth, answer = tokens()
    lengths = np.where(np.arange(40) < 5, 0, answer.lengths)
    found = scored(KIND, truth, Ragged(answer.values, answer.starts, lengths), resamples=20)
    assert found["accuracy"]["value"] == pytest.approx(kind_scores(KIND, truth[5:], answer[5:])["accuracy"])
    assert "5 rows without an answer" in found["accuracy"]["method"]


def test_intervals_are_drawn_from_rows_not_from_tokens():
    """Rows of which each is all right or all wrong: a hundred tokens of a row are one draw."""
    lengths = np.full(30, 100)
    right = np.repeat(np.arange(30) % 2, 100)
    truth = Ragged.packed(np.zeros(3000, np.int32), lengths)
    answer = Ragged.packed(np.eye(CLASSES)[np.where(right, 0, 1)], lengths)
    found = scored(KIND, truth, answer)["accuracy"]
    assert found["n"] == 3000
    width = found["high"] - found["low"]
    assert width == pytest.approx(2 * 1.96 * math.sqrt(0.25 / 30), rel=0.15)  # and not that of 3,000 draws
    assert "resamples of rows" in found["method"]


def test_nats_bits_and_perplexity_are_one_sum_in_three_units():
    kind = Text(by="characters")
    figures = np.array([[30.0, 10, 4], [2.0, 5, 5], [16.0, 1, 0]])  # nats, tokens, hits
    found = scored(kind, figures, figures, link="causal", resamples=50)
    assert found["nats"]["value"] == pytest.approx(48 / 16)
    assert found["bits"]["value"] == pytest.approx(3 / math.log(2))
    assert found["perplexity"]["value"] == pytest.approx(math.exp(3))
    assert found["accuracy"]["value"] == pytest.approx(9 / 16)
    assert found["nats"]["n"] == 16
    assert figure_scores(kind, "causal", figures) == {"nats": pytest.approx(3.0), "accuracy": pytest.approx(9 / 16)}


def test_a_perplexity_past_all_numbers_is_still_one():
    figures = np.array([[2000.0, 1, 0], [2000.0, 1, 0]])
    value = scored(Text(), figures, figures, link="masked", resamples=20)["perplexity"]["value"]
    assert value == pytest.approx(math.exp(700))

"""What a report draws: confusion, classes, reliability, residuals."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from lamina.metrics import confusion, expected_error, per_class, reliability, residual_summary


def test_confusion_has_truth_down_and_answers_across():
    truth, predicted = np.array([0, 0, 1, 2, -1, 2]), np.array([0, 1, 1, 0, 0, -1])
    assert confusion(truth, predicted, 3).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_classes_fare_as_scikit_learn_says():
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    np.testing.assert_array_equal(confusion(truth, predicted, 4), sk.confusion_matrix(truth, predicted))
    want = np.stack(sk.precision_recall_fscore_support(truth, predicted), axis=1)
    found = [[c["precision"], c["recall"], c["f1"], c["n"]] for c in per_class(truth, predicted, list("abcd"))]
    np.testing.assert_allclose(found, want)


def test_a_class_that_never_occurs_has_no_recall():
    last = per_class(np.array([0, 1]), np.array([0, 0]), ["a", "b", "c"])
    assert last[2] == {"label": "c", "precision": None, "recall": None, "f1": None, "n": 0}
    assert (last[1]["precision"], last[1]["recall"]) == (None, 0)


def test_bins_hold_every_row_and_name_their_edges():
    shares = np.array([[0.4, 0.6], [0.39, 0.61], [1.0, 0.0]])
    found = reliability(np.array([1, 0, 0]), shares, bins=5)
    assert [(b["low"], b["high"], b["n"]) for b in found] == [(0.4, 0.6, 1), (0.6, 0.8, 1), (0.8, 1.0, 1)]
    assert [b["accuracy"] for b in found] == [1, 0, 1]
    assert found[1]["confidence"] == pytest.approx(0.61)
    assert expected_error(np.array([1, 0, 0]), shares, bins=5) == pytest.approx((0.4 + 0.61 + 0) / 3)


def test_every_tag_of_every_row_is_a_case():
    found = reliability(np.array([[1, 0], [0, 0]]), np.array([[0.9, 0.1], [0.9, 0.1]]), bins=10)
    assert sum(b["n"] for b in found) == 4
    assert found[0]["accuracy"] == 0.75


def test_residuals_are_answer_less_truth():
    found = residual_summary(np.zeros(101), np.linspace(-1, 3, 101))
    assert (found["mean"], found["q50"], found["largest"], found["n"]) == (pytest.approx(1), pytest.approx(1), 3, 101)
    assert found["q05"] == pytest.approx(-0.8)
    assert residual_summary(np.zeros(1), np.array([np.nan])) == {"n": 0}

"""Ranks among all nodes, what else is true taken out, and scores made of them."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.kinds import Node
from lamina.metrics import scored
from lamina.metrics.links import ranks
from lamina.ragged import Ragged

KIND = Node(count=5)
CHANCES = np.array([[0.4, 0.3, 0.2, 0.06, 0.04], [0.1, 0.2, 0.3, 0.25, 0.15], [0.2, 0.2, 0.2, 0.2, 0.2]])


def truth(*rows: list[int]) -> Ragged:
    return Ragged.of([np.array(row, np.int64) for row in rows])


def test_what_is_true_as_well_does_not_stand_above():
    rank, rivals = ranks(truth([2], [2], [0]), CHANCES)
    assert rank.tolist() == [3, 1, 3]  # of equal chances, the middle place
    rank, rivals = ranks(truth([2, 0, 1], [2, 3], [0]), CHANCES)
    assert rank.tolist() == [1, 1, 3]
    assert rivals.tolist() == [2, 3, 4]


def test_scores_are_means_over_questions():
    found = scored(KIND, truth([2], [2], [0]), CHANCES, resamples=200)
    assert found["mrr"]["value"] == pytest.approx((1 / 3 + 1 + 1 / 3) / 3)
    assert found["hits_at_1"]["value"] == pytest.approx(1 / 3)
    assert found["hits_at_10"]["value"] == 1.0
    assert found["auc"]["value"] == pytest.approx((0.5 + 1 + 0.5) / 3)
    assert found["log_loss"]["value"] == pytest.approx(-np.log([0.2, 0.3, 0.2]).mean())
    assert found["mrr"]["low"] <= found["mrr"]["value"] <= found["mrr"]["high"]
    assert found["mrr"]["n"] == 3


def test_an_answer_that_says_nothing_has_an_area_of_a_half():
    flat = np.full((50, 5), 0.2)
    asked = truth(*([i % 5] for i in range(50)))
    assert scored(KIND, asked, flat, resamples=200)["auc"]["value"] == pytest.approx(0.5)
    right = np.eye(5)[np.arange(50) % 5]
    assert scored(KIND, asked, right, resamples=200)["auc"]["value"] == 1.0


def test_both_ends_of_an_edge_are_drawn_together():
    groups = np.array([0, 0, 1])
    assert "2 groups" in scored(KIND, truth([2], [2], [0]), CHANCES, groups=groups)["mrr"]["method"]

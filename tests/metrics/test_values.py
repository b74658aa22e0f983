"""Every score equals scikit-learn's on random draws, with weights and without."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn import metrics as sk

from lamina.errors import KindError
from lamina.kinds import Category, Image, Number, Tags, Text
from lamina.kinds.boxes import Boxes
from lamina.metrics import category, kind_scores, number, scored, scores_of, tags
from lamina.metrics.ranking import areas, midranks, ranking
from lamina.metrics.weights import Weights, once
from lamina.ragged import Ragged


def draw(seed: int, n: int = 200, classes: int = 3, ties: bool = False):
    rng = np.random.default_rng(seed)
    truth = np.concatenate([np.arange(classes), rng.integers(0, classes, n - classes)])
    shares = rng.dirichlet(np.ones(classes), n)
    shares[np.arange(n), truth] += 0.3 * rng.random(n)
    if ties:
        shares = np.round(shares, 1) + 0.05
    shares /= shares.sum(1, keepdims=True)
    weights = rng.integers(0, 4, (5, n)).astype(float)
    weights[:, :classes] = 1
    return truth, shares, Weights(weights, np.zeros(5))


CATEGORY = {
    "accuracy": lambda t, p, w: sk.accuracy_score(t, p.argmax(1), sample_weight=w),
    "balanced_accuracy": lambda t, p, w: sk.balanced_accuracy_score(t, p.argmax(1), sample_weight=w),
    "macro_f1": lambda t, p, w: sk.f1_score(t, p.argmax(1), average="macro", sample_weight=w),
    "log_loss": lambda t, p, w: sk.log_loss(t, p, labels=range(p.shape[1]), sample_weight=w),
    "brier": lambda t, p, w: sk.brier_score_loss(t, p, labels=range(p.shape[1]), sample_weight=w),
    "auc": lambda t, p, w: np.mean([sk.roc_auc_score(t == c, p[:, c], sample_weight=w) for c in picked(p)]),
    "average_precision": lambda t, p, w: np.mean(
        [sk.average_precision_score(t == c, p[:, c], sample_weight=w) for c in picked(p)]
    ),
}


def picked(shares):
    return [1] if shares.shape[1] == 2 else range(shares.shape[1])


@pytest.mark.parametrize("seed", range(12))
def test_scores_of_a_category_are_those_of_scikit_learn(seed):
    truth, shares, weights = draw(seed, classes=2 + seed % 4, ties=seed % 2 == 1)
    kind = Category(labels=tuple(range(shares.shape[1])))
    case = category.Case.of(kind, truth, shares)
    for score in scores_of(kind):
        if score.name == "ece":
            continue
        want = [CATEGORY[score.name](truth, shares, w) for w in weights.rows]
        np.testing.assert_allclose(score.function(case, weights), want, rtol=1e-9, err_msg=score.name)
        np.testing.assert_allclose(score.function(case, once(len(truth))), CATEGORY[score.name](truth, shares, None))


def test_ece_is_the_mean_gap_over_bins_written_out():
    truth, shares, _ = draw(3)
    confidence, correct, gap = shares.max(1), shares.argmax(1) == truth, 0.0
    for b in range(15):
        inside = (confidence > b / 15) & (confidence <= (b + 1) / 15)
        if inside.any():
            gap += inside.mean() * abs(confidence[inside].mean() - correct[inside].mean())
    assert scored(Category(labels=(0, 1, 2)), truth, shares, resamples=5)["ece"]["value"] == pytest.approx(gap)


def test_ece_of_calibrated_draws_is_small_and_of_sure_ones_large():
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(3), 20_000)
    truth = (rng.random(20_000)[:, None] > shares.cumsum(1)).sum(1).clip(0, 2)
    sure = shares**3 / (shares**3).sum(1, keepdims=True)
    kind = Category(labels=(0, 1, 2))
    assert scored(kind, truth, shares, resamples=5)["ece"]["value"] < 0.015
    assert scored(kind, truth, sure, resamples=5)["ece"]["value"] > 0.1


@pytest.mark.parametrize("seed", range(6))
def test_scores_of_a_number_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    truth = rng.normal(1e5, 3, 100)  # a large mean must not cost digits
    answer, w = truth + rng.normal(size=100), rng.integers(0, 4, (4, 100)).astype(float)
    case, weights = number.Case.of(Number(), truth, answer), Weights(w, np.zeros(4))
    for function, oracle in (
        (number.rmse, sk.root_mean_squared_error),
        (number.mae, sk.mean_absolute_error),
        (number.r2, sk.r2_score),
    ):
        np.testing.assert_allclose(function(case, weights), [oracle(truth, answer, sample_weight=x) for x in w])


@pytest.mark.parametrize("seed", range(6))
def test_scores_of_tags_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    truth = rng.random((150, 4)) < 0.3
    shares = np.round(np.clip(truth * 0.3 + rng.random((150, 4)) * 0.7, 0.01, 0.99), 2)
    w = rng.integers(1, 4, (3, 150)).astype(float)
    case = tags.Case.of(Tags(labels=tuple("abcd"), threshold=0.4), truth.astype(np.uint8), shares)
    on, weights = shares >= 0.4, Weights(w, np.zeros(3))
    oracles = {
        tags.exact: lambda x: sk.accuracy_score(truth, on, sample_weight=x),
        tags.macro_f1: lambda x: sk.f1_score(truth, on, average="macro", sample_weight=x),
        tags.micro_f1: lambda x: sk.f1_score(truth, on, average="micro", sample_weight=x),
        tags.auc: lambda x: sk.roc_auc_score(truth, shares, average="macro", sample_weight=x),
        tags.average_precision: lambda x: sk.average_precision_score(truth, shares, sample_weight=x),
        tags.log_loss: lambda x: np.mean([sk.log_loss(truth[:, k], shares[:, k], sample_weight=x) for k in range(4)]),
    }
    for function, oracle in oracles.items():
        np.testing.assert_allclose(function(case, weights), [oracle(x) for x in w], rtol=1e-9, err_msg=str(function))


def test_midranks_share_the_middle_of_ties():
    assert midranks(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [3.5, 1, 3.5, 2]


def test_a_class_without_weight_leaves_both_areas_open():
    ranked = ranking(np.array([0.1, 0.9, 0.5]), np.array([False, True, False]))
    area, precision = areas(ranked, np.array([[1.0, 0, 1], [0, 2, 0], [1, 1, 1]]))
    assert np.isnan(area[:2]).all()
    assert np.isnan(precision[:2]).all()
    assert area[2] == precision[2] == 1


def test_the_rarer_label_in_training_is_the_positive_one_and_is_named():
    truth, shares, _ = draw(1, classes=2)
    first = Category(labels=("rare", "common"), counts=(10, 90))
    second = Category(labels=("common", "rare"), counts=(90, 10))
    one = scored(first, truth, shares)["average_precision"]
    other = scored(second, 1 - truth, shares[:, ::-1])["average_precision"]
    assert one == other
    assert 'positive is "rare", the rarer in training' in one["method"]
    assert one["value"] != scored(second, truth, shares)["average_precision"]["value"]


def test_quick_scores_are_the_main_one_and_the_loss():
    truth, shares, _ = draw(2)
    kind = Category(labels=(0, 1, 2))
    quick = kind_scores(kind, truth, shares)
    full = scored(kind, truth, shares, resamples=10)
    assert quick == {name: pytest.approx(full[name]["value"]) for name in ("accuracy", "log_loss")}
    assert scores_of(kind)[0].name in quick
    shares[0] = np.nan
    assert kind_scores(kind, truth, shares)["accuracy"] == scored(kind, truth, shares)["accuracy"]["value"]


def test_a_lost_row_is_wrong_where_wrong_has_a_meaning():
    truth, shares, _ = draw(4, n=100)
    kind = Category(labels=(0, 1, 2))
    whole, less = scored(kind, truth, shares), scored(kind, truth, shares, lost=25)
    for name in ("accuracy", "balanced_accuracy"):
        assert less[name]["value"] == pytest.approx(whole[name]["value"] * 100 / 125)
        assert less[name]["n"] == 125
        assert "25 rows without an answer counted as wrong" in less[name]["method"]
    predicted = shares.argmax(1)
    missed = [
        2 * (predicted[truth == c] == c).sum() / ((truth == c).sum() * 1.25 + (predicted == c).sum()) for c in range(3)
    ]
    assert less["macro_f1"]["value"] == pytest.approx(np.mean(missed))
    for name in ("auc", "average_precision", "log_loss", "brier", "ece"):
        assert less[name]["value"] == whole[name]["value"]
        assert less[name]["n"] == 100
        assert "25 rows without an answer left out" in less[name]["method"]


def test_lost_rows_count_against_tags_and_are_left_out_of_numbers():
    on = np.array([[1, 0], [0, 1], [1, 1], [0, 0]])
    found = scored(Tags(labels=("a", "b")), on, on * 0.8 + 0.1, lost=4)
    assert found["exact"]["value"] == 0.5
    assert found["micro_f1"]["value"] == pytest.approx(2 * 4 / (8 + 4))
    numbers = scored(Number(), np.arange(4.0), np.arange(4.0) + 1, lost=4)
    assert (numbers["rmse"]["value"], numbers["rmse"]["n"]) == (1, 4)


def test_an_answer_that_is_not_finite_is_a_lost_row_and_so_is_an_unknown_class():
    truth, shares, _ = draw(5, n=50)
    kind = Category(labels=(0, 1, 2))
    want = scored(kind, truth[2:], shares[2:], lost=2)["accuracy"]
    shares[0], truth[1] = np.nan, -1
    found = scored(kind, truth, shares)["accuracy"]
    assert (found["value"], found["n"]) == (want["value"], 50)
    assert "1 of a class unknown in training" in found["method"]


@pytest.mark.parametrize(
    ("kind", "truth", "answer"),
    [
        (Category(labels=(0, 1)), np.zeros(0, int), np.zeros((0, 2))),
        (Category(labels=(0, 1)), np.array([1]), np.array([[0.2, 0.8]])),
        (Category(labels=(0, 1)), np.zeros(9, int), np.tile([0.7, 0.3], (9, 1))),
        (Category(labels=(0, 1)), np.array([0, 0, 1]), np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9]])),
        (Category(labels=(0, 1, 2)), np.array([0, 1]), np.eye(3)[:2]),
        (Category(labels=(0,)), np.zeros(3, int), np.ones((3, 1))),
        (Category(labels=(0, 1)), np.array([0, 1]), np.full((2, 2), np.nan)),
        (Category(labels=(0, 1)), np.array([0, 1]), np.zeros((2, 2))),
        (Number(), np.zeros(0), np.zeros(0)),
        (Number(), np.array([2.0]), np.array([3.0])),
        (Number(), np.full(5, 0.1), np.arange(5.0)),
        (Number(), np.array([1e300, -1e300]), np.array([-1e300, 1e300])),
        (Number(), np.array([1.0, np.nan]), np.array([np.inf, 1.0])),
        (Tags(labels=("a",)), np.zeros((0, 1)), np.zeros((0, 1))),
        (Tags(labels=("a", "b")), np.zeros((4, 2)), np.full((4, 2), 0.1)),
        (Tags(labels=("a", "b")), np.array([[1, 0]]), np.array([[0.0, 1.0]])),
    ],
)
@pytest.mark.parametrize("lost", [0, 2])
@pytest.mark.parametrize("grouped", [False, True])
def test_poor_rows_give_none_with_a_reason_never_a_crash_or_nan(kind, truth, answer, lost, grouped):
    groups = np.arange(len(truth)) // 2 if grouped else None
    found = scored(kind, truth, answer, groups=groups, lost=lost)
    json.dumps(found, allow_nan=False)
    for entry in found.values():
        assert entry["method"]
        assert (entry["value"] is None) == ("not defined" in entry["method"])
        if entry["low"] is not None:
            assert entry["low"] <= entry["value"] <= entry["high"]


def test_one_class_only_has_no_area_but_an_accuracy():
    found = scored(Category(labels=(0, 1)), np.zeros(9, int), np.tile([0.7, 0.3], (9, 1)))
    assert found["auc"]["value"] is None
    assert found["auc"]["method"].startswith("not defined: all rows are of one class")
    assert found["accuracy"]["value"] == 1
    for n in range(1, 40):  # the mean of n times 0.1 is not always 0.1
        constant = scored(Number(), np.full(n, 0.1), np.arange(float(n)), resamples=2)["r2"]
        assert constant["value"] is None
        assert constant["method"].startswith("not defined: the truth is the same")


def test_a_resample_of_one_row_over_and_over_has_no_r2():
    rng = np.random.default_rng(0)
    for _ in range(20):  # n c² and (n c)² / n differ in their last digits only
        case = number.Case.of(Number(), rng.normal(size=7), rng.normal(size=7))
        assert np.isnan(number.r2(case, Weights(7 * np.eye(7), np.zeros(7)))).all()


def test_probabilities_of_nothing_are_no_answer():
    found = scored(Category(labels=(0, 1)), np.array([0, 1]), np.array([[0.0, 0.0], [0.1, 0.9]]))
    assert (found["accuracy"]["value"], found["log_loss"]["n"]) == (0.5, 1)


def test_a_picture_cannot_be_scored():
    with pytest.raises(KindError, match="Image cannot be scored"):
        scored(Image(), np.zeros(1), np.zeros(1))


def test_the_interval_of_what_leaves_lost_rows_out_is_of_the_rows_that_are_left():
    truth, answer = ["a b"] * 25 + ["c d"] * 25, ["a b"] * 50
    whole, less = (scored(Text(), truth, answer, lost=lost, link="written")["exact"] for lost in (0, 50))
    assert (less["value"], less["n"], less["low"], less["high"]) == (0.5, 50, whole["low"], whole["high"])


def test_boxes_of_pictures_that_were_lost_are_missed_and_said_to_be():
    box, found = np.array([[0, 0, 0, 10, 10]], np.float32), np.array([[0, 0, 0, 10, 10, 0.9]], np.float32)
    truth, answer = Ragged.of([box] * 10, np.float32, (5,)), Ragged.of([found] * 10, np.float32, (6,))
    said = scored(Boxes(labels=("x",)), truth, answer, lost=10, resamples=20)["ap50"]
    assert said["value"] == pytest.approx(0.5, abs=0.01)
    assert said["n"] == 20
    assert "10 rows without an answer counted as wrong" in said["method"]

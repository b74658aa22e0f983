from __future__ import annotations

from typing import Any

import pytest

from lamina.errors import RunError
from lamina.report import text_table, verdict


def score(
    value: float | None, low: float | None = None, high: float | None = None, n: int | None = 540
) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "n": n, "method": "Wilson"}


def accuracies(model: dict[str, Any], **baselines: dict[str, Any]) -> dict[str, Any]:
    rivals = {name: {"accuracy": of} for name, of in baselines.items()}
    return {"main": "accuracy", "better": "higher", "test": {"accuracy": model}, "baseline": rivals}


def errors(model: dict[str, Any], **baselines: dict[str, Any]) -> dict[str, Any]:
    rivals = {name: {"rmse": of} for name, of in baselines.items()}
    return {"main": "rmse", "better": "lower", "test": {"rmse": model}, "baseline": rivals}


def test_a_clear_lead_is_said_beside_the_best_baseline():
    said = verdict(accuracies(score(0.973, 0.962, 0.981), majority=score(0.1), linear=score(0.95, 0.936, 0.961)))
    assert said.text == "accuracy 0.973 (0.962 to 0.981, n=540), against 0.950 for the best baseline (linear)"
    assert not said.caution
    assert said.note == "The two intervals do not overlap."


def test_a_lead_whose_intervals_overlap_is_noted():
    said = verdict(accuracies(score(0.973, 0.962, 0.981), linear=score(0.96, 0.945, 0.97)))
    assert not said.caution
    assert said.note == "The two intervals overlap, so the lead is not certain."


def test_a_baseline_inside_the_interval_is_a_caution_with_what_to_do():
    said = verdict(accuracies(score(0.951, 0.941, 0.962), linear=score(0.953, 0.94, 0.96)))
    assert said.caution
    assert said.text == (
        "The linear baseline does as well: its accuracy of 0.953 lies inside the model's interval 0.941 to 0.962. "
        "Use it, or give the model more data or time."
    )


def test_a_baseline_above_the_interval_does_better():
    said = verdict(accuracies(score(0.951, 0.941, 0.962), linear=score(0.97, 0.965, 0.98)))
    assert said.caution
    assert said.text.startswith("The linear baseline does better: accuracy 0.970, against the model's 0.951 (0.941 to")
    assert said.note == "The two intervals do not overlap."


def test_a_baseline_that_is_right_everywhere_as_the_model_is_does_as_well():
    said = verdict(accuracies(score(1.0, 0.722, 1 - 1e-16, n=10), linear=score(1.0, 0.722, 1 - 1e-16, n=10)))
    assert said.text.startswith("The linear baseline does as well: its accuracy of 1.000 lies inside")
    errors_of_none = verdict(errors(score(0.0, 1e-17, 0.2), linear=score(0.0, 1e-17, 0.2)))
    assert errors_of_none.text.startswith("The linear baseline does as well")


@pytest.mark.parametrize(
    ("rival", "caution", "word"),
    [(4.0, False, "against"), (3.3, True, "as well"), (3.0, True, "as well"), (2.5, True, "better")],
)
def test_lower_is_better_turns_the_comparison_round(rival: float, caution: bool, word: str):
    said = verdict(errors(score(3.1, 2.8, 3.4), mean=score(9.0), linear=score(rival)))
    assert (said.caution, word in said.text) == (caution, True)
    assert "linear" in said.text


def test_a_baseline_that_sees_no_input_says_that_nothing_was_learned():
    said = verdict(accuracies(score(0.51, 0.47, 0.55), majority=score(0.52), linear=score(0.5)))
    assert said.caution
    assert "nothing was learned" in said.text


@pytest.mark.parametrize(("low", "word"), [(0.64, "rare classes apart, auc 0.726"), (0.48, "nothing was learned")])
def test_a_rare_class_that_is_told_apart_was_learned(low: float, word: str):
    scores = accuracies(score(0.946, 0.933, 0.956), majority=score(0.946))
    scores["test"]["auc"] = score(0.726, low, 0.79)
    scores["baseline"]["majority"]["auc"] = score(0.5)
    said = verdict(scores)
    assert said.caution
    assert word in said.text


@pytest.mark.parametrize(("rival", "caution"), [(0.94, False), (0.95, True), (0.96, True)])
def test_without_intervals_the_values_decide(rival: float, caution: bool):
    said = verdict(accuracies(score(0.95, n=None), linear=score(rival)))
    assert said.caution is caution
    assert "None" not in said.text
    assert ("does better" in said.text) is (rival > 0.95)


def test_null_baselines_are_passed_over():
    scores = accuracies(score(0.9, 0.88, 0.92), majority=score(None), linear=score(0.7))
    scores["baseline"]["broken"] = None
    assert verdict(scores).text.endswith("against 0.700 for the best baseline (linear)")


def test_no_baseline_is_said():
    assert verdict(accuracies(score(0.9, 0.88, 0.92))).text.endswith("with no baseline to set it against")


def test_validation_alone_is_a_caution():
    said = verdict({"main": "accuracy", "test": None, "valid": {"accuracy": score(0.9, 0.88, 0.92)}})
    assert said.caution
    assert "validation rows, which chose the weights" in said.text


def test_no_scores_at_all_is_a_caution():
    assert "no scores yet" in verdict({}).text
    assert verdict({}).caution


def test_scores_of_a_wrong_shape_are_refused_by_name():
    with pytest.raises(RunError, match=r"scores\.json does not hold what it should: test\.accuracy\.value"):
        verdict({"main": "accuracy", "test": {"accuracy": {"value": "much"}}})


def test_the_table_has_a_row_a_score_and_a_column_a_baseline():
    scores = accuracies(score(0.9, 0.88, 0.92), majority=score(0.1), linear=score(0.7))
    scores["test"]["log_loss"] = score(0.00031, None, None)
    assert text_table(scores) == [
        ("score", "model", "95 % interval", "majority", "linear"),
        ("accuracy", "0.900", "0.880 to 0.920", "0.100", "0.700"),
        ("log_loss", "3.10e-04", "–", "–", "–"),
    ]


def test_a_main_score_that_test_rows_do_not_give_is_a_caution():
    scores = {"main": "auc", "better": "higher", "test": {"auc": score(None), "accuracy": score(0.9)}}
    said = verdict(scores)
    assert said.caution
    assert said.text.startswith("The test rows give no auc")


def test_a_score_that_could_not_be_had_gives_its_reason():
    none = {"frechet": {**score(None, n=60), "method": "not defined: nobody judges what is made"}}
    said = verdict({"main": "frechet", "better": "lower", "test": none, "baseline": {}, "valid": {}})
    assert said.text == "frechet is not defined: nobody judges what is made."
    assert said.caution

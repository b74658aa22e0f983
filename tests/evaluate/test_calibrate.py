"""Temperature: a known distortion is undone, and where nothing can be known nothing is done."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lamina.errors import SettingError
from lamina.evaluate.calibrate import LOWEST, Calibration, calibration_from_json, fit_temperature


def draws(n: int = 6000, classes: int = 4):
    rng = np.random.default_rng(0)
    logits = 2 * rng.normal(size=(n, classes))
    truth = (logits + rng.gumbel(size=(n, classes))).argmax(1)  # truth drawn from softmax(logits)
    return logits, truth


@pytest.mark.parametrize("factor", [0.4, 3.0])
def test_a_known_distortion_is_found_and_undone(factor):
    logits, truth = draws()
    found = fit_temperature(logits * factor, truth)
    assert found.temperature == pytest.approx(factor, rel=0.05)
    assert found.nll_after < found.nll_before
    assert found.ece_after < 0.02 < found.ece_before
    calm = found.probabilities(logits * factor)
    np.testing.assert_allclose(calm.sum(1), 1)
    assert found.nll_after == pytest.approx(-np.log(calm[np.arange(len(truth)), truth]).mean())


def test_logits_and_log_probabilities_are_alike():
    logits, truth = draws()
    logp = logits * 3 - np.log(np.exp(logits * 3).sum(1, keepdims=True))
    assert fit_temperature(logp, truth).temperature == pytest.approx(fit_temperature(logits * 3, truth).temperature)


def test_one_temperature_serves_all_tags():
    rng = np.random.default_rng(1)
    logits = 2 * rng.normal(size=(3000, 3))
    truth = (rng.random((3000, 3)) < 1 / (1 + np.exp(-logits))).astype(np.uint8)
    found = fit_temperature(logits * 2.5, truth)
    assert found.temperature == pytest.approx(2.5, rel=0.08)
    assert found.ece_after < 0.02 < found.ece_before
    np.testing.assert_allclose(found.probabilities(logits, tags=True), 1 / (1 + np.exp(-logits / found.temperature)))


def test_few_rows_are_refused():
    logits, truth = draws(49)
    found = fit_temperature(logits * 3, truth)
    assert (found.temperature, found.rows) == (1, 49)
    assert found.refused == "49 validation rows are fewer than 50"
    assert found.nll_before == found.nll_after > 0  # what they are all the same
    assert found.ece_before == found.ece_after > 0
    assert not fit_temperature(*draws(50)).refused.startswith("50")


def test_rows_that_are_all_right_sharpen_the_answers_within_bounds():
    logits, _ = draws(200)
    found = fit_temperature(logits, logits.argmax(1))
    assert LOWEST * 1.01 < found.temperature < 1
    assert not found.refused
    assert found.nll_before > found.nll_after > 0


def test_rows_that_are_not_finite_are_left_out_and_impossible_classes_are_not():
    logits, truth = draws(500)
    logits[0], truth[1] = np.nan, -1
    logits[np.arange(2, 500), (truth[2:] + 1) % 4] = -np.inf
    found = fit_temperature(logits * 3, truth)
    assert found.rows == 498
    assert np.isfinite([found.temperature, found.nll_before, found.nll_after]).all()


def test_calibration_goes_through_json():
    found = fit_temperature(*draws(200))
    assert calibration_from_json(json.loads(json.dumps(found.to_json()))) == found
    with pytest.raises(SettingError):
        calibration_from_json({**Calibration().to_json(), "heat": 1})

"""Bands around forecasts: what is said lies within what is said of it."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.predict import fit_bands


@pytest.mark.parametrize("bias", [-0.5, 0.5])
def test_a_forecast_that_was_always_too_low_or_too_high_lies_in_its_own_band(bias):
    errors = np.random.default_rng(0).normal(bias, 0.01, (50, 4, 2))
    bands = fit_bands(errors, np.zeros_like(errors))
    answer = np.full((1, 4, 2), 7.0)
    low, high = bands.around(answer)
    assert (low <= answer).all()
    assert (answer <= high).all()
    reach = high - answer if bias > 0 else answer - low
    assert np.abs(reach - 0.5).max() < 0.05  # and it still holds what came

"""Dice and overlap of masks, by hand."""

import numpy as np
import pytest

from lamina.kinds.mask import VOID, Mask
from lamina.metrics.masks import SCORES, case_of
from lamina.metrics.weights import once

TWO, THREE = Mask(foreground=True), Mask(values=(0, 1, 2))


def scored(kind, truth, answer):
    """Every score by name."""
    case = case_of(kind, truth, answer)
    return {score.name: float(score.function(case, once(len(truth)))[0]) for score in SCORES}


def test_dice_is_the_mean_over_pictures():
    truth, answer = np.zeros((2, 4, 4), np.uint8), np.zeros((2, 4, 4), np.uint8)
    truth[0, :2], answer[0, :1] = 1, 1  # 8 and 4 pixels, 4 of them both
    truth[1, 0, 0] = answer[1, 0, 1] = 1  # nothing in common
    found = scored(TWO, truth, answer)
    assert found["dice"] == pytest.approx((2 * 4 / 12 + 0) / 2)
    assert found["iou"] == pytest.approx(4 / (8 + 2))
    assert found["pixel_accuracy"] == pytest.approx(1 - 6 / 32)


def test_pixels_of_no_class_do_not_count():
    truth, answer = np.ones((1, 2, 4), np.uint8), np.ones((1, 2, 4), np.uint8)
    answer[0, 0] = 0
    assert scored(TWO, truth, answer)["dice"] < 1
    truth[0, 0] = VOID
    assert set(scored(TWO, truth, answer).values()) == {1.0}


def test_an_empty_picture_said_to_be_empty_is_right():
    nothing = np.zeros((1, 3, 3), np.uint8)
    assert scored(THREE, nothing, nothing)["dice"] == 1
    assert np.isnan(scored(THREE, nothing, nothing)["iou"])


def test_a_class_that_no_picture_has_does_not_count():
    truth = np.array([[[0, 1], [1, 0]]], np.uint8)
    assert set(scored(THREE, truth, truth).values()) == {1.0}

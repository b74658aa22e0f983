"""Scores, baselines, calibration, and what a report shows of rows."""

from .baselines import Baseline, fit_baselines
from .calibrate import Calibration, calibration_from_json, fit_temperature
from .exhibits import worst, write_exhibits
from .plates import write_plates
from .score import (
    Truth,
    decoded_truth,
    detail,
    groups_of,
    main_score,
    predictions,
    score_rows,
    stretches,
    truth_of,
    without,
)
from .shown import Shown

__all__ = [
    "Baseline",
    "Calibration",
    "Shown",
    "Truth",
    "calibration_from_json",
    "decoded_truth",
    "detail",
    "fit_baselines",
    "fit_temperature",
    "groups_of",
    "main_score",
    "predictions",
    "score_rows",
    "stretches",
    "truth_of",
    "without",
    "worst",
    "write_exhibits",
    "write_plates",
]

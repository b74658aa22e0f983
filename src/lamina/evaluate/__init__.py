"""Scores, baselines, calibration, and what a report shows of rows."""

from .baseline import Baseline, fit_baselines
from .calibrate import Calibration, calibration_from_json, fit_temperature
from .exhibits import worst, write_exhibits
from .score import Truth, detail, groups_of, main_score, predictions, score_rows, truth_of

__all__ = [
    "Baseline",
    "Calibration",
    "Truth",
    "calibration_from_json",
    "detail",
    "fit_baselines",
    "fit_temperature",
    "groups_of",
    "main_score",
    "predictions",
    "score_rows",
    "truth_of",
    "worst",
    "write_exhibits",
]

"""Pure scores, and the table from kind to scores."""

from __future__ import annotations

from .calibration import expected_error, reliability
from .confusion import confusion, per_class
from .intervals import delong, wilson
from .number import residual_summary
from .scores import Score
from .table import CASES, QUICK, SCORES, figure_scores, key_of, kind_scores, quick_of, scored, scores_of

__all__ = [
    "CASES",
    "QUICK",
    "SCORES",
    "Score",
    "confusion",
    "delong",
    "expected_error",
    "figure_scores",
    "key_of",
    "kind_scores",
    "per_class",
    "quick_of",
    "reliability",
    "residual_summary",
    "scored",
    "scores_of",
    "wilson",
]

"""Pure scores, and the table from kind to scores."""

from __future__ import annotations

from .calibration import expected_error, reliability
from .confusion import confusion, per_class
from .intervals import delong, wilson
from .number import residual_summary
from .table import SCORES, Score, kind_scores, scored, scores_of

__all__ = [
    "SCORES",
    "Score",
    "confusion",
    "delong",
    "expected_error",
    "kind_scores",
    "per_class",
    "reliability",
    "residual_summary",
    "scored",
    "scores_of",
    "wilson",
]

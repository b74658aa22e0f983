"""Does confidence hold what it says: bins of confidence with the accuracy in each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

BINS = 15  # as in Guo et al. 2017


def bin_of(confidence: NDArray[Any], bins: int = BINS) -> Ints:
    """The bin of each confidence, (n,) -> (n,): bin b holds what is over b / bins, up to and with (b + 1) / bins."""
    place: Ints = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    return place


def reliability(truth: NDArray[Any], probabilities: NDArray[Any], bins: int = BINS) -> list[dict[str, float | int]]:
    """The bins of a reliability diagram that hold rows: low, high, mean confidence, accuracy, n.

    Guo et al. 2017, https://arxiv.org/abs/1706.04599, figure 1;
    truth (n,) codes and probabilities (n, C); or, for tags, both (n, K), where every tag of every row is a case.
    """
    if truth.ndim == 2:
        shares = np.stack([1 - probabilities.ravel(), probabilities.ravel()], axis=1)
        return reliability(truth.ravel().astype(np.int64), shares, bins)
    confidence = probabilities.max(1, initial=0).astype(np.float64)
    correct = probabilities.argmax(1) == truth
    place = bin_of(confidence, bins)
    counts = np.bincount(place, minlength=bins)
    sure, right = (np.bincount(place, weights=values, minlength=bins) for values in (confidence, correct))
    return [
        {
            "low": b / bins,
            "high": (b + 1) / bins,
            "confidence": float(sure[b] / counts[b]),
            "accuracy": float(right[b] / counts[b]),
            "n": int(counts[b]),
        }
        for b in np.flatnonzero(counts).tolist()
    ]


def expected_error(truth: NDArray[Any], probabilities: NDArray[Any], bins: int = BINS) -> float:
    """Expected calibration error: the gap of confidence and accuracy, mean over the bins weighted by their rows."""
    parts = reliability(truth, probabilities, bins)
    rows = sum(part["n"] for part in parts)
    return sum(abs(part["confidence"] - part["accuracy"]) * part["n"] for part in parts) / rows if rows else 0.0

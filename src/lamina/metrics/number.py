"""Scores of a Number: truth and answer (n,) in the user's units. Each is (Case, Weights of R) -> (R,)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kinds import Number
from .weights import Floats, Weights, ratio


@dataclass(frozen=True)
class Case:
    """Truth, taken from its mean so that squares keep their digits, and the error of each answer, both (n,)."""

    truth: Floats
    error: Floats
    columns: int = 1

    @classmethod
    def of(cls, _kind: Number, truth: NDArray[Any], answer: NDArray[Any]) -> Case:
        """A case from a kind and what was answered."""
        truth = truth.astype(np.float64)
        return cls(truth - (truth.mean() if len(truth) else 0.0), answer.astype(np.float64) - truth)

    @property
    def notes(self) -> dict[str, str]:
        """What the methods of some scores have to add: nothing."""
        return {}


def rmse(case: Case, weights: Weights) -> Floats:
    """The root of the mean squared error."""
    return np.sqrt(weights.mean(case.error**2))


def mae(case: Case, weights: Weights) -> Floats:
    """The mean absolute error."""
    return weights.mean(np.abs(case.error))


def r2(case: Case, weights: Weights) -> Floats:
    """The share of the truth's variance that is explained: 1 - squared error / squared distance to the mean."""
    total = weights.total
    spread = weights.rows @ case.truth**2 - ratio((weights.rows @ case.truth) ** 2, total)
    spread = np.where(spread > 1e-12 * total * np.square(case.truth).max(initial=0), spread, 0)
    return 1 - ratio(weights.rows @ case.error**2, spread)


def residual_summary(truth: NDArray[Any], answer: NDArray[Any]) -> dict[str, float | int]:
    """The errors, answer less truth, (n,) and (n,), in a few figures: mean, std, quantiles, the largest, and n."""
    error = answer.astype(np.float64) - truth.astype(np.float64)
    error = error[np.isfinite(error)]
    if not len(error):
        return {"n": 0}
    cuts = np.quantile(error, [0.05, 0.25, 0.5, 0.75, 0.95])
    named = {f"q{p:02d}": float(cut) for p, cut in zip((5, 25, 50, 75, 95), cuts, strict=True)}
    largest = float(np.abs(error).max())
    return {"n": len(error), "mean": float(error.mean()), "std": float(error.std()), **named, "largest": largest}

"""Scores of forecasts: truth and answer (n, T, C) in units of each channel's deviation over the training rows.

So channels count alike, whatever they measure, and the squared error is the one that papers print.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kinds import Series
from ..ragged import Ragged, Rows
from .intervals import percentile
from .scores import Score
from .sums import Case, share
from .weights import resampled

CHUNK = 512  # windows at a time: their errors are larger than they are

SCORES = (
    Score("mse", share(1, 0), "lower", quick=True),
    Score("mae", share(2, 0), "lower", quick=True),
    Score("mase", share(3, 0), "lower", undefined="the training series says no season to hold it against"),
    Score("smape", share(4, 0), "lower"),
)


def case_of(kind: Series, truth: Rows, answer: NDArray[Any]) -> Case:
    """Figures by row: one, and the means over steps and channels of four errors.

    `mase` divides a channel's error by that of taking what was a season before for the answer, over the training rows
    (Hyndman and Koehler 2006, https://doi.org/10.1016/j.ijforecast.2006.03.001, equation 3). `smape` is the error over
    the mean of both sizes, in the user's units and in percent (Makridakis 1993).
    """
    if isinstance(truth, Ragged):
        truth = truth.padded(np.nan)
    parts = [_figures(kind, truth[i : i + CHUNK], answer[i : i + CHUNK]) for i in range(0, len(truth), CHUNK)]
    notes = {"mase": f"season {kind.season:,}"} if kind.season else {}
    return Case(np.concatenate(parts) if parts else np.zeros((0, 5)), notes)


def _figures(kind: Series, truth: NDArray[Any], answer: NDArray[Any]) -> NDArray[np.float64]:
    true, said = truth.astype(np.float64), answer.astype(np.float64)
    error = np.abs(said - true)  # (n, T, C)
    scale = np.array(kind.naive) if kind.naive else np.full(true.shape[-1], np.nan)
    sizes = np.abs(kind.natural(true)) + np.abs(kind.natural(said))
    relative = np.divide(2 * error * np.array(kind.std), sizes, out=np.zeros_like(error), where=sizes > 0)
    columns = [error**2, error, error / scale, 100 * relative]
    return np.stack([np.ones(len(true)), *(column.mean((1, 2)) for column in columns)], axis=1)


def coverage_of(
    inside: NDArray[Any], groups: NDArray[Any] | None, seed: int, resamples: int = 1000
) -> dict[str, float | int | str | None]:
    """The share of truths that lie in their bands, from the shares by row (n,), as an entry of the scores."""
    if not len(inside):
        return {"value": None, "low": None, "high": None, "n": 0, "method": "not defined: there are no answers"}
    draws = [weights.mean(inside) for weights in resampled(len(inside), 0, groups, seed, resamples)]
    ends = percentile(np.concatenate(draws))
    units = "rows" if groups is None else f"{len(np.unique(groups)):,} groups"
    return {
        "value": float(np.mean(inside)),
        "low": ends[0] if ends else None,
        "high": ends[1] if ends else None,
        "n": len(inside),
        "method": f"bootstrap 95 %, {resamples:,} resamples of {units}, percentile",
    }

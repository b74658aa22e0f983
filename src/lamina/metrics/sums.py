"""Scores that are ratios of sums over rows: nats a token, shares of places that are right, errors a word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .weights import Floats, Weights, ratio

MANY = 16  # figures of a row from which on they are no longer sums alone


@dataclass(frozen=True)
class Case:
    """Figures by row (n, k), of which every score is a function of the weighted sums (R, k)."""

    figures: Floats
    notes: dict[str, str] = field(default_factory=dict)
    columns: int = 1  # orders of all rows to sort: none
    classes: int = 0
    items: int = 0  # what is counted, where that is not rows

    def sums(self, weights: Weights) -> Floats:
        """The figures summed as rows are counted, (R, k)."""
        made: Floats = weights.rows @ self.figures
        return made


def as_figures(kind: Any, truth: Any, answer: NDArray[Any]) -> Case:
    """A case of figures that came as the answer itself, the second column counting items; the truth went into them."""
    del kind, truth
    figures = np.asarray(answer, np.float64)
    wide = figures.shape[1] if figures.ndim == 2 else 1
    columns = wide if wide > MANY else 1  # features of pictures, whose covariances are the dear part
    return Case(figures, columns=columns, items=int(figures[:, 1].sum()) if wide > 1 else 0)


def share(above: int, below: int, scale: float = 1.0) -> Callable[[Case, Weights], Floats]:
    """The score: one summed column over another, times `scale`."""

    def score(case: Case, weights: Weights) -> Floats:
        sums = case.sums(weights)
        return ratio(sums[:, above], sums[:, below]) * scale

    return score


def root(above: int, below: int) -> Callable[[Case, Weights], Floats]:
    """The score: the root of one summed column over another."""
    plain = share(above, below)
    return lambda case, weights: np.sqrt(plain(case, weights))

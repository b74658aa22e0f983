"""How often each row counts: once for the value of a score, drawn again and again for its bootstrap interval.

Every score of this folder is a function of weighted rows, so that its value and its interval come from one formula.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rng import generator

Floats = NDArray[np.float64]

CHUNK = 1 << 20  # weights held at a time: 8 MiB


@dataclass(frozen=True)
class Weights:
    """R ways of counting: rows (R, n) how often each row counts, lost (R,) how often a row without an answer does."""

    rows: Floats
    lost: Floats

    @property
    def total(self) -> Floats:
        """How much the rows with an answer count together, (R,)."""
        total: Floats = self.rows.sum(1)
        return total

    @property
    def stretch(self) -> Floats:
        """Rows asked over rows answered, (R,): lost rows are shared over the classes by the size of each."""
        return 1 + ratio(self.lost, self.total)

    def mean(self, values: NDArray[Any]) -> Floats:
        """The weighted mean of one value a row, (n,) -> (R,); NaN where no row counts."""
        return ratio(self.rows @ values, self.total)


def once(n: int, lost: int = 0) -> Weights:
    """Every row counts once: R = 1."""
    return Weights(np.ones((1, n)), np.full(1, float(lost)))


def resampled(n: int, lost: int, groups: NDArray[Any] | None, seed: int, resamples: int) -> Iterator[Weights]:
    """Weights of `resamples` draws with replacement, some at a time (Efron 1979).

    Rows are drawn, or whole groups where `groups` (n,) names one for each row, since rows of a group are not
    independent of each other; a lost row is a unit of its own.
    """
    codes = None if groups is None else np.unique(groups, return_inverse=True)[1]
    known = n if codes is None else int(codes.max(initial=-1)) + 1
    units = known + lost
    draw = generator(seed, "bootstrap")
    step = max(1, CHUNK // max(1, n + lost))
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        picks = draw.integers(0, units, (size, units)) + units * np.arange(size)[:, None]
        counts = np.bincount(picks.ravel(), minlength=size * units).reshape(size, units).astype(np.float64)
        rows = counts[:, :known] if codes is None else counts[:, codes]
        yield Weights(rows, counts[:, known:].sum(1))


def mean_known(values: Floats) -> Floats:
    """The mean over the last axis of what is not NaN, (R, C) -> (R,); NaN where nothing is known."""
    return ratio(np.nansum(values, axis=1), np.isfinite(values).sum(1))


def ratio(above: NDArray[Any], below: NDArray[Any]) -> Floats:
    """One over the other, NaN over nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share: Floats = np.where(below == 0, np.nan, above / below)
    return share

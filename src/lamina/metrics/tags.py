"""Scores of Tags: truth (n, K) 0 or 1, probabilities (n, K). Each is (Case, Weights of R) -> (R,)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kinds import Tags
from .ranking import Ranking, areas, ranking
from .weights import Floats, Weights, mean_known, ratio

LEAST = 2.0**-24  # what a share in float32 can be less than one by: a wrong tag that is sure costs 17 nats, on or off


@dataclass(frozen=True)
class Case:
    """Truth (n, K), probabilities (n, K) and which tags they put on at the kind's threshold (n, K)."""

    truth: NDArray[np.bool_]
    shares: Floats
    on: NDArray[np.bool_]

    @classmethod
    def of(cls, kind: Tags, truth: NDArray[Any], probabilities: NDArray[Any]) -> Case:
        """A case from a fitted kind and what was answered."""
        shares = probabilities.astype(np.float64)
        return cls(truth.astype(bool), shares, shares >= kind.threshold)

    @property
    def columns(self) -> int:
        """How many orders of all rows there are to sort."""
        return int(self.shares.shape[1])

    @cached_property
    def exact(self) -> Floats:
        """1 where every tag is right, (n,)."""
        right: Floats = (self.truth == self.on).all(1).astype(np.float64)
        return right

    @cached_property
    def marks(self) -> Floats:
        """1 where a tag is true and said so, where it is true, where it is said so: side by side, (n, 3 K)."""
        return np.concatenate([self.truth & self.on, self.truth, self.on], axis=1).astype(np.float64)

    @cached_property
    def surprise(self) -> Floats:
        """-log of the probability of what was true, mean over the tags, (n,)."""
        held = np.where(self.truth, self.shares, 1 - self.shares)
        nats: Floats = -np.log(np.clip(held, LEAST, 1)).mean(1)
        return nats

    @cached_property
    def rankings(self) -> list[Ranking]:
        """One order of the rows for each tag."""
        return [ranking(self.shares[:, k], self.truth[:, k]) for k in range(self.columns)]

    @property
    def notes(self) -> dict[str, str]:
        """What the methods of some scores have to add."""
        both = int((self.truth.any(0) & ~self.truth.all(0)).sum())
        text = f"mean over {both} of {self.columns} tags"
        return {"auc": text, "average_precision": text}


def exact(case: Case, weights: Weights) -> Floats:
    """The share of rows on which every tag is right; a lost row is wrong."""
    return ratio(weights.rows @ case.exact, weights.total + weights.lost)


def macro_f1(case: Case, weights: Weights) -> Floats:
    """The mean over the tags, true or put on somewhere, of 2 hits / (true + put on); lost rows are true and missed."""
    hits, true, on = _counts(case, weights)
    return mean_known(ratio(2 * hits, true + on))


def micro_f1(case: Case, weights: Weights) -> Floats:
    """2 hits / (true + put on) over all tags together; lost rows are true and missed."""
    hits, true, on = _counts(case, weights)
    return ratio(2 * hits.sum(1), true.sum(1) + on.sum(1))


def auc(case: Case, weights: Weights) -> Floats:
    """Area under the ROC curve, mean over the tags that are on in some rows and off in others."""
    return mean_known(np.stack([areas(order, weights.rows)[0] for order in case.rankings], axis=1))


def average_precision(case: Case, weights: Weights) -> Floats:
    """Average precision, mean over the tags that are on in some rows and off in others."""
    return mean_known(np.stack([areas(order, weights.rows)[1] for order in case.rankings], axis=1))


def log_loss(case: Case, weights: Weights) -> Floats:
    """The mean over rows and tags of -log of the probability of what was true, in nats."""
    return weights.mean(case.surprise)


def _counts(case: Case, weights: Weights) -> tuple[Floats, Floats, Floats]:
    """For each tag how often it was on and said so, on, said so: three of (R, K)."""
    hits, true, on = np.split(weights.rows @ case.marks, 3, axis=1)
    return hits, true * weights.stretch[:, None], on

"""Scores of a Category: truth (n,) codes, probabilities (n, C). Each is (Case, Weights of R) -> (R,)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped, unused-ignore]

from ..kinds import Category
from .calibration import BINS, bin_of
from .ranking import Ranking, areas, ranking
from .weights import Floats, Weights, mean_known, ratio

Ints = NDArray[np.int64]

LEAST = float(np.finfo(np.float64).eps)  # a probability of nothing costs 36 nats, not endlessly many


@dataclass(frozen=True)
class Case:
    """Truth and probabilities, and what several scores need of them, made once.

    `positive` is the class that a score of two classes is about: the rarer in training, or the second.
    """

    truth: Ints
    shares: Floats
    positive: int = 1
    about: str = "the second label"

    @classmethod
    def of(cls, kind: Category, truth: NDArray[Any], probabilities: NDArray[Any]) -> Case:
        """A case from a fitted kind and what was answered."""
        counts = kind.counts if len(kind.counts) == 2 else (0, 0)
        positive = 0 if counts[0] < counts[1] else 1
        why = "the second label" if counts[0] == counts[1] else "the rarer in training"
        about = f'"{kind.labels[positive]}", {why}' if len(kind.labels) == 2 else why
        return cls(truth.astype(np.int64), probabilities.astype(np.float64), positive, about)

    @property
    def columns(self) -> int:
        """How many orders of all rows there are to sort."""
        return 1 if self.classes == 2 else self.classes

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return int(self.shares.shape[1])

    @cached_property
    def predicted(self) -> Ints:
        """The likeliest class of each row, (n,)."""
        best: Ints = self.shares.argmax(1)
        return best

    @cached_property
    def correct(self) -> Floats:
        """1 where the likeliest class is the true one, (n,)."""
        right: Floats = (self.predicted == self.truth).astype(np.float64)
        return right

    @cached_property
    def confidence(self) -> Floats:
        """The probability of the likeliest class, (n,)."""
        best: Floats = self.shares.max(1, initial=0)
        return best

    @cached_property
    def true_class(self) -> Any:
        """Sparse (n, C), 1 at the true class."""
        return _one_hot(self.truth, np.ones(len(self.truth)), self.classes)

    @cached_property
    def predicted_class(self) -> Any:
        """Sparse (n, C), 1 at the likeliest class."""
        return _one_hot(self.predicted, np.ones(len(self.truth)), self.classes)

    @cached_property
    def hit_class(self) -> Any:
        """Sparse (n, C), 1 at the true class of the rows that are right."""
        return _one_hot(self.truth, self.correct, self.classes)

    @cached_property
    def surprise(self) -> Floats:
        """-log of the probability of the true class, (n,)."""
        shares = self.shares / self.shares.sum(1, keepdims=True)
        nats: Floats = -np.log(np.clip(shares[np.arange(len(self.truth)), self.truth], LEAST, 1))
        return nats

    @cached_property
    def distance(self) -> Floats:
        """Squared distance from the probabilities to the truth, (n,); halved for two classes."""
        true = self.shares[np.arange(len(self.truth)), self.truth]
        squares = (self.shares**2).sum(1) - 2 * true + 1
        away: Floats = squares / 2 if self.classes == 2 else squares
        return away

    @cached_property
    def gaps(self) -> Any:
        """Sparse (n, bins): right or wrong less the confidence, in the bin of the confidence."""
        return _one_hot(bin_of(self.confidence), self.correct - self.confidence, BINS)

    @cached_property
    def rankings(self) -> list[Ranking]:
        """One order for two classes, by the positive one; one for each class against the rest otherwise."""
        picked = [self.positive] if self.classes == 2 else range(self.classes)
        return [ranking(self.shares[:, c], self.truth == c) for c in picked]

    @property
    def notes(self) -> dict[str, str]:
        """What the methods of some scores have to add."""
        present = len(np.unique(self.truth))
        text = f"mean of one against the rest over {present} of {self.classes} classes"
        text = f"positive is {self.about}" if self.classes == 2 else text
        return {"auc": text, "average_precision": text, "ece": f"{BINS} equally wide bins of confidence"}


def accuracy(case: Case, weights: Weights) -> Floats:
    """The share of rows whose likeliest class is the true one; a lost row is wrong."""
    return ratio(weights.rows @ case.correct, weights.total + weights.lost)


def balanced_accuracy(case: Case, weights: Weights) -> Floats:
    """The mean over the classes of the share that is right (Brodersen et al. 2010); lost rows are wrong in each."""
    true = (weights.rows @ case.true_class) * weights.stretch[:, None]  # (R, C)
    return mean_known(ratio(weights.rows @ case.hit_class, true))


def macro_f1(case: Case, weights: Weights) -> Floats:
    """The mean over the classes, true or predicted, of 2 hits / (true + predicted); lost rows are true and missed."""
    true = (weights.rows @ case.true_class) * weights.stretch[:, None]  # (R, C)
    return mean_known(ratio(2 * (weights.rows @ case.hit_class), true + weights.rows @ case.predicted_class))


def auc(case: Case, weights: Weights) -> Floats:
    """Area under the ROC curve of the positive class, or its mean over one against the rest."""
    return _mean_area(case, weights, 0)


def average_precision(case: Case, weights: Weights) -> Floats:
    """Average precision of the positive class, or its mean over one against the rest."""
    return _mean_area(case, weights, 1)


def log_loss(case: Case, weights: Weights) -> Floats:
    """The mean of -log of the true class's probability, in nats."""
    return weights.mean(case.surprise)


def brier(case: Case, weights: Weights) -> Floats:
    """The mean squared distance of probabilities to truth (Brier 1950): 0 to 1 for two classes, to 2 for more."""
    return weights.mean(case.distance)


def ece(case: Case, weights: Weights) -> Floats:
    """Expected calibration error: the mean gap of confidence and accuracy in 15 equally wide bins. Guo et al. 2017."""
    gaps = ratio(np.abs(weights.rows @ case.gaps).sum(1), weights.total)
    return np.asarray(np.round(gaps, 12))  # less is what sums lose, and no gap


def ece_noise(case: Case, weights: Weights) -> Floats:
    """How far the gaps of resamples lie from the gaps of the rows: the error that chance alone would show."""
    own = np.asarray(case.gaps.sum(0)) / max(1, len(case.truth))  # (bins,)
    return ratio(np.abs(weights.rows @ case.gaps - weights.total[:, None] * own).sum(1), weights.total)


def _mean_area(case: Case, weights: Weights, which: int) -> Floats:
    return mean_known(np.stack([areas(order, weights.rows)[which] for order in case.rankings], axis=1))


def _one_hot(column: Ints, values: Floats, columns: int) -> Any:
    """Sparse (n, columns): one value a row."""
    return sparse.csr_array((values, column, np.arange(len(column) + 1)), shape=(len(column), columns))

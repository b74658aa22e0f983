"""Scores of pictures that are learned from themselves: given back, bounded in nats, or made from nothing or a class.

Each is a function of figures by row. Given back: (n, 2) mean squared error of a row's pixels, in shares of white, and
1; a third column, where there is one, is 1 for rows of a class that training never saw. Bounded: (n, 3) nats, 1, nats
by more codes. Made: (n, 2 + 2 D) whether the judge recognised the class, 1, and the judge's features of the made
picture and of the real one; (n, 2) of zeros where nobody judges.
"""

from __future__ import annotations

import numpy as np

from .frechet import frechet, half, moments
from .ranking import areas, ranking
from .scores import Score
from .sums import Case, share
from .weights import Floats, Weights, ratio

UNJUDGED = "nobody judges what is made, which the report shows; --judge RUN takes a run that answers the class"


def _known(case: Case, weights: Weights) -> Weights:
    """The weights of rows whose class training saw."""
    if case.figures.shape[1] < 3:
        return weights
    return Weights(weights.rows * (1 - case.figures[:, 2]), weights.lost)


def mse(case: Case, weights: Weights) -> Floats:
    """The mean squared error of a pixel, in shares of white, over rows of known classes."""
    return share(0, 1)(case, _known(case, weights))


def psnr(case: Case, weights: Weights) -> Floats:
    """Peak signal to noise of all pixels together, 10 log10(1 / mse), in dB."""
    made: Floats = -10 * np.log10(mse(case, weights))
    return made


def unseen_auc(case: Case, weights: Weights) -> Floats:
    """The share of pairs of a row of the unseen class and one of the others in which the first has the larger error."""
    if case.figures.shape[1] < 3:
        return np.full(len(weights.rows), np.nan)
    error = ratio(case.figures[:, 0], case.figures[:, 1])
    return areas(ranking(error, case.figures[:, 2] == 1), weights.rows)[0]


def recognised(case: Case, weights: Weights) -> Floats:
    """The share of pictures that a judge takes for the class they were made for; of a lost row none was made."""
    sums = case.sums(weights)
    return ratio(sums[:, 0], sums[:, 1] + weights.lost)


def distance(case: Case, weights: Weights) -> Floats:
    """The Fréchet distance between the judge's features of made and of real pictures."""
    made, real = _features(case)
    return np.array([frechet(*moments(made, w), *moments(real, w)) if made.size else np.nan for w in weights.rows])


def chance(case: Case, weights: Weights) -> Floats:
    """How far resamples of the real pictures lie from all of them: the distance that chance alone would show."""
    _, real = _features(case)
    if not real.size:
        return np.full(len(weights.rows), np.nan)
    mean, spread = moments(real)
    root = half(spread)
    return np.array([frechet(mean, spread, *moments(real, w), root=root) for w in weights.rows])


def _features(case: Case) -> tuple[Floats, Floats]:
    """The judge's features of made and of real pictures, (n, D) each."""
    made, real = np.split(case.figures[:, 2:], 2, axis=1)
    return made, real


SAME = (
    Score("mse", mse, "lower", quick=True),
    Score("psnr", psnr, "higher"),
    Score("unseen_auc", unseen_auc, "higher", undefined="no class was kept from training; --unseen COL=CLASS does"),
)
BOUND = (
    Score("nats", share(0, 1), "lower", quick=True),
    Score("nats_weighed", share(2, 1), "lower"),
)
MADE = (  # the distance first: a judge recognises one good picture a class, made again and again
    Score("frechet", distance, "lower", undefined=UNJUDGED, noise=chance),
    Score("recognised", recognised, "higher", "wilson", lost=True, undefined=UNJUDGED),
)
NOISE = (Score("noise_error", share(0, 1), "lower", quick=True),)

"""One temperature that makes confidence honest, fitted on validation rows.

Guo et al. 2017, On Calibration of Modern Neural Networks, https://arxiv.org/abs/1706.04599, section 4.2.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_softmax  # type: ignore[import-untyped, unused-ignore]

from ..config import build
from ..metrics import expected_error

Floats = NDArray[np.float64]

FEWEST = 50  # rows without which nothing is fitted
LOWEST, HIGHEST = 0.05, 20.0
SURE = 700.0  # a logit further than this below its row's highest is a probability of nothing all the same


@dataclass(frozen=True)
class Calibration:
    """Divide logits by `temperature`; over 1 the model was too sure. What it did on the `rows` it was fitted on.

    A temperature of exactly 1 comes with the reason why none was fitted, in `refused`.
    """

    temperature: float = 1.0
    ece_before: float = 0.0
    ece_after: float = 0.0
    nll_before: float = 0.0
    nll_after: float = 0.0
    rows: int = 0
    refused: str = ""

    def probabilities(self, logits: NDArray[Any], tags: bool = False) -> Floats:
        """Calibrated probabilities of logits or log-probabilities (n, C), or of logits of tags (n, K)."""
        return _probabilities(_plain(logits, tags), self.temperature, tags)

    def to_json(self) -> dict[str, Any]:
        """The calibration as plain JSON."""
        return dataclasses.asdict(self)


def calibration_from_json(values: Mapping[str, Any]) -> Calibration:
    """A calibration from its JSON. Raises SettingError for a field that is none."""
    return build(Calibration, values)


def fit_temperature(logits: NDArray[Any], truth: NDArray[Any]) -> Calibration:
    """The temperature of least loss on validation rows (Guo et al. 2017, section 4.2).

    Category: logits or log-probabilities (n, C), truth (n,) codes. Tags: logits (n, K), truth (n, K) 0 or 1, one
    temperature for all tags. Rows that are not finite, or whose truth is no known class, are left out.
    """
    from scipy.optimize import minimize_scalar  # type: ignore[import-untyped, unused-ignore]

    tags = truth.ndim == 2
    good = ~(np.isnan(logits) | np.isposinf(logits)).any(1) & (logits.max(1, initial=-np.inf) > -np.inf)
    good &= np.ones(len(truth), bool) if tags else truth >= 0
    plain, true = _plain(logits[good], tags), truth[good].astype(np.int64)
    if not len(true):
        return Calibration(refused="no validation row has a known answer")
    before, error = _loss(plain, true, 1.0, tags), expected_error(true, _probabilities(plain, 1.0, tags))
    if len(true) < FEWEST:
        few = f"{len(true)} validation rows are fewer than {FEWEST}"
        return Calibration(1.0, error, error, before, before, len(true), few)

    surest = plain[[np.abs(plain).max(1).argmax() if tags else np.ptp(plain, axis=1).argmax()]]

    def weighed(logarithm: float) -> float:
        """The loss, with one row more: as sure as the surest, its answer unknown. So no temperature is ever boundless,
        also where every validation row is right."""
        own = _loss(plain, true, math.exp(logarithm), tags)
        return (own * len(true) + _doubt(surest, math.exp(logarithm), tags)) / (len(true) + 1)

    found = minimize_scalar(weighed, bounds=(math.log(LOWEST), math.log(HIGHEST)), method="bounded")
    temperature = math.exp(float(found.x))
    after = _loss(plain, true, temperature, tags)
    refused = ""
    if not LOWEST * 1.01 < temperature < HIGHEST / 1.01:
        refused = f"no temperature between {LOWEST:g} and {HIGHEST:g} is best for these rows"
    elif after >= before:
        refused = "no temperature lowers the loss on validation rows"
    if refused:
        return Calibration(1.0, error, error, before, before, len(true), refused)
    calmed = expected_error(true, _probabilities(plain, temperature, tags))
    return Calibration(temperature, error, calmed, before, after, len(true))


def _plain(logits: NDArray[Any], tags: bool) -> Floats:
    """Logits as float64 without an endless one: -inf is a log-probability of nothing."""
    plain = logits.astype(np.float64)
    return np.clip(plain, -SURE, SURE) if tags else np.maximum(plain, plain.max(1, keepdims=True) - SURE)


def _loss(logits: Floats, truth: NDArray[np.int64], temperature: float, tags: bool) -> float:
    """Mean negative log-likelihood, in nats, of classes or of tags."""
    scaled = logits / temperature
    if tags:
        return float((np.logaddexp(0, scaled) - scaled * truth).mean())
    return float(-log_softmax(scaled, axis=1)[np.arange(len(truth)), truth].mean())


def _doubt(logits: Floats, temperature: float, tags: bool) -> float:
    """The mean loss of a row over all answers it could have."""
    scaled = logits / temperature
    return float((np.logaddexp(0, scaled) - scaled / 2).mean() if tags else -log_softmax(scaled, axis=1).mean())


def _probabilities(logits: Floats, temperature: float, tags: bool) -> Floats:
    scaled = logits / temperature
    shares: Floats = expit(scaled) if tags else np.exp(log_softmax(scaled, axis=1))
    return shares

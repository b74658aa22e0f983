"""How far off a forecast may be, step by step: bands around it that held so often on validation windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import build

Floats = NDArray[np.float64]

LEVEL = 0.9
FEWEST = 20  # windows without which no band is drawn: the quantiles would be the extremes


@dataclass(frozen=True)
class Bands:
    """What to add to a forecast (H, C), in units of the training rows' deviation, for its lower and upper edge.

    `rows` windows fitted them; a band holds `level` of the truths, as far as what comes is like validation was.
    """

    level: float
    rows: int
    low: tuple[tuple[float, ...], ...]
    high: tuple[tuple[float, ...], ...]

    def around(self, answer: NDArray[Any]) -> tuple[Floats, Floats]:
        """The edges around forecasts (n, H, C)."""
        return answer + np.array(self.low), answer + np.array(self.high)

    def to_json(self) -> dict[str, Any]:
        """The bands as plain JSON."""
        return asdict(self)


def bands_from_json(values: Mapping[str, Any]) -> Bands:
    """Bands from their JSON. Raises SettingError for a field that is none."""
    return build(Bands, dict(values))


def fit_bands(truth: NDArray[Any], answer: NDArray[Any], level: float = LEVEL) -> Bands | None:
    """Bands from validation windows (n, H, C), or None where they are too few.

    Split conformal: the edges are the errors of rank (n + 1) (1 ± level) / 2, step by step and channel by channel
    (Lei et al. 2018, https://arxiv.org/abs/1604.04173, section 2.2, with signed errors). Windows overlap, so the
    promise is weaker than the count of windows says; what the bands hold on the test part is scored. A forecast that
    was always too low or too high, as that of a channel that never moves, still lies in its own band: an edge that all
    errors would move past it stays at it, which holds more truths, not fewer.
    """
    error = truth.astype(np.float64) - answer.astype(np.float64)
    error = np.sort(error[np.isfinite(error).all((1, 2))], axis=0)  # (n, H, C)
    n = len(error)
    if n < FEWEST:
        return None
    low = max(0, int(np.floor((n + 1) * (1 - level) / 2)) - 1)
    high = min(n - 1, int(np.ceil((n + 1) * (1 + level) / 2)) - 1)
    edges = (np.minimum(error[low], 0.0), np.maximum(error[high], 0.0))
    return Bands(level, n, *(tuple(map(tuple, edge.tolist())) for edge in edges))

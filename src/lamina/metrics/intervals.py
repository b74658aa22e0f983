"""95 % intervals: Wilson for a share, DeLong for the area under a ROC curve, quantiles of a bootstrap."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .ranking import midranks
from .weights import Floats

Z = 1.959963984540054  # the normal quantile of 97.5 %

Interval = tuple[float, float]


def wilson(hits: float, n: int) -> Interval:
    """The score interval of a share of `hits` in `n` trials. Wilson 1927; Brown, Cai and DasGupta 2001 advise it.

    >>> [round(end, 4) for end in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    share = hits / n
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def delong_variance(scores: Floats, positive: NDArray[np.bool_]) -> tuple[float, float]:
    """The area under the ROC curve of scores (n,) and its variance, which needs two rows of each class.

    DeLong, DeLong and Clarke-Pearson 1988, by the midranks of Sun and Xu 2014.
    """
    above, below = scores[positive], scores[~positive]
    ranks = midranks(scores)
    wins = (ranks[positive] - midranks(above)) / len(below)  # for each positive, the share of negatives under it
    losses = 1 - (ranks[~positive] - midranks(below)) / len(above)
    return float(wins.mean()), float(wins.var(ddof=1) / len(above) + losses.var(ddof=1) / len(below))


def delong(scores: Floats, positive: NDArray[np.bool_]) -> tuple[Interval, str] | None:
    """The interval of the area under the ROC curve, on the logit scale, which keeps it within 0 and 1, and its name.

    A perfect order has no variance to see; there the interval is Newcombe's. None with fewer than two rows of a class.
    """
    above, below = int(positive.sum()), int((~positive).sum())
    if min(above, below) < 2:
        return None
    area, variance = delong_variance(scores, positive)
    if variance <= 0 or not 0 < area < 1:
        return newcombe(area, above, below), "Newcombe 95 %"
    middle, half = math.log(area / (1 - area)), Z * math.sqrt(variance) / (area * (1 - area))
    return (_logistic(middle - half), _logistic(middle + half)), "DeLong 95 % on the logit scale"


def newcombe(area: float, above: int, below: int) -> Interval:
    """The score interval of an area under a ROC curve from the two counts alone: Newcombe 2006, part 2, method 5."""
    spread = (above + below) / 2 - 1

    def outside(guess: float) -> bool:
        shape = 1 + spread * ((1 - guess) / (2 - guess) + guess / (1 + guess))
        return (area - guess) ** 2 > Z * Z * guess * (1 - guess) * shape / (above * below)

    return _edge(0.0, area, outside), _edge(1.0, area, outside)


def _edge(far: float, near: float, outside: Callable[[float], bool]) -> float:
    """Where `outside` turns true on the way from near to far, by bisection; far where it never does."""
    for _ in range(60):
        middle = (far + near) / 2
        far, near = (middle, near) if outside(middle) else (far, middle)
    return near


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def percentile(values: Floats) -> Interval | None:
    """The middle 95 % of a score over resamples (R,); None where half of them do not define it or all agree."""
    known = values[np.isfinite(values)]
    if not len(known) or len(known) < len(values) / 2 or known.min() == known.max():
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def reversed_percentile(value: float, values: Floats, noise: Floats) -> Interval | None:
    """The interval of a score of 0 or more that chance pushes upward, from its resamples and their noise, both (R,).

    The resamples turned around the value, for resampling pushes upward once more (the basic interval of Davison and
    Hinkley 1997, section 5.2); down to 0 where chance alone shows as much; widened to hold the value.
    """
    ends = percentile(values)
    if ends is None:
        return None
    low = 0.0 if value <= np.nanquantile(noise, 0.95) else max(0.0, 2 * value - ends[1])
    return min(value, low), max(value, 2 * value - ends[0])

"""After how many steps a series looks most like itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LONGEST = 2000  # steps of a season that is looked for
LEAST = 0.2  # correlation under which a series is not taken to repeat
NEAR = 0.9  # two seasons look as much alike as one does: the first peak this near to the highest is taken
FEWEST = 3  # seasons that the series must hold


def season_of(values: NDArray[Any]) -> int:
    """The lag of the first high peak of the autocorrelation, the mean over channels; 1 where nothing repeats.

    values (N, C), finite. A straight trend is taken out first; the correlations are found by one Fourier transform.
    """
    steps = len(values)
    longest = min(LONGEST, steps // FEWEST)
    if longest < 2:
        return 1
    at = np.linspace(-1, 1, steps)[:, None]  # (N, 1)
    flat = values - values.mean(0)
    flat = flat - at * (at * flat).sum(0) / (at**2).sum()  # (N, C)
    power = np.abs(np.fft.rfft(flat, 2 * steps, axis=0)) ** 2
    found = np.fft.irfft(power, axis=0)[: longest + 2]  # (longest + 2, C)
    varied = found[0] > 1e-9
    if not varied.any():
        return 1
    lags = np.arange(longest + 2)[:, None]
    alike = (found[:, varied] / found[0, varied] * steps / (steps - lags)).mean(1)  # fewer pairs the longer the lag
    inner = alike[1:-1]
    peaks = np.flatnonzero((inner > alike[:-2]) & (inner >= alike[2:]) & (inner >= LEAST)) + 1
    peaks = peaks[peaks >= 2]
    if not len(peaks):
        return 1
    return int(peaks[alike[peaks] >= NEAR * alike[peaks].max()][0])

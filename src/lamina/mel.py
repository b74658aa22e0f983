"""What the ear would make of a sound: power by bands that are as wide as the ear hears them, on a scale of loudness.

Frames of a Hann window begin every `hop`; the last are filled up with silence, so that a sound of N samples has
ceil(N / hop) frames. The bands are the triangles of Davis and Mermelstein 1980, evenly spaced in mel, of which
O'Shaughnessy 1987 has the formula: mel = 2595 log10(1 + hertz / 700).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FLOOR = 1e-6  # of power: somewhat over what rounding to 16 bits adds, so that digital silence is no world of its own


@dataclass(frozen=True)
class MelPlan:
    """How a sound is cut and weighed: samples a second, bands, and the seconds of a window and from one to the next."""

    rate: int
    mels: int = 40
    window: float = 0.025
    hop: float = 0.010

    @property
    def window_samples(self) -> int:
        """Samples under one window."""
        return max(2, round(self.window * self.rate))

    @property
    def hop_samples(self) -> int:
        """Samples from the start of one window to the start of the next."""
        return max(1, round(self.hop * self.rate))

    @property
    def size(self) -> int:
        """Samples of the transform: a power of two that holds the window, and parts frequencies finely enough that
        every band has one of its own."""
        size = 1 << (self.window_samples - 1).bit_length()
        while size < 1 << 16 and not triangles(self.mels, size, self.rate).any(0).all():
            size *= 2
        return size

    def frames(self, samples: int) -> int:
        """How many frames so many samples have."""
        return -(-samples // self.hop_samples)


def hann(samples: int) -> Floats:
    """The periodic Hann window, (samples,)."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(samples) / samples)).astype(np.float32)


def triangles(mels: int, size: int, rate: int) -> Floats:
    """How much each frequency of a transform counts in each band, (size / 2 + 1, mels), from 0 Hz to rate / 2.

    >>> (100 * triangles(2, 8, 8000)).astype(int).tolist()
    [[0, 0], [67, 32], [0, 90], [0, 45], [0, 0]]
    """
    top = 2595 * np.log10(1 + rate / 2 / 700)
    corners = 700 * (10 ** (np.linspace(0, top, mels + 2) / 2595) - 1)  # in hertz, (mels + 2,)
    hertz = np.linspace(0, rate / 2, size // 2 + 1)[:, None]
    rise = (hertz - corners[:-2]) / np.diff(corners)[:-1]
    fall = (corners[2:] - hertz) / np.diff(corners)[1:]
    return np.maximum(0, np.minimum(rise, fall)).astype(np.float32)


def log_mel(samples: NDArray[Any], plan: MelPlan) -> Floats:
    """A sound (N,), as 16-bit numbers or as shares of full scale, to the log power of bands (T, mels)."""
    shares = samples.astype(np.float32) / (32768 if samples.dtype == np.int16 else 1)
    frames, window, hop = plan.frames(len(shares)), plan.window_samples, plan.hop_samples
    if not frames:
        return np.zeros((0, plan.mels), np.float32)
    whole = np.zeros((frames - 1) * hop + max(window, hop), np.float32)
    whole[: len(shares)] = shares
    cut = np.lib.stride_tricks.sliding_window_view(whole, window)[::hop][:frames]  # (T, window)
    power = np.abs(np.fft.rfft(cut * hann(window), plan.size)) ** 2  # (T, size / 2 + 1)
    return np.log(np.maximum(power @ triangles(plan.mels, plan.size, plan.rate), FLOOR)).astype(np.float32)

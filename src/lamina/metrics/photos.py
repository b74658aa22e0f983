"""Scores of a Photo: how near the pixels of a restored picture are to those it should have."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kinds.photo import Photo, shares_of
from ..ragged import Ragged
from .scores import Score
from .sums import Case, share
from .weights import Floats

LUMA = np.array([65.481, 128.553, 24.966])  # of red, green and blue, from 16 for black to 235 (ITU-R BT.601)
SIGMA, WINDOW = 1.5, 11  # of SSIM, as published
K1, K2 = 0.01, 0.03
SAME = 1e-10  # the least mean square, in shares of white: 100 dB


def figures(kind: Photo, truth: Ragged, answer: Ragged) -> Floats:
    """Rows of height, width and shares -> (n, 3): PSNR and SSIM of the luminance, and 1.

    As published figures of super-resolution have it: pixels rounded to 8 bits, luminance of colour pictures by BT.601,
    and an edge of as many pixels as the picture was made larger left out.
    """
    made = np.ones((len(truth), 3))
    for i in range(len(truth)):
        true, said = (luminance(shares_of(rows.row(i), kind.channels)) for rows in (truth, answer))
        edge = kind.times if kind.times > 1 and min(true.shape) > 2 * kind.times else 0
        inner = slice(edge, -edge or None)
        true, said = true[inner, inner], said[inner, inner]
        made[i, 0], made[i, 1] = psnr(true, said), ssim(true, said)
    return made


def luminance(shares: NDArray[Any]) -> Floats:
    """(H, W, C) shares of white, rounded to 8 bits -> (H, W), of 1."""
    levels = np.rint(np.clip(shares.astype(np.float64), 0, 1) * 255) / 255
    if levels.shape[2] == 1:
        grey: Floats = levels[..., 0]
        return grey
    bright: Floats = (levels @ LUMA + 16) / 255
    return bright


def psnr(true: Floats, said: Floats) -> float:
    """Peak signal to noise, 10 log10(1 / mean square difference), in dB; 100 where nothing differs."""
    return float(-10 * np.log10(max(float(np.square(true - said).mean()), SAME)))


def ssim(true: Floats, said: Floats) -> float:
    """Structural similarity, 1 where nothing differs. Wang et al. 2004, https://doi.org/10.1109/TIP.2003.819861,
    equation 13, in Gaussian windows of 11 pixels, mean over those that lie within the picture."""
    from scipy.ndimage import gaussian_filter  # type: ignore[import-untyped, unused-ignore]

    radius = WINDOW // 2

    def near(x: Floats) -> Floats:
        blurred: Floats = gaussian_filter(x, SIGMA, radius=radius)
        return blurred

    mean_t, mean_s = near(true), near(said)
    var_t, var_s = near(true * true) - mean_t**2, near(said * said) - mean_s**2
    both = near(true * said) - mean_t * mean_s
    alike = (2 * mean_t * mean_s + K1**2) * (2 * both + K2**2)
    alike /= (mean_t**2 + mean_s**2 + K1**2) * (var_t + var_s + K2**2)
    inner = alike[radius:-radius, radius:-radius]
    return float((inner if inner.size else alike).mean())


def case_of(kind: Photo, truth: Ragged, answer: Ragged) -> Case:
    """A case from rows of height, width and shares."""
    return Case(figures(kind, truth, answer))


SCORES: tuple[Score, ...] = (
    Score("psnr", share(0, 2), "higher", quick=True),
    Score("ssim", share(1, 2), "higher", quick=True),
)

"""What training pictures say of the ways to change them: whether they have an up, and whether they bear mirroring."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rng import generator
from .augment import KEPT

ALIKE = 1 / 16  # of white, by which the upper half may differ from the lower where pictures have no up
LOOKED = 500  # pictures looked at for that
MIRROR_ROWS, MIRROR_BYTES = 4000, 32 * 2**20  # training pictures looked at before they are mirrored, at most
WIDE = 32  # pixels of a side to which larger pictures are shrunk for that, or up to twice as many
CLEAR = 3.0  # standard errors


def no_up(pixels: NDArray[Any]) -> float:
    """1 where the upper and the lower half of training pictures (n, H, W, C) are lit alike, else 0.

    Scenes of the world have their light above and their ground below; what lies under a microscope has neither.
    """
    some = pixels[:: max(1, len(pixels) // LOOKED)]
    middle = some.shape[1] // 2
    gap = some[:, :middle].mean(dtype=np.float64) - some[:, -middle:].mean(dtype=np.float64)
    return float(abs(gap) <= ALIKE * 255)


def mirror_kept(pixels: NDArray[np.uint8], codes: NDArray[Any]) -> float | None:
    """How much of what class means tell is left when pictures are mirrored: 1 all of it, 0 no more than chance.

    Pictures (n, H, W, C) of training rows and their classes (n,). Half of the rows of each class give the means, the
    other half are answered by the nearest mean, as they are and mirrored. Two classes that trade places when mirrored
    make it 0, however few of many they are: an arrow to either side. None where the means do not clearly tell the
    classes, or nothing clear of a loss that would decide. Fashion keeps 0.8, CIFAR-10 1.0, handwritten digits 0.
    """
    x, y = _looked_at(pixels, codes)
    classes = np.intersect1d(y[::2], y[1::2])
    if len(classes) < 2:
        return None
    means = np.stack([x[::2][y[::2] == c].mean(0).ravel() for c in classes])  # (classes, pixels)
    told = np.isin(y[1::2], classes)
    shown, true = x[1::2][told], np.searchsorted(classes, y[1::2][told])

    def away(views: NDArray[np.float32]) -> NDArray[np.float32]:
        made: NDArray[np.float32] = np.square(means).sum(1) - 2 * views.reshape(len(views), -1) @ means.T
        return made  # (rows, classes), less what is the same for all classes

    plain, mirrored = away(shown), away(shown[:, :, ::-1])
    if _trade_places(plain, mirrored, true):
        return 0.0
    chance, rows = 1 / len(classes), len(true)
    right, still = ((far.argmin(1) == true).astype(np.float64) for far in (plain, mirrored))  # (rows,)
    if right.mean() - chance <= CLEAR * (chance * (1 - chance) / rows) ** 0.5:
        return None
    kept = min(1.0, max(0.0, float((still.mean() - chance) / (right.mean() - chance))))
    lost = right - still  # by the same rows, whose spread is less than that of either
    return None if kept < KEPT and lost.mean() <= CLEAR * lost.std() / rows**0.5 else kept


def _looked_at(pixels: NDArray[np.uint8], codes: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Some rows that have a class, sorted by it: pictures (n, h, w, C), shrunk and less their own mean, as light
    differs from photo to photo, and classes (n,)."""
    known = np.flatnonzero(codes >= 0)
    height, width, channels = pixels.shape[1:]
    many = min(len(known), MIRROR_ROWS, max(1, MIRROR_BYTES // max(1, height * width * channels)))
    some = np.sort(generator(0, "mirror").choice(known, many, replace=False))
    down, along = max(1, height // WIDE), max(1, width // WIDE)
    high, wide = height // down, width // along
    edge = (width - wide * along) // 2  # the same on both sides, or all but one pixel
    x = pixels[some][:, : high * down, edge : edge + wide * along]
    x = x.reshape(many, high, down, wide * along, channels).mean(2, dtype=np.float32)
    x = x.reshape(many, high, wide, along, channels).mean(3)  # (n, h, w, C)
    order = np.argsort(codes[some], kind="stable")
    return (x - x.mean((1, 2, 3), keepdims=True))[order], codes[some][order]


def _trade_places(plain: NDArray[np.float32], mirrored: NDArray[np.float32], true: NDArray[Any]) -> bool:
    """Whether two classes are clearly told from each other, and clearly taken for each other when mirrored.

    Distances (rows, classes) to the means, and the class of each row (rows,).
    """
    classes = np.unique(true)

    def nearer(far: NDArray[np.float32]) -> NDArray[Any]:
        """The share of rows of a class that are nearer to its mean than to that of another: (classes, classes)."""
        return np.stack([(far[true == c, c, None] < far[true == c]).mean(0) for c in classes])

    doubt = CLEAR * 0.5 / np.sqrt(np.bincount(true))[:, None]
    lost = (nearer(plain) > 0.5 + doubt) & (nearer(mirrored) < 0.5 - doubt)
    return bool((lost & lost.T).any())


__all__ = ["mirror_kept", "no_up"]

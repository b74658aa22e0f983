"""What is easily reached where the answer lies in a picture: a threshold, a grid of boxes, interpolation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...kinds.boxes import Boxes
from ...kinds.mask import VOID, Mask
from ...kinds.photo import Photo, shared, unpacked
from ...layers.resample import resized
from ...ragged import Ragged
from .task import Baseline, Inputs, Task

GREY = np.array([0.299, 0.587, 0.114])  # of red, green and blue (ITU-R BT.601)
LOOKED = 200  # training pictures by which it is decided which side of a threshold is a thing

Codes = NDArray[np.float32]


def thresholds(task: Task, seconds: float | None) -> list[Baseline]:
    """The commonest class everywhere; and of two classes the brighter or the darker part of each picture, as Otsu 1979
    parts it."""
    del seconds
    kind, (slot,) = task.kind, task.slots[:1]
    assert isinstance(kind, Mask)
    n = len(task.target)
    common = int(np.argmax(kind.shares))
    said = f'"{kind.labels[common]}" everywhere, the commonest of {n:,} masks'
    found = [Baseline("commonest", said, n, partial(_everywhere, slot.name, common))]
    if kind.classes != 2:
        return found
    pictures, truth = task.inputs[slot.name][:LOOKED], task.target[:LOOKED]
    bright = otsu(pictures)
    known = truth != VOID
    agree = [float(((bright == side) & (truth == 1) & known).sum() / max(1, (bright == side).sum())) for side in (0, 1)]
    side = int(agree[1] >= agree[0])
    says = f"the {'brighter' if side else 'darker'} part of each picture, parted where Otsu's threshold lies"
    return [*found, Baseline("threshold", says, n, partial(_parted, slot.name, side))]


def _everywhere(slot: str, code: int, inputs: Inputs) -> Codes:
    return np.full(inputs[slot].shape[:3], code, np.float32)


def _parted(slot: str, side: int, inputs: Inputs) -> Codes:
    parted: Codes = (otsu(inputs[slot]) == side).astype(np.float32)
    return parted


def otsu(pictures: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where pictures (n, H, W, C) are brighter than the level that parts theirs best: (n, H, W).

    Otsu 1979, https://doi.org/10.1109/TSMC.1979.4310076, equation 13: the variance between the two parts is greatest.
    """
    out = np.zeros(pictures.shape[:3], bool)
    levels = np.arange(256)
    for i, picture in enumerate(pictures):
        grey = np.rint(picture @ GREY).astype(np.int64) if picture.shape[2] == 3 else picture[..., 0].astype(np.int64)
        shares = np.bincount(grey.ravel(), minlength=256) / grey.size
        below, mass = np.cumsum(shares), np.cumsum(shares * levels)
        spread = np.zeros(256)
        parts = (below > 0) & (below < 1 - 1e-12)
        spread[parts] = (mass[-1] * below[parts] - mass[parts]) ** 2 / (below[parts] * (1 - below[parts]))
        out[i] = grey > spread.argmax()
    return out


def grids(task: Task, seconds: float | None) -> list[Baseline]:
    """Boxes of each class's mean size, side by side over the whole picture, the commoner classes first."""
    del seconds
    kind, (slot,) = task.kind, task.slots[:1]
    assert isinstance(kind, Boxes)
    rows = []
    for code, (count, (wide, high)) in enumerate(zip(kind.counts, kind.sizes, strict=True)):
        if not count:
            continue
        columns, lines = _middles(kind.width, wide), _middles(kind.height, high)
        x, y = np.tile(columns, len(lines)), np.repeat(lines, len(columns))
        edges = [x - wide / 2, y - high / 2, x + wide / 2, y + high / 2]
        rows.append(np.stack([np.full(len(x), code), *edges, np.full(len(x), count / sum(kind.counts))], axis=1))
    laid = np.concatenate(rows).astype(np.float32)
    says = f"{len(laid)} boxes of the mean size of each class, laid side by side over every picture"
    return [Baseline("grid", says, len(task.target), partial(_laid, slot.name, laid))]


def _middles(whole: int, part: float) -> NDArray[np.float64]:
    """The middles of as many parts as fit a length, evenly over it."""
    count = max(1, round(whole / max(1.0, part)))
    middles: NDArray[np.float64] = (np.arange(count, dtype=np.float64) + 0.5) * (whole / count)
    return middles


def _laid(slot: str, boxes: NDArray[np.float32], inputs: Inputs) -> Ragged:
    return Ragged.of([boxes] * len(inputs[slot]), np.float32, (6,))


def interpolation(task: Task, seconds: float | None) -> list[Baseline]:
    """The picture enlarged by cubic interpolation, or as it came where it keeps its size."""
    del seconds
    kind, (slot,) = task.kind, task.slots[:1]
    assert isinstance(kind, Photo)
    assert isinstance(slot.kind, Photo)
    enlarge: Callable[[Inputs], Any] = partial(_enlarged, slot.name, slot.kind.channels, kind.times)
    if kind.times == 1:
        return [Baseline("as it came", "the picture as it was given", len(task.target), enlarge)]
    return [Baseline("bicubic", f"cubic interpolation to {kind.times} times the side", len(task.target), enlarge)]


def _enlarged(slot: str, channels: int, times: int, inputs: Inputs) -> Ragged:
    rows = []
    for row in inputs[slot]:
        pixels = unpacked(row, channels)
        x = torch.from_numpy(pixels.astype(np.float32)).permute(2, 0, 1)[None]
        made = resized(x, times * x.shape[2], times * x.shape[3]) if times > 1 else x
        rows.append(shared(made[0].permute(1, 2, 0).clamp(0, 255).numpy()))
    return Ragged.of(rows, np.float32)

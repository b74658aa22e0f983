"""Encoded inputs as one matrix of features, for models that know nothing but columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kinds import Audio, Category, Graph, Image, Kind, Molecule, Series, Slot
from ..kinds.protein import LETTERS, Protein
from ..kinds.records import unpacked
from ..mel import MelPlan, log_mel
from ..ragged import Ragged

Inputs = Mapping[str, NDArray[Any]]
Matrix = NDArray[np.float32]  # (n, F)

PIXELS = 1000  # features that the pictures of a row are shrunk to
CODES = 64  # columns one category is spread over; its rarer values share one
CHUNK = 4096
SIZES = 3  # what a graph says of itself: nodes, edges, edges a node
PARTS = 4  # of a sound, one after the other, whose means by band are told
OUTLINE = 6  # what each channel of a series is told by: mean, spread, first, last, least, most
SOME = 16  # series that are looked at together, each as long as the longest


def width_of(slot: Slot, array: NDArray[Any]) -> int:
    """At most how many features a slot gives."""
    if isinstance(slot.kind, Image):
        return min(PIXELS, int(np.prod(array.shape[1:])))
    if isinstance(slot.kind, Audio):
        return (PARTS + 1) * slot.kind.mels
    if isinstance(slot.kind, Protein):
        return len(LETTERS) + 1
    if isinstance(slot.kind, Series):
        return 2 * OUTLINE * len(slot.kind.channels)
    if isinstance(slot.kind, Graph | Molecule):
        return 2 * (SIZES + slot.kind.nodes.width + slot.kind.edges.width)
    if isinstance(slot.kind, Category):
        return sum(min(CODES, len(f.kind.labels) + 1) for f in slot.fields if isinstance(f.kind, Category))
    return 2 * int(array.shape[1])


class Features:
    """Inputs by slot -> matrix (n, F): standardised numbers with a flag where a column has gaps, categories one-hot,
    pictures shrunk, sounds as the power of their bands, proteins as shares of letters, series as the outline of each
    channel, graphs counted. What is a mean, a spread or a common value, the rows given at first teach."""

    def __init__(self, slots: list[Slot], inputs: Inputs):
        from sklearn.preprocessing import OneHotEncoder

        self.slots = slots
        self.most = PIXELS // max(1, sum(isinstance(slot.kind, Image) for slot in slots))
        self.codes: dict[str, Any] = {}
        self.numbers: dict[str, tuple[Matrix, Matrix, NDArray[np.bool_]]] = {}
        self.told = {slot.name: told for slot in slots if (told := _told(slot.kind)) is not None}
        for slot in slots:
            if isinstance(slot.kind, Category):
                one_hot = OneHotEncoder(
                    max_categories=CODES, handle_unknown="infrequent_if_exist", sparse_output=False, dtype=np.float32
                )
                self.codes[slot.name] = one_hot.fit(inputs[slot.name])
            elif not isinstance(slot.kind, Image):
                self.numbers[slot.name] = _moments(self._numbers(slot.name, inputs[slot.name]))

    def __call__(self, inputs: Inputs) -> Matrix:
        rows, made = len(inputs[self.slots[0].name]), np.zeros((0, 0), np.float32)
        for start in range(0, max(1, rows), CHUNK):  # the matrix is the one thing that is large
            parts = [self._part(slot.name, inputs[slot.name][start : start + CHUNK]) for slot in self.slots]
            some = np.concatenate(parts, axis=1)
            if not start:
                made = np.empty((rows, some.shape[1]), some.dtype)
            made[start : start + CHUNK] = some
        return made

    def _part(self, name: str, array: NDArray[Any]) -> Matrix:
        if name in self.codes:
            spread: Matrix = self.codes[name].transform(array)
            return spread
        if name in self.numbers:
            array = self._numbers(name, array)
            mean, scale, gaps = self.numbers[name]
            missing = np.isnan(array)
            plain = np.where(missing, 0, (array - mean) / scale)
            return np.concatenate([plain, missing[:, gaps]], axis=1, dtype=np.float32)
        return shrunk(array, self.most)

    def _numbers(self, name: str, array: Any) -> Any:
        return self.told[name](array) if name in self.told else array


def _told(kind: Kind) -> Callable[[Any], Any] | None:
    """How rows of a kind whose rows are of unequal length become numbers; None of other kinds."""
    if isinstance(kind, Audio):
        return partial(heard, plan=kind.plan)
    if isinstance(kind, Graph | Molecule):
        return partial(counts, kind)
    if isinstance(kind, Series):
        return outlined
    return composed if isinstance(kind, Protein) else None


def composed(proteins: Ragged) -> Matrix:
    """Proteins as the share of each letter, and the logarithm of their length: (n, F)."""
    counts = np.stack([np.bincount(row, minlength=len(LETTERS) + 1)[1:] for row in proteins])
    size = np.maximum(counts.sum(1, keepdims=True), 1)
    return np.concatenate([counts / size, np.log(size)], axis=1, dtype=np.float32)


def heard(sounds: Ragged, plan: MelPlan) -> Matrix:
    """Sounds as the mean log power of each band in each of `PARTS` parts, and its spread over the whole: (n, F)."""
    made = np.zeros((len(sounds), PARTS + 1, plan.mels), np.float32)
    for row, sound in zip(made, sounds, strict=True):
        bands = log_mel(sound, plan)
        for part, some in enumerate(np.array_split(bands, PARTS)):
            row[part] = some.mean(0) if len(some) else row[part - 1]
        row[PARTS] = bands.std(0) if len(bands) else 0
    return made.reshape(len(sounds), -1)


def outlined(series: Ragged) -> Matrix:
    """Series as the mean, spread, first, last, least and most of each channel's known steps, NaN where it has none:
    (n, F)."""
    made = np.empty((len(series), OUTLINE, series.values.shape[1]), np.float32)
    for start in range(0, len(series), SOME):
        x = series[start : start + SOME].padded(np.nan)  # (m, T, C)
        known = np.isfinite(x)
        count = np.maximum(known.sum(1), 1)
        mean = np.where(known, x, 0).sum(1, dtype=np.float64) / count  # (m, C)
        spread = np.sqrt((np.where(known, x - mean[:, None], 0) ** 2).sum(1) / count)
        ends = known.argmax(1), x.shape[1] - 1 - known[:, ::-1].argmax(1)
        first, last = (np.take_along_axis(x, at[:, None], 1)[:, 0] for at in ends)
        least, most = np.where(known, x, np.inf).min(1), np.where(known, x, -np.inf).max(1)
        told = np.stack([mean, spread, first, last, least, most], axis=1)  # (m, OUTLINE, C)
        made[start : start + SOME] = np.where(known.any(1)[:, None], told, np.nan)
    return made.reshape(len(series), OUTLINE * made.shape[2])


def counts(kind: Any, rows: Any) -> NDArray[np.float64]:
    """Nodes, edges, edges a node, and the sums of what is known of nodes and of edges: (n, F)."""
    made = unpacked(rows[:])
    x, edge_x = kind.nodes.spread(made.x), kind.edges.spread(made.edge_x)
    sums = [np.zeros((len(made.nodes), known.shape[1])) for known in (x, edge_x)]
    np.add.at(sums[0], made.owner, x)
    np.add.at(sums[1], made.edge_owner, edge_x)
    sizes = np.stack([made.nodes, made.edges, made.edges / np.maximum(made.nodes, 1)], axis=1)
    return np.concatenate([sizes, *sums], axis=1)


def _moments(numbers: Matrix) -> tuple[Matrix, Matrix, NDArray[np.bool_]]:
    """Mean, spread and whether anything is missing, of each column (n, k) -> three of (k,)."""
    known: NDArray[np.bool_] = ~np.isnan(numbers)
    count = np.maximum(known.sum(0), 1)
    mean = np.where(known, numbers, 0).sum(0, dtype=np.float64) / count
    spread = np.sqrt((np.where(known, numbers - mean, 0) ** 2).sum(0) / count)
    gaps: NDArray[np.bool_] = np.asarray((~known).any(0))
    return mean.astype(np.float32), np.where(spread > 0, spread, 1).astype(np.float32), gaps


def shrunk(pixels: NDArray[np.uint8], most: int) -> Matrix:
    """Pictures as shares of white, averaged over square blocks so that at most `most` numbers remain of each.

    (n, H, W, C) -> (n, F); a rim that fills no block is left out.
    """
    n, height, width, channels = pixels.shape
    block = 1
    while max(1, height // block) * max(1, width // block) * channels > most and block < max(height, width):
        block += 1
    high, wide = min(block, height), min(block, width)
    whole = pixels[:, : height // high * high, : width // wide * wide]
    blocks = whole.reshape(n, height // high, high, width // wide, wide, channels)
    shares: Matrix = blocks.mean((2, 4), dtype=np.float32) / np.float32(255)
    return shares.reshape(n, blocks.shape[1] * blocks.shape[3] * channels)

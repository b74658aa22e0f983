"""Augmentation where an input and its answer have to change together: masks, boxes, pictures to be restored, chains.

Also what training pictures say of it: whether they have an up, and whether they bear mirroring.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..forms import Batch
from ..kinds import Image, Schema
from ..kinds.boxes import Boxes
from ..kinds.mask import Mask
from ..kinds.photo import Photo
from ..kinds.protein import PADDING
from ..kinds.structure import Structure
from ..rng import by_row, generator
from .augment import ENDS, KEPT, SIDES, Augment, coloured, erased, speaks_of
from .moves import DRAWS, Moves, cut, moved_boxes, moved_mask, moved_pixels, paths

PATCH = 24  # side of a square cut from a small picture; the square of its answer is as many times larger
ALIKE = 1 / 16  # of white, by which the upper half may differ from the lower where pictures have no up
STRETCH = 256  # residues of a chain that are learned from at a time, as Jumper et al. 2021 have it
LOOKED = 500  # pictures looked at for that
MIRROR_ROWS, MIRROR_BYTES = 4000, 32 * 2**20  # training pictures looked at before they are mirrored, at most
WIDE = 32  # pixels of a side to which larger pictures are shrunk for that, or up to twice as many
CLEAR = 3.0  # standard errors


def moves_together(schema: Schema) -> bool:
    """Whether the answer lies in its input, so that what changes one has to change the other."""
    return isinstance(schema.target.kind, Mask | Boxes | Photo | Structure)


def together(batch: Batch, augment: Augment, schema: Schema, seed: int, step: int) -> Batch:
    """A batch with pictures and answers changed alike, a row by numbers of its own, whatever `step` it stands in.

    Of pictures of many sizes, squares (B, C, side, side) are cut, so that the batch becomes tensors; of
    chains, stretches.
    """
    del step
    draws = torch.from_numpy(by_row(batch.rows.numpy(), DRAWS + 6, seed, "together", batch.epoch))
    name, kind = schema.target.name, schema.target.kind
    if isinstance(kind, Photo):
        source = schema.inputs[0].name
        made = cut({source: batch.inputs[source], name: batch.targets[name]}, augment.patch or PATCH, draws)
        return replace(batch, inputs={source: made[source]}, targets={name: made[name]})
    if isinstance(kind, Structure):
        return stretches(batch, augment.stretch, draws[:, 0]) if augment.stretch else batch
    image = next(f for f in schema.inputs if isinstance(f.kind, Image))
    assert isinstance(image.kind, Image)
    pixels, target = batch.inputs[image.name], batch.targets[name]
    draws = draws.to(pixels.device)
    height, width = pixels.shape[2:]
    way = paths(_moves(augment, height, width, isinstance(kind, Boxes)), draws, height, width)
    if isinstance(kind, Mask):
        pixels, target = moved_pixels(pixels, way), moved_mask(target, way)
    else:
        fill = torch.tensor(image.kind.mean, device=pixels.device) * 255
        pixels, target = moved_pixels(pixels, way, fill), moved_boxes(target, way, height, width)
    pixels = _shaded(pixels, augment, draws[:, DRAWS:], image.kind.mean)
    return replace(batch, inputs={**batch.inputs, image.name: pixels}, targets={name: target})


def stretches(batch: Batch, length: int, draws: Tensor) -> Batch:
    """A batch in which `length` residues in a row are left of each longer chain, input and answer alike.

    Slots are (B, T, …), 0 or NaN after the end of a row; draws (B,) from 0 to 1 say where a stretch begins.
    """
    (name, letters), (target, places) = *batch.inputs.items(), *batch.targets.items()
    if letters.shape[1] <= length:
        return batch
    spare = ((letters != PADDING).sum(1) - length).clamp(min=0)  # (B,)
    first = (draws.to(spare.device) * (spare + 1)).long().clamp(max=letters.shape[1] - length)
    at = first[:, None] + torch.arange(length, device=spare.device)  # (B, length)
    row = torch.arange(len(at), device=spare.device)[:, None]
    return replace(batch, inputs={name: letters[row, at]}, targets={target: places[row, at]})


def _moves(augment: Augment, height: int, width: int, boxes: bool) -> Moves:
    """The moves of a plan. Boxes are not turned by a few degrees: a box around a turned box is too large."""
    return Moves(
        flip=augment.flip,
        upside=augment.upside,
        turn=augment.turn,
        rotate=0.0 if boxes else augment.rotate,
        zoom=augment.zoom,
        most=augment.crop / max(height, width),
    )


def _shaded(pixels: Tensor, augment: Augment, draws: Tensor, mean: tuple[float, ...]) -> Tensor:
    if augment.colour:
        pixels = coloured(pixels, (2 * draws[:, :2] - 1) * augment.colour)
    if augment.erase:
        pixels = erased(pixels, draws[:, 2] < augment.erase, draws[:, 3:6], mean)
    return pixels


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


def choose_together(schema: Schema, rows: int, kept: float | None) -> tuple[Augment, list[str]]:
    """Changes that a picture and its answer bear together, with the reasons. `kept` is what `no_up` found."""
    kind = schema.target.kind
    if isinstance(kind, Structure):
        told = f"{STRETCH} residues in a row are learned from at a time: all pairs of a longer chain cost far more"
        return Augment(stretch=STRETCH), [told]
    if isinstance(kind, Photo):
        told = f"squares of {PATCH} pixels of the small picture are cut, and turned one of eight ways"
        return Augment(patch=PATCH), [told]
    assert isinstance(kind, Mask | Boxes)
    sides, ends = speaks_of(kind.labels, SIDES), speaks_of(kind.labels, ENDS)
    free = bool(kept) and not sides and not ends
    spoken = "the labels speak of left and right" if sides else "the labels speak of up and down" if ends else ""
    lit = f"training pictures are lit {'alike above and below' if kept else 'from above or below'}"
    reasons = [f"not mirrored: {spoken}" if sides else "mirrored left for right with its answer"]
    reasons.append(f"{'also turned upside down and by a quarter' if free else 'not turned'}: {spoken or lit}")
    shift = round(max(kind.height, kind.width) / 10)
    made = Augment(flip=0.5 * (not sides), upside=0.5 * free, turn=0.5 * free, zoom=0.2, crop=shift, colour=0.2)
    reasons.append(f"enlarged by up to 20 %, shifted by up to {shift} pixels, lit differently: {rows:,} rows are few")
    if isinstance(kind, Mask):
        made = replace(made, rotate=15.0)
    return made, reasons


__all__ = ["choose_together", "mirror_kept", "moves_together", "no_up", "together"]

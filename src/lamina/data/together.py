"""Augmentation where an input and its answer have to change together: masks, boxes, pictures to be restored, chains."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ..forms import Batch
from ..kinds import Image, Schema
from ..kinds.boxes import Boxes
from ..kinds.mask import Mask
from ..kinds.photo import Photo
from ..kinds.protein import PADDING
from ..kinds.structure import Structure
from ..rng import by_row
from .augment import ENDS, SIDES, Augment, coloured, erased, speaks_of
from .moves import DRAWS, Moves, cut, moved_boxes, moved_mask, moved_pixels, paths

PATCH = 24  # side of a square cut from a small picture; the square of its answer is as many times larger
STRETCH = 256  # residues of a chain that are learned from at a time, as Jumper et al. 2021 have it


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


__all__ = ["choose_together", "moves_together", "together"]

"""Pictures made to order: so many, of a class if one is named, the same for the same seed."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
import torch
from PIL import Image as Pictures

from ..errors import KindError, PlanError, nearest
from ..forms import Batch
from ..kinds import Category, Image
from ..objectives import maker_of
from ..rng import Rng
from .predictor import Predictor

AT_ONCE = 256


def sample_pictures(predictor: Predictor, count: int, label: str = "", seed: int = 0) -> list[Pictures.Image]:
    """`count` pictures, of the class `label`, or of each class in turn where none is named.

    Raises PlanError for a run that makes no pictures, KindError for a class that is none.
    """
    kind, game = predictor.kind, maker_of(predictor.game)
    if game is None or not isinstance(kind, Image):
        raise PlanError(
            "this run makes no pictures",
            expected="a run of an objective that makes some: vae, gan, ddpm",
            fix="lamina fit SOURCE --objective ddpm",
        )
    codes = _codes(predictor, count, label)
    slot = str(predictor.schema.inputs[0].kind.slot) if codes is not None else ""

    def drawn(batch: Batch, at: int) -> list[Any]:
        rng = Rng(seed, "sample", int(numbers[0])).rows(at, at + len(batch), len(numbers))
        return kind.decode(game.sample(batch.inputs, len(batch), rng))

    made: list[Any] = []
    for numbers in torch.split(torch.arange(count), AT_ONCE):
        inputs = {} if codes is None else {slot: codes[numbers][:, None]}
        with torch.inference_mode():
            made += chain(*predictor.room.parts(drawn, Batch(inputs, {}, numbers)))
    return [picture for picture in map(kind.show, made) if isinstance(picture, Pictures.Image)]


def grid(pictures: list[Pictures.Image]) -> Pictures.Image:
    """Pictures of one size as one nearly square picture, row by row, a white line between."""
    across = int(np.ceil(np.sqrt(len(pictures))))
    down = -(-len(pictures) // across)
    wide, high = pictures[0].size
    whole = Pictures.new(pictures[0].mode, (across * (wide + 1) - 1, down * (high + 1) - 1), "white")
    for place, picture in enumerate(pictures):
        whole.paste(picture, (place % across * (wide + 1), place // across * (high + 1)))
    return whole


def _codes(predictor: Predictor, count: int, label: str) -> torch.Tensor | None:
    given = predictor.schema.inputs[0].kind if predictor.link == "made" and predictor.schema.inputs else None
    if not isinstance(given, Category):
        if label:
            raise KindError(f'this run makes pictures of no class, so none of "{label}"', fix="leave --label out")
        return None
    names = [str(x) for x in given.labels]
    if label and label not in names:
        raise KindError(f'no class is called "{label}"', expected=nearest(label, names))
    return torch.full((count,), names.index(label)) if label else torch.arange(count) % len(names)

"""The baseline of pictures to be known again: their views compared pixel by pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from ...heads.views import HEAT
from ...objectives.simclr import SimClr, in_groups
from ...objectives.views import viewed
from ...rng import Rng
from .task import Baseline, Inputs, Task

CHUNK = 512


def alike_pixels(task: Task, seconds: float | None) -> list[Baseline]:
    """The view whose pixels, less their mean, point most in the same direction, at the heat of the game."""
    del seconds
    name = task.schema.target.name
    heat = task.game.plan.heat if isinstance(task.game, SimClr) else HEAT

    def answer(inputs: Inputs) -> NDArray[Any]:
        made = []
        for start in range(0, len(inputs[name]), CHUNK):
            pixels = torch.from_numpy(np.asarray(inputs[name][start : start + CHUNK])).permute(0, 3, 1, 2)
            rng = Rng(0, "figures", start)
            views = [viewed(pixels, rng).float().flatten(1) for _ in range(2)]
            one, other = (F.normalize(x - x.mean(1, keepdim=True), dim=1) for x in views)
            made.append(in_groups(one, other, heat).double().numpy())
        return np.concatenate(made)

    return [Baseline("pixels", "the view whose pixels point most the same way", len(task.target), answer)]

"""The small net whose step is timed: 64 numbers, two layers of 128, 10 classes, batches of 32, as in `bench.step`."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

ROWS, INPUTS, WIDTH, CLASSES, BATCH = 4096, 64, 128, 10, 32
STEPS = ROWS // BATCH  # an epoch's


def rows() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Made rows and labels."""
    draw = np.random.default_rng(0)
    return draw.standard_normal((ROWS, INPUTS), dtype=np.float32), draw.integers(CLASSES, size=ROWS)


def net() -> nn.Sequential:
    """(B, 64) -> (B, 10)"""
    torch.manual_seed(0)
    layers = [nn.Linear(INPUTS, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, CLASSES)]
    return nn.Sequential(*layers)

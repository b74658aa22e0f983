"""The small convolution net that every system of the race trains: lamina's own `cnn` page, written plainly."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import torch
from torch import nn

DATA = Path(os.environ.get("LAMINA_DATA", "../shared/data")) / "fashion-mnist"


def small_cnn() -> nn.Sequential:
    """(B, 1, 28, 28) -> (B, 10)"""

    def conv(given: int, width: int) -> list[nn.Module]:
        return [nn.Conv2d(given, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]

    return nn.Sequential(
        *conv(1, 32), *conv(32, 32), nn.MaxPool2d(2),
        *conv(32, 64), *conv(64, 64), nn.MaxPool2d(2, ceil_mode=True),
        *conv(64, 128), *conv(128, 128), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10),
    )  # fmt: skip


def fashion(part: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures (n, 28, 28) as bytes and labels (n,) of a part, "train" or "t10k"."""
    pixels = gzip.decompress((DATA / f"{part}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((DATA / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    x = np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 28, 28).copy()
    return torch.from_numpy(x), torch.from_numpy(np.frombuffer(labels, np.uint8, offset=8).astype(np.int64))

"""Sources that several files of tests fit."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def halves(tmp_path):
    """`halves(damaged, train=60, ...)`: a folder of pictures bright to the left or to the right, in published parts, so
    many of each class; the first `damaged` test pictures of the right hold none."""

    def paint(damaged, **counts):
        draw = np.random.default_rng(0)
        for part, count in counts.items():
            for place, label in enumerate(("left", "right")):
                folder = tmp_path / "pictures" / part / label
                folder.mkdir(parents=True)
                for i in range(count):
                    pixels = draw.integers(0, 60, (8, 8), dtype=np.uint8)
                    pixels[:, 4 * place : 4 * place + 4] += 150
                    Image.fromarray(pixels).save(folder / f"{i}.png")
        for i in range(damaged):
            (tmp_path / f"pictures/test/right/{i}.png").write_bytes(b"no picture")
        return tmp_path / "pictures"

    return paint


@pytest.fixture(scope="module")
def coloured(tmp_path_factory):
    """`coloured(count)`: a folder of so many pictures, red and green in turn, and their labels."""

    def paint(count):
        root = tmp_path_factory.mktemp("coloured")
        for i in range(count):
            pixels = np.random.default_rng(i).integers(0, 60, (16, 16, 3), np.uint8)
            pixels[..., i % 2] += 180
            Image.fromarray(pixels).save(root / f"{i}.png")
        return root, ["red", "green"] * (count // 2)

    return paint

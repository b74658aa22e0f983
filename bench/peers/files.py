"""Pictures of Fashion-MNIST's test part as PNG files, as people have them."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image

from bench.peers.data import fashion

COUNT = int(os.environ.get("LAMINA_BENCH_FILES", "10000"))


def write(folder: Path, part: str = "t10k", rows: int = COUNT) -> list[Path]:
    """Write the first pictures of a part under their numbers, and say where."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels, _ = fashion(part, rows)
    names = [folder / f"{i:05d}.png" for i in range(len(pixels))]
    for name, picture in zip(names, pixels, strict=True):
        Image.fromarray(picture).save(name, compress_level=1)
    return names

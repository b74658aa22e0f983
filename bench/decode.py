"""How fast a folder of photos is decoded into the store, beside Pillow alone on one thread."""

from __future__ import annotations

import io
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image as Pictures

from lamina.data.sources import open_source
from lamina.data.store import build_store
from lamina.findings import Findings
from lamina.kinds import Category, Field, Image, Schema
from lamina.train import cores

COUNT, SIZE, SIDE = 240, (1600, 1200), 64


def photo(seed: int) -> bytes:
    """A made JPEG of soft shapes."""
    draw = np.random.default_rng(seed)
    rough = Pictures.fromarray(draw.integers(0, 255, (30, 40, 3), np.uint8))
    out = io.BytesIO()
    rough.resize(SIZE, Pictures.Resampling.BICUBIC).save(out, "JPEG", quality=90)
    return out.getvalue()


def alone(files: list[bytes]) -> float:
    """Photos a second of Pillow's own decoding and shrinking, on one thread."""
    began = time.perf_counter()
    for data in files:
        with Pictures.open(io.BytesIO(data)) as opened:
            opened.convert("RGB").resize((SIDE, SIDE), Pictures.Resampling.BICUBIC)
    return len(files) / (time.perf_counter() - began)


def main() -> None:
    """Print both, and their ratio by core."""
    with ThreadPoolExecutor() as pool:
        files = list(pool.map(photo, range(COUNT)))
    with tempfile.TemporaryDirectory() as folder:
        for i, data in enumerate(files):
            path = Path(folder) / "photos" / f"c{i % 3}" / f"{i}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        table, rows = open_source(Path(folder) / "photos"), {"train": np.arange(COUNT)}
        image = Image(side=SIDE)
        schema = Schema((Field("image", image, "input"), Field("label", Category(), "target")))
        schema = schema.fit(table.columns, rows["train"])
        speeds = []
        for turn in range(3):
            one, began = alone(files), time.perf_counter()
            build_store(Path(folder) / f"store-{turn}", table, schema, rows, Findings(), lambda *_: None, cores())
            speeds.append((COUNT / (time.perf_counter() - began), one))
    ours, one = max(speeds)
    what = f"{COUNT} JPEG photos of {SIZE[0]} × {SIZE[1]} to {SIDE} × {SIDE}"
    print(f"{what}: Pillow {one:.0f} a second on one thread,", end=" ")
    print(f"the store {ours:.0f} on {cores()} core{'s' * (cores() > 1)}, {ours / one:.2f} times as many")


if __name__ == "__main__":
    main()

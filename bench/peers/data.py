"""The data of the jobs as arrays, read with numpy alone: what every peer is given."""

from __future__ import annotations

import csv
import gzip
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DATA = Path(os.environ.get("LAMINA_DATA", "../shared/data"))
Bytes, Ints, Floats = NDArray[np.uint8], NDArray[np.int64], NDArray[np.float32]


def fashion(part: str, rows: int = 0) -> tuple[Bytes, Ints]:
    """Pictures (n, 28, 28) and labels (n,) of a part, "train" or "t10k"; the first `rows` where that is not 0."""
    folder = DATA / "fashion-mnist"
    pixels = gzip.decompress((folder / f"{part}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    x = np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 28, 28)
    y = np.frombuffer(labels, np.uint8, offset=8).astype(np.int64)
    return x[: rows or None].copy(), y[: rows or None]


def cifar(part: str, rows: int = 0) -> tuple[Bytes, Ints]:
    """Pictures (n, 32, 32, 3) and labels (n,) of a part, "train" or "test", decoded from the JPEGs of the archive."""
    from PIL import Image

    pixels, labels = [], []
    with zipfile.ZipFile(DATA / "cifar10" / "cifar10-subset.zip") as inside:
        names = sorted(name for name in inside.namelist() if f"{part}/" in name and name.endswith(".jpg"))
        classes = sorted({name.split("/")[-2] for name in names})
        if rows:
            names = names[:: len(names) // rows][:rows]
        for name in names:
            pixels.append(np.asarray(Image.open(io.BytesIO(inside.read(name))).convert("RGB")))
            labels.append(classes.index(name.split("/")[-2]))
    return np.stack(pixels), np.array(labels)


def sentences(part: str, rows: int = 0) -> tuple[list[str], Ints]:
    """Sentences and labels (n,) of a part of SST-2: "train", "dev" or "test"."""
    with gzip.open(DATA / "sst" / f"stsa.binary.{part}.gz", "rt", encoding="utf-8") as lines:
        pairs = [line.rstrip("\n").split(" ", 1) for line in lines][: rows or None]
    return [text for _, text in pairs], np.array([int(label) for label, _ in pairs])


ADULT = (
    "age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation", "relationship",
    "race", "sex", "capital-gain", "capital-loss", "hours-per-week", "native-country", "income",
)  # fmt: skip
NUMBERS = ("age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week")


def adult(part: str) -> Path:
    """The file of a part, "train" or "test": no header, the columns `ADULT`, "?" for missing."""
    return DATA / "adult" / f"adult-{part}.csv.gz"


def shakespeare(rows: int = 0) -> tuple[Ints, Ints, list[str]]:
    """Characters as numbers, the first nine tenths and the last tenth of the file, and the characters there are."""
    text = (DATA / "tinyshakespeare" / "input.txt").read_text()
    letters = sorted(set(text))
    places = {letter: i for i, letter in enumerate(letters)}
    ids = np.array([places[letter] for letter in text], np.int64)
    cut = len(ids) * 9 // 10
    return ids[: rows or cut], ids[cut : cut + rows if rows else None], letters


def nats(logs: Callable[[Ints], NDArray[np.floating]], ids: Ints, length: int) -> float:
    """The mean surprise by a character; `logs` gives (n, T, V) log probabilities of what follows each of (n, T).

    Windows overlap by half, so that each character is scored once and, but for the first window's, with half a window
    of past at least.
    """
    starts = np.append(np.arange(0, len(ids) - length - 1, length // 2), len(ids) - length - 1)
    known = np.append(0, starts[:-1] + length - starts[1:])  # of each window's answers, those scored before
    total = 0.0
    for some in range(0, len(starts), 256):
        windows = ids[starts[some : some + 256, None] + np.arange(length + 1)]
        says = np.take_along_axis(logs(windows[:, :-1]), windows[:, 1:, None], 2)[..., 0]  # (n, T)
        total -= says[np.arange(length) >= known[some : some + 256, None]].sum(dtype=np.float64)
    return total / (len(ids) - 1)


def cora() -> dict[str, NDArray[np.generic]]:
    """Cora: features (n, d), labels (n,), edges (2, e) both ways, and the nodes of each part of the public split."""
    folder = DATA / "cora"

    def table(name: str, kind: type) -> NDArray[np.generic]:
        with gzip.open(folder / f"{name}.csv.gz", "rt") as lines:
            return np.array(list(csv.reader(lines)), dtype=kind)

    edges = table("raw/edge", np.int64).T
    found = {"x": table("raw/node-feat", np.float32), "y": table("raw/node-label", np.int64)[:, 0]}
    found["edges"] = np.unique(np.concatenate([edges, edges[::-1]], axis=1), axis=1)
    return found | {part: table(f"split/public/{part}", np.int64)[:, 0] for part in ("train", "valid", "test")}


def etth1() -> tuple[Floats, Floats]:
    """ETTh1, seven channels, as the papers cut it: steps to learn from (8640, 7), and the test part with the steps
    before it that a window reads (PAST + 2880, 7); both in units of the training part."""
    with gzip.open(DATA / "etth1" / "ETTh1.csv.gz", "rt") as lines:
        values = np.array([row[1:] for row in list(csv.reader(lines))[1:]], np.float32)
    mean, spread = values[:8640].mean(0), values[:8640].std(0)
    values = (values - mean) / spread
    return values[:8640], values[11520 - PAST : 14400]


PAST, AHEAD = 336, 96  # hours that a forecast reads, and those it tells


def windows(steps: Floats) -> tuple[Floats, Floats]:
    """What stands before every hour, (n, C, PAST), and what comes then, (n, C, AHEAD)."""
    whole = np.lib.stride_tricks.sliding_window_view(steps, PAST + AHEAD, axis=0)  # (n, C, PAST + AHEAD)
    return np.ascontiguousarray(whole[..., :PAST]), np.ascontiguousarray(whole[..., PAST:])

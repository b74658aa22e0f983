"""What is easily reached on pictures that are learned from themselves: principal components, independent pixels, a
normal for each class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...kinds import Image
from ...rng import Rng, generator, key
from .task import Baseline, Task

ROWS = 20_000  # training pictures that are looked at
USUAL_CODE = 32
PARTS = 50  # principal components of a class's normal

Floats = NDArray[np.float64]


def components(task: Task, seconds: float | None) -> list[Baseline]:
    """Principal components, as many as the net's code has numbers: the best straight way to a code and back."""
    from sklearn.decomposition import PCA

    del seconds
    name = task.schema.target.name
    pictures = flat(_some(task, task.target))
    count = min(task.code or USUAL_CODE, *pictures.shape)
    pca = PCA(count, svd_solver="randomized", random_state=task.seed % 2**32).fit(pictures)
    mean = pictures.mean(0)

    def answer(inputs: Any) -> Floats:
        rows = flat(inputs[name])
        back = pca.inverse_transform(pca.transform(rows))
        return _figures(np.square(rows - back).mean(1))

    def average(inputs: Any) -> Floats:
        return _figures(np.square(flat(inputs[name]) - mean).mean(1))

    return [
        Baseline("mean picture", "the same picture for every row", len(pictures), average),
        Baseline("pca", f"{count} principal components, as many as the code has numbers", len(pictures), answer),
    ]


def independent_pixels(task: Task, seconds: float | None) -> list[Baseline]:
    """Each pixel white as often as it is in training, whatever the others are."""
    del seconds
    name, pictures = task.schema.target.name, flat(_some(task, task.target))
    share = (pictures.sum(0) + 0.5) / (len(pictures) + 1)  # never quite 0 or 1

    def answer(inputs: Any) -> Floats:
        rows = flat(inputs[name]) > Rng(key(task.seed, "binarise")).uniform(*flat(inputs[name]).shape).numpy()
        nats = -(rows @ np.log(share) + (1 - rows) @ np.log1p(-share))
        return np.stack([nats, np.ones(len(nats)), nats], axis=1)

    return [Baseline("independent pixels", "a chance of white for each pixel alone", len(pictures), answer)]


def class_pictures(task: Task, seconds: float | None) -> list[Baseline]:
    """The mean picture of a class, again and again, and draws from a normal fitted to it."""
    from sklearn.decomposition import PCA

    del seconds
    kind = task.kind
    assert isinstance(kind, Image)
    if not task.inputs:
        return []  # of no class, so there is nothing to make one picture of
    shape = (-1, kind.height, kind.width, kind.channels)
    codes = next(iter(task.inputs.values()))[:, 0]
    picked = _places(task, len(codes))
    pictures, codes = flat(task.target[picked]), codes[picked]
    means = {int(c): pictures[codes == c].mean(0) for c in np.unique(codes)}
    fallback = pictures.mean(0)
    normals = {}
    for code, mean in means.items():
        own = pictures[codes == code]
        if len(own) > 2:
            parts = min(PARTS, len(own) - 1, own.shape[1])
            normals[code] = (mean, PCA(parts, random_state=task.seed % 2**32).fit(own))

    def asked(inputs: Any) -> list[int]:
        return [int(c) for c in next(iter(inputs.values()))[:, 0]]

    def as_pictures(rows: list[Floats]) -> Floats:
        made: Floats = np.clip(np.stack(rows), 0, 1).reshape(shape).transpose(0, 3, 1, 2)
        return made

    def same(inputs: Any) -> Floats:
        return as_pictures([means.get(c, fallback) for c in asked(inputs)])

    def drawn(inputs: Any) -> Floats:
        draw, rows = generator(task.seed, "normal"), []
        for code in asked(inputs):
            mean, pca = normals.get(code, (fallback, None))
            noise = draw.standard_normal(pca.n_components_) * np.sqrt(pca.explained_variance_) if pca else None
            rows.append(mean if pca is None else mean + noise @ pca.components_)
        return as_pictures(rows)

    return [
        Baseline("one picture a class", "the mean picture of the class, every time", len(pictures), same),
        Baseline("normal", f"a normal for each class, along {PARTS} directions", len(pictures), drawn),
    ]


def flat(pictures: NDArray[Any]) -> Floats:
    """Bytes (n, H, W, C) as shares of white, one row a picture."""
    return pictures.reshape(len(pictures), -1).astype(np.float64) / 255


def _some(task: Task, pictures: NDArray[Any]) -> NDArray[Any]:
    return pictures[_places(task, len(pictures))]


def _places(task: Task, rows: int) -> NDArray[np.int64]:
    """Training rows that are looked at, in order."""
    return np.sort(generator(task.seed, "pictures").permutation(rows)[:ROWS]).astype(np.int64)


def _figures(error: Floats) -> Floats:
    return np.stack([error, np.ones(len(error))], axis=1)

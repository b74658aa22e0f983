"""The baseline of pictures and texts: which words go with which pixels, by a ridge regression."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]

from ...kinds import Text
from ...ragged import Rows
from ..features import Features
from .task import Baseline, Inputs, Task

PENALTY = 100.0


def words_from_pixels(task: Task, seconds: float | None) -> list[Baseline]:
    """Each word of the texts foreseen from shrunk pictures; a text is as near as its words point the same way."""
    from sklearn.linear_model import Ridge

    del seconds
    kind = task.kind
    assert isinstance(kind, Text)
    features, words = Features(task.slots, task.inputs), bagged(task.target, len(kind.vocab))
    middle = words.mean(0)
    with threadpool_limits(1):
        model = Ridge(PENALTY).fit(features(task.inputs), words - middle)

    def answer(inputs: Inputs) -> NDArray[Any]:
        made: NDArray[Any] = model.predict(features(inputs))
        return made

    n = len(task.target)
    return [Baseline("words from pixels", f"a ridge regression from pixels to words; {n:,} rows", n, answer)]


def bagged(ids: Rows, vocab: int) -> NDArray[np.float64]:
    """Which words each text has, as unit vectors (n, V)."""
    made = np.zeros((len(ids), vocab))
    for row, text in zip(made, ids, strict=True):
        row[np.asarray(text, np.int64)] = 1
    unit: NDArray[np.float64] = made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-9)
    return unit

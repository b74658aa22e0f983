"""What finding answers in a text has to beat: a stretch by chance, and the sentence most like the question."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...kinds.span import Span
from ...rng import generator
from .task import Baseline, Inputs, Task

ENDS = (".", "?", "!", "▁.", "▁?", "▁!")
Ints = NDArray[np.int64]


def spans(task: Task, seconds: float | None) -> list[Baseline]:
    """A stretch of the mean length anywhere in the text; the sentence with the most words of the question."""
    del seconds
    kind, slots = task.kind, task.slots
    assert isinstance(kind, Span)
    asked, read = slots[0].name, slots[-1].name
    long, ends = max(1, round(kind.mean)), [kind.of.numbers[sign] for sign in ENDS if sign in kind.of.numbers]

    def chance(inputs: Inputs) -> Ints:
        lengths = inputs[read].lengths
        first = (generator(task.seed, "spans").random(len(lengths)) * np.maximum(1, lengths - long + 1)).astype(
            np.int64
        )
        return np.stack([first, np.minimum(first + long, np.maximum(lengths, 1)) - 1], 1)

    def sentence(inputs: Inputs) -> Ints:
        pairs = zip(inputs[asked], inputs[read], strict=True)
        return np.array([_nearest(question, text, ends) for question, text in pairs], np.int64).reshape(-1, 2)

    n = len(task.target)
    told = f"{long} tokens anywhere in the text, as long as the mean of {n:,} answers"
    return [
        Baseline("chance", told, n, chance),
        Baseline("nearest sentence", "the sentence that shares most tokens with the question", 0, sentence),
    ]


def _nearest(question: NDArray[np.int32], text: NDArray[np.int32], ends: list[int]) -> tuple[int, int]:
    """The first and the last token of the sentence with the most different tokens of the question."""
    cuts = [0, *(np.flatnonzero(np.isin(text, ends)) + 1).tolist(), len(text)]
    found = [(a, b - 1) for a, b in pairwise(cuts) if b > a] or [(0, 0)]
    return max(found, key=lambda pair: len(np.intersect1d(question, text[pair[0] : pair[1] + 1])))

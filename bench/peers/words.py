"""Sentences as numbers: the words of training, cut at blanks; what the neural systems of SST-2 read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

ABSENT, UNKNOWN = 0, 1  # past the end of a sentence; a word that training does not have


def vocabulary(texts: Iterable[str], most: int = 20_000) -> dict[str, int]:
    """The commonest words with their numbers, from 2 on."""
    counts = Counter(word for text in texts for word in text.split())
    return {word: i for i, (word, _) in enumerate(counts.most_common(most - 2), 2)}


def numbers(texts: Sequence[str], known: dict[str, int], length: int = 64) -> NDArray[np.int32]:
    """Sentences as rows of numbers (n, length), filled up at their end."""
    found = np.full((len(texts), length), ABSENT, np.int32)
    for row, text in zip(found, texts, strict=True):
        ids = [known.get(word, UNKNOWN) for word in text.split()[:length]]
        row[: len(ids)] = ids
    return found

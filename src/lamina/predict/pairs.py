"""What is said of pictures: the texts that rows bring with them, and which of them is nearest to each picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..data.table import Table
from ..errors import KindError
from ..kinds import Kind
from ..kinds.base import values_of

Floats = NDArray[np.float64]


def texts_of(table: Table, name: str) -> list[str]:
    """The different texts that rows bring, to choose among. Raises KindError where there are none."""
    found = values_of(table.columns[name].take(np.arange(len(table)))) if name in table.columns else []
    texts = list(dict.fromkeys(str(value) for value in found if value))
    if not texts:
        raise KindError(
            f'{table.name} has no texts in a column "{name}" to choose among',
            expected=f'a table with the pictures, and a column "{name}" in which each text stands once at least',
        )
    return texts


def nearness(head: Any, kind: Kind, vectors: NDArray[Any], texts: Sequence[str]) -> NDArray[Any]:
    """Logits (n, S): how near vectors (n, J) of pictures are to texts."""
    with torch.inference_mode():
        words = head.written(kind.collate(kind.encode(list(texts)).array))
        made: NDArray[Any] = head.near(torch.from_numpy(np.asarray(vectors, np.float32)), words).numpy()
    return made


def chosen(near: NDArray[Any], texts: Sequence[str]) -> list[tuple[str, dict[str, float]]]:
    """The nearest text of each row of logits (n, S), and the chance of each."""
    shares = np.exp(near - near.max(1, keepdims=True))
    shares = shares / shares.sum(1, keepdims=True)
    return [(texts[int(row.argmax())], dict(zip(texts, map(float, row), strict=True))) for row in shares]

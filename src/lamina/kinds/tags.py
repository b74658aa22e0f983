"""Tags: several labels at once, or none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import KindError
from .base import Column, Encoded, Ints, Kind, pieces, values_of


@dataclass(frozen=True)
class Tags(Kind):
    """A set of labels, as a list or as text with a separator. Encoded as uint8 (labels,), 1 where the label is on.

    Decoded at `threshold` of each label's probability. A label never seen in training is counted, not learned.
    """

    slot: ClassVar[str | None] = None
    says: ClassVar[str] = "several labels at once: topics of an article, things in a picture"

    labels: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    separator: str = ";"
    threshold: float = 0.5

    def fit(self, column: Column, rows: Ints) -> Self:
        taken = (values_of(column.take(piece)) for piece in pieces(rows))
        seen = Counter(tag for values in taken for value in values for tag in self.split(value))
        labels = self.labels or tuple(sorted(seen))
        if not labels:
            raise KindError(f'column "{column.name}" holds no tag in {len(rows):,} training rows', expected="some tags")
        return replace(self, labels=labels, counts=tuple(seen.get(label, 0) for label in labels))

    def split(self, value: Any) -> list[str]:
        """The tags of one raw value, in order, each once."""
        parts = value.split(self.separator) if isinstance(value, str) else (value or [])
        return list(dict.fromkeys(str(part).strip() for part in parts if str(part).strip()))

    def encode(self, values: Any) -> Encoded:
        place = {label: i for i, label in enumerate(self.labels)}
        rows = values_of(values)
        array = np.zeros((len(rows), len(self.labels)), dtype=np.uint8)
        unseen = 0
        for i, value in enumerate(rows):
            for tag in self.split(value):
                if tag in place:
                    array[i, place[tag]] = 1
                else:
                    unseen += 1
        return Encoded(array, converted={"tags never seen in training": unseen} if unseen else {})

    def collate(self, array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(array.astype(np.float32))

    def decode(self, output: Tensor) -> list[list[str]]:
        """(B, labels) probabilities to the labels at or over the threshold."""
        return [[self.labels[i] for i in row.nonzero().flatten().tolist()] for row in output >= self.threshold]

    def chances(self, row: Any) -> dict[str, float]:
        return dict(zip(map(str, self.labels), map(float, row), strict=True))

    def show(self, value: Any) -> str:
        return ", ".join(self.split(value)) or "none"

    def summary(self) -> str:
        return f"{len(self.labels):,} labels"

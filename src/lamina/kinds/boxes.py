"""Boxes: where things are in a picture, and what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import KindError
from ..ragged import Ragged
from .base import Column, Encoded, Ints, Kind, values_of
from .image import SAMPLE, Image, size_of

NOTHING = -1.0  # the class of a place that pads a row


@dataclass(frozen=True)
class Boxes(Kind):
    """The things in a picture. Encoded as float32 (boxes, 5): class, left, upper, right and lower edge, in pixels of
    the picture as it is squeezed beside them.

    A raw value is {"width", "height", "boxes": [{"label", "x0", "y0", "x1", "y1"}, …]}, in pixels of the picture as
    the user has it. `side` and `most` mean what they mean for an Image, which is squeezed the same way. `sizes` are
    the mean width and height of a box by class, `many` the most boxes of a training picture.
    """

    says: ClassVar[str] = "where things are in a picture: boxes with a class each"
    placed: ClassVar[bool] = True

    side: int = 0
    most: int = 0
    height: int = 0
    width: int = 0
    labels: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    sizes: tuple[tuple[float, float], ...] = ()
    many: int = 0

    def fit(self, column: Column, rows: Ints) -> Self:
        values = [value for value in values_of(column.take(rows)) if value]
        seen = Counter(box["label"] for value in values for box in value["boxes"])
        labels = self.labels or tuple(sorted(seen))
        if not labels:
            raise KindError(
                f'column "{column.name}" holds no box in {len(rows):,} training pictures', expected="some boxes"
            )
        picked = np.linspace(0, len(values) - 1, min(SAMPLE, len(values))).astype(np.int64)  # as an Image picks
        pictures = [(values[i]["width"], values[i]["height"]) for i in picked]
        shape = Image(side=self.side, most=self.most).common_shape(pictures)
        kind = replace(self, height=shape[0], width=shape[1], labels=labels)
        held = kind.encode(values).array.values  # type: ignore[union-attr]
        sides = held[:, 3:] - held[:, 1:3]
        sizes = [sides[held[:, 0] == code].mean(0) if seen[label] else (0, 0) for code, label in enumerate(labels)]
        return replace(
            kind,
            counts=tuple(seen[label] for label in labels),
            sizes=tuple((float(wide), float(high)) for wide, high in sizes),
            many=max(len(value["boxes"]) for value in values),
        )

    def encode(self, values: Any) -> Encoded:
        place = {label: i for i, label in enumerate(self.labels)}
        rows: list[NDArray[Any]] = []
        bad: dict[int, str] = {}
        for i, value in enumerate(values_of(values)):
            row = np.zeros((0, 5), np.float32)
            if value is None:
                bad[i] = "nothing says what is in the picture"
            elif strange := [box["label"] for box in value["boxes"] if box["label"] not in place]:
                bad[i] = f'a box of the class "{strange[0]}", which no training picture has'
            elif value["boxes"]:
                along, down = self.width / value["width"], self.height / value["height"]
                found = [[place[b["label"]], b["x0"], b["y0"], b["x1"], b["y1"]] for b in value["boxes"]]
                row = np.array(found, np.float32) * np.array([1, along, down, along, down], np.float32)
            rows.append(row)
        return Encoded(Ragged.of(rows, np.float32, (5,)), bad)

    def collate(self, array: Ragged) -> Tensor:
        """(B, boxes, 5), of class -1 after the last box of a row."""
        return torch.from_numpy(array.padded(NOTHING))

    def decode(self, output: Any) -> list[list[dict[str, Any]]]:
        """Rows (boxes, 6) of class, edges and score to lists of {"label", "score", "box": [x0, y0, x1, y1]}, the
        surest first."""
        made = []
        for row in output:
            found = np.asarray(row, dtype=np.float64)
            made.append(
                [
                    {"label": self.labels[int(code)], "score": round(score, 4), "box": [round(x, 2) for x in edges]}
                    for code, *edges, score in found.tolist()
                ]
            )
        return made

    def onto(self, value: Any, inputs: Sequence[Any]) -> list[dict[str, Any]]:
        """The boxes in the pixels of their picture."""
        wide, high = size_of(inputs[0])
        along, down = wide / self.width, high / self.height
        scale = (along, down, along, down)
        return [{**one, "box": [round(x * s, 2) for x, s in zip(one["box"], scale, strict=True)]} for one in value]

    def show(self, value: Any) -> str:
        if isinstance(value, np.ndarray):
            counts = Counter(self.labels[int(code)] for code in value[:, 0])
        else:
            boxes = value["boxes"] if isinstance(value, dict) else value or []
            counts = Counter(box["label"] for box in boxes)
        return ", ".join(f"{count} × {label}" for label, count in sorted(counts.items())) or "nothing"

    def summary(self) -> str:
        return f"{len(self.labels)} classes, up to {self.many} in a picture of {self.height} × {self.width}"

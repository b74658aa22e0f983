"""What a plate of the report is made of, and what it is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures

from ..data.table import Table
from ..kinds import Schema
from ..predict import Predictor
from ..rng import generator
from .score import Truth

ROWS = 12
POINTS = 200  # of a curve, at most


@dataclass(frozen=True)
class Line:
    """One curve of a chart: points (x, y), drawn as "line", "said", "faint", "ideal" or "dots"; or a "band", along one
    edge and back along the other."""

    name: str
    points: Sequence[tuple[float, float]]
    look: str = "line"


@dataclass(frozen=True)
class Item:
    """One thing on a plate: a picture, named texts, or a chart of several curves, with a caption."""

    caption: str = ""
    picture: Pictures.Image | None = None
    texts: tuple[tuple[str, str], ...] = ()
    lines: tuple[Line, ...] = ()
    axes: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Plate:
    """Things that are looked at together, under a title."""

    title: str
    items: tuple[Item, ...]
    says: str = ""


@dataclass(frozen=True)
class Shown:
    """What plates are made from: the scored rows of a table, their truth, the answers as scored (`answer`) and as the
    user knows them (`values`), and the predictor, for a plate that asks it something more."""

    schema: Schema
    table: Table
    truth: Truth
    answer: Any
    values: Sequence[Any]
    predictor: Predictor
    seed: int = 0
    extra: dict[str, Any] = field(default_factory=dict)

    def some(self, count: int = ROWS) -> NDArray[np.int64]:
        """Some of the rows, by their place among the scored ones, the same whenever the seed is."""
        n = len(self.truth.rows)
        return np.sort(generator(self.seed, "plates").permutation(n)[:count]).astype(np.int64)


def points(values: NDArray[Any], start: int = 0) -> list[tuple[float, float]]:
    """Some of the values (n,) of a curve by their place, counted from `start`; what is not finite is left out."""
    every = max(1, -(-len(values) // POINTS))
    return [(float(start + i), float(values[i])) for i in range(0, len(values), every) if np.isfinite(values[i])]

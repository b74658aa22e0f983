"""What every kind of value can do, and what a column of raw values is."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from torch import Tensor

Ints = NDArray[np.int64]


class Column(Protocol):
    """A named column of raw values, read by row; nothing is decoded before `take`.

    `holds` is "files" (each value the bytes of a file), "arrays" (each value a numpy array) or "values"
    (a pyarrow array). `where(row)` says where a row came from: a path, or a file and line.
    """

    @property
    def name(self) -> str: ...
    @property
    def holds(self) -> str: ...
    def __len__(self) -> int: ...
    def take(self, rows: Ints) -> Any: ...
    def where(self, row: int) -> str: ...


class Unreadable(bytes):
    """What stands in for the bytes of a file that cannot be read: none, with the reason."""

    reason: str

    def __new__(cls, reason: str = "") -> Self:
        empty = super().__new__(cls)
        empty.reason = reason
        return empty

    def __reduce__(self) -> tuple[type[Unreadable], tuple[str]]:
        return Unreadable, (self.reason,)


@dataclass(frozen=True)
class Encoded:
    """Values as numbers: one entry of `array` for each, the reason for each that cannot be used (its entry is then
    filler), and how often something was converted on the way."""

    array: NDArray[Any]
    bad: dict[int, str] = field(default_factory=dict)
    converted: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind(ABC):
    """What one value is. Declared by name, completed by `fit` on training rows, frozen and plain JSON from then on.

    `slot`: columns of kinds with the same slot stand side by side in one array (B, columns) of that name;
    None gives each column an array of its own.
    """

    slot: ClassVar[str | None] = None
    says: ClassVar[str] = ""

    @abstractmethod
    def fit(self, column: Column, rows: Ints) -> Self:
        """The kind completed from the training rows of a column. Raises KindError when they do not hold it."""

    @abstractmethod
    def encode(self, values: Any) -> Encoded:
        """Raw values, as `Column.take` gives them, to numbers; the first axis is the value."""

    @abstractmethod
    def collate(self, array: NDArray[Any]) -> Tensor:
        """Encoded rows of a batch to the tensor a model is given."""

    def absent(self, array: NDArray[Any]) -> NDArray[np.bool_]:
        """Which encoded rows hold no value; a target may not be absent."""
        return np.zeros(len(array), dtype=bool)

    @abstractmethod
    def decode(self, output: Tensor) -> list[Any]:
        """What a head's decoding gives for this kind, to values as the user knows them."""

    def in_units(self, array: NDArray[Any]) -> NDArray[Any]:
        """Encoded targets or a head's decoding, in the user's units: probabilities and codes stay as they are."""
        return array

    def show(self, value: Any) -> Pictures.Image | str:
        """A value as a picture or a short text, for a report."""
        return str(value)

    def summary(self) -> str:
        """The fitted kind in a few words: "10 classes", "28 × 28 grey"."""
        return ""

    def to_json(self) -> dict[str, Any]:
        """The kind as plain JSON, its name under "kind"."""
        return {"kind": type(self).__name__, **dataclasses.asdict(self)}


def values_of(values: Any) -> Sequence[Any]:
    """Raw values as a Python list, from a pyarrow array or any sequence."""
    return values.to_pylist() if hasattr(values, "to_pylist") else list(values)

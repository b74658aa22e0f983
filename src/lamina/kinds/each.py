"""Each: one value of another kind for every token, node or frame of a row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import KindError
from ..ragged import Ragged, Rows
from .base import Column, Encoded, Ints, Kind
from .category import Category

NOTHING = -1  # where a padded row has no value
OUTSIDE = "O"  # the label of what is no part of an entity
MARK = re.compile(r"[BIESLU]-.+")  # of a label: where in an entity, and of which type


@dataclass(frozen=True)
class Flat:
    """All values of a column of lists, one after the other, as a column."""

    name: str
    column: Column
    rows: Ints
    holds: str = "values"

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: Ints) -> Any:
        """The values of all rows; which are asked for does not matter."""
        del rows
        return _flat(self.column.take(self.rows))

    def where(self, row: int) -> str:
        """Where a row came from."""
        return self.column.where(row)


@dataclass(frozen=True)
class Each(Kind):
    """A list of labels in each row, one for every token of the text beside it. Encoded as codes (T,), -1 for a label
    that training never saw."""

    slot: ClassVar[str | None] = None
    says: ClassVar[str] = "one label for every word of a text: parts of speech, entities"

    of: Category = field(default_factory=Category)

    @property
    def marks(self) -> bool:
        """Whether labels mark entities, as B-person, I-person and O do: where one begins and how far it goes."""
        inside = [str(label) for label in self.of.labels if label != OUTSIDE]
        return any(x.startswith("B-") for x in inside) and all(MARK.fullmatch(x) for x in inside)

    def fit(self, column: Column, rows: Ints) -> Self:
        return replace(self, of=self.of.fit(Flat(column.name, column, rows), np.arange(len(rows))))

    def encode(self, values: Any) -> Encoded:
        array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
        array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
        if not pa.types.is_list(array.type) and not pa.types.is_large_list(array.type):
            raise KindError(f"values of type {array.type} are no lists", expected="a list of labels in each row")
        lengths = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        codes = np.asarray(self.of.encode(array.flatten()).array)
        return Encoded(Ragged.packed(codes, lengths))

    def collate(self, array: Ragged) -> Tensor:
        """(B, T) codes, -1 after the end of a row and where a label is unknown."""
        return torch.from_numpy(array.padded(NOTHING).astype(np.int64))

    def absent(self, array: Ragged) -> NDArray[np.bool_]:
        return array.empty

    def decode(self, output: Any) -> list[list[Any]]:
        """Probabilities, a Ragged (T, classes), to the likeliest label of each place."""
        return [[self.of.labels[int(c)] for c in row.argmax(-1)] for row in output]

    def misfits(self, encoded: Rows, inputs: Mapping[str, Rows]) -> dict[int, str]:
        """Rows with more or fewer labels than their text has tokens."""
        out: dict[int, str] = {}
        for array in inputs.values():
            if isinstance(array, Ragged) and isinstance(encoded, Ragged):
                for i in np.flatnonzero(array.lengths != encoded.lengths).tolist():
                    out[i] = f"{encoded.lengths[i]} labels stand beside {array.lengths[i]} tokens"
        return out

    def show(self, value: Any) -> str:
        return "" if value is None else " ".join(map(str, value))

    def summary(self) -> str:
        return f"{self.of.summary()}, one a token"

    def to_json(self) -> dict[str, Any]:
        inner = self.of.to_json()
        return {"kind": "Each", "of": {name: value for name, value in inner.items() if name != "kind"}}


def _flat(values: Any) -> Any:
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return array.flatten()

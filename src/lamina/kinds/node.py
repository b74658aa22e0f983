"""Node: one of the nodes of a graph that all rows share, and Relation: one of the ways two of them may be joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import KindError
from ..ragged import Ragged, Rows
from .base import Column, Encoded, Ints, Kind, values_of

SLOT = ":nodes"
LIKELIEST = 10  # nodes that an answer names with their chances


@dataclass(frozen=True)
class Node(Kind):
    """A node by its name, or by its number where `names` are none and `count` says how many there are.

    Encoded as its number, -1 for a name that the graph does not have. A target may be a list: the answer, and after it
    other nodes that are true as well and are not counted against an answer; it is encoded as a ragged row of them.
    """

    slot: ClassVar[str | None] = SLOT
    says: ClassVar[str] = "one of the nodes of a graph that all rows share: a paper, a person"

    names: tuple[str, ...] = ()
    count: int = 0

    def fit(self, column: Column, rows: Ints) -> Self:
        del rows
        if not self.size:
            raise KindError(
                f'column "{column.name}" names nodes, and there is no graph',
                expected="a source that holds a graph: nodes and edges",
            )
        return self

    @property
    def size(self) -> int:
        """How many nodes the graph has."""
        return len(self.names) or self.count

    def encode(self, values: Any) -> Encoded:
        rows = values_of(values)
        several = _is_list(values)
        flat = [name for row in rows for name in (row or [None])] if several else rows
        numbers = self._numbers(flat)
        lengths = np.array([max(len(row or []), 1) if several else 1 for row in rows], np.int64)
        first = np.cumsum(lengths) - lengths
        bad = {
            i: "no node is named" if flat[first[i]] is None else f'"{flat[first[i]]}" is no node of the graph'
            for i in np.flatnonzero(numbers[first] < 0).tolist()
        }
        return Encoded(Ragged.packed(numbers, lengths) if several else numbers, bad)

    def _numbers(self, names: Sequence[Any]) -> Ints:
        if self.names:
            place = {name: i for i, name in enumerate(self.names)}
            return np.array([place.get(str(name), -1) for name in names], np.int64)
        numbers = np.array([int(name) if str(name).isdigit() else -1 for name in names], np.int64)
        return np.where(numbers < self.count, numbers, -1)

    def collate(self, array: Rows) -> Tensor:
        """Inputs (B, columns), targets (B,): of a list only the answer, for what else is true is for scores."""
        return torch.from_numpy(_first(array).astype(np.int64))

    def absent(self, array: Rows) -> NDArray[np.bool_]:
        gone: NDArray[np.bool_] = _first(array) < 0
        return gone

    def decode(self, output: Tensor) -> list[Any]:
        """(B, V) chances to the likeliest node."""
        best = output.argmax(1).tolist() if len(output) else []
        return [self.names[i] if self.names else i for i in best]

    def likeliest(self, row: Any) -> dict[str, float]:
        """Ten nodes, the likeliest first: a graph may have millions."""
        best = np.argsort(-np.asarray(row), kind="stable")[:LIKELIEST]
        return {str(self.names[i] if self.names else i): float(row[i]) for i in best}

    def reference(self, values: Any, encoded: Rows) -> Ragged:
        """The answer and what else is true, a ragged row."""
        del values
        return encoded if isinstance(encoded, Ragged) else Ragged.packed(encoded, np.ones(len(encoded), np.int64))

    def show(self, value: Any) -> str:
        return str(value[0] if isinstance(value, list | tuple) and value else value)

    def summary(self) -> str:
        return f"one of {self.size:,} nodes"


@dataclass(frozen=True)
class Relation(Kind):
    """One of the ways in which two nodes may be joined. Encoded as its place in `names`, -1 where it is none."""

    slot: ClassVar[str | None] = SLOT
    says: ClassVar[str] = "how two nodes of a graph are joined: cites, treats, is a kind of"

    names: tuple[str, ...] = ()

    def fit(self, column: Column, rows: Ints) -> Self:
        del rows
        if not self.names:
            raise KindError(
                f'column "{column.name}" names relations, and there is no graph',
                expected="a source that holds a graph: triples of a node, a relation and a node",
            )
        return self

    def encode(self, values: Any) -> Encoded:
        place = {name: i for i, name in enumerate(self.names)}
        rows = values_of(values)
        numbers = np.array([place.get(str(name), -1) for name in rows], np.int64)
        return Encoded(
            numbers, {i: f'"{rows[i]}" is no relation of the graph' for i in np.flatnonzero(numbers < 0).tolist()}
        )

    def collate(self, array: NDArray[Any]) -> Tensor:
        """(B, columns)"""
        return torch.from_numpy(array)

    def decode(self, output: Tensor) -> list[str]:
        """(B, relations) chances to the likeliest relation."""
        return [self.names[i] for i in output.argmax(1).tolist()]

    def summary(self) -> str:
        return f"one of {len(self.names):,} relations"


def _first(array: Rows) -> NDArray[Any]:
    return array.values[array.starts] if isinstance(array, Ragged) else array


def _is_list(values: Any) -> bool:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return bool(pa.types.is_list(values.type) or pa.types.is_large_list(values.type))
    return bool(len(values)) and isinstance(values[0], list | tuple)

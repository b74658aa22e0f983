"""Alike: which class a row is of, where the classes of new rows are not those of training and are told by examples."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import KindError
from .base import Column, Encoded, Ints, Kind, Link, values_of

WAYS = 20  # classes of an episode, where rows do not say which episode they are of
NAME, EPISODE, EXAMPLE = range(3)  # columns of the truth


@dataclass(frozen=True)
class Alike(Kind):
    """A class by its name, of which nothing is known but which rows share it; encoded as a number that the name alone
    decides, so that classes which training never saw have one too.

    A raw value is a name, or {"name", "episode", "example"}: rows of one episode are answered from its examples.
    """

    says: ClassVar[str] = "a class told by a few examples: new ones may come at any time"

    classes: int = 0  # of training
    rows: int = 0  # of training

    def fit(self, column: Column, rows: Ints) -> Self:
        counts = Counter(name for name, _, _ in raw_parts(column.take(rows)) if name)
        if sum(n > 1 for n in counts.values()) < 2:
            raise KindError(
                f'column "{column.name}" holds {len(counts):,} classes in {len(rows):,} training rows, and no two of '
                "them twice",
                expected="two classes at least with two rows each: one to be the example, one to be asked for",
            )
        return replace(self, classes=len(counts), rows=len(rows))

    def encode(self, values: Any) -> Encoded:
        """Names to numbers (n,) int64, -1 for none."""
        return Encoded(np.array([number_of(name) for name, _, _ in raw_parts(values)], np.int64))

    def collate(self, array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(array.astype(np.int64))

    def absent(self, array: NDArray[Any]) -> NDArray[np.bool_]:
        gone: NDArray[np.bool_] = array < 0
        return gone

    def decode(self, output: Any) -> list[Any]:
        """Vectors (B, D), a list of numbers each: which class one is of, examples tell."""
        return [row.tolist() for row in output]

    def reference(self, values: Any, encoded: Any) -> NDArray[np.int64]:
        """Number of the name, episode, and whether the row is an example, (n, 3).

        Rows that are of no episode become some: twenty classes each as they come, the first row of a class its example.
        """
        parts = raw_parts(values)
        made = np.zeros((len(parts), 3), np.int64)
        made[:, NAME] = encoded
        plain = [i for i, (name, episode, _) in enumerate(parts) if name and not episode]
        seen = list(dict.fromkeys(parts[i][0] for i in plain))
        ways = max(1, -(-len(seen) // max(1, round(len(seen) / WAYS))))
        turn = {name: place // ways for place, name in enumerate(seen)}
        met: set[str] = set()
        for i, (name, episode, example) in enumerate(parts):
            if episode:
                made[i, EPISODE:] = number_of(episode), example
            elif name:
                made[i, EPISODE:] = turn[name], name not in met
                met.add(name)
        return made

    def show(self, value: Any) -> str:
        return str(value["name"] if isinstance(value, dict) else value)

    def summary(self) -> str:
        return f"{self.classes:,} classes in {self.rows:,} rows, others to be told by examples"

    def linked(self, inputs: Sequence[Kind]) -> Link:
        del inputs
        return "alike"


def raw_parts(values: Any) -> list[tuple[str, str, bool]]:
    """Name, episode and whether it is an example, of each raw value; "" for what is not said."""
    made = []
    for value in values_of(values):
        if isinstance(value, dict):
            made.append((str(value.get("name") or ""), str(value.get("episode") or ""), bool(value.get("example"))))
        else:
            made.append(("" if value is None else str(value), "", False))
    return made


def number_of(name: str) -> int:
    """A number of 62 bits for a name, -1 for none."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little") >> 2 if name else -1

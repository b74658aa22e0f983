"""Classes told by examples: what the rows that are handed over together say of each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.table import Table
from ..errors import KindError
from ..kinds import Alike, Schema
from ..kinds.alike import number_of, raw_parts
from ..metrics.alike import chances

Shares = dict[str, float]


def told_of(table: Table, schema: Schema) -> Any:
    """The column that says which rows are examples of what. Raises KindError where there is none."""
    name = schema.target.name
    if name in table.columns:
        return table.columns[name].take(np.arange(len(table)))
    found = [known for known, kind in table.kinds.items() if isinstance(kind, Alike)]
    if not found:
        raise KindError(
            f'{table.name} has no column "{name}", and so no examples',
            expected=f'rows whose "{name}" is said, the examples, beside rows where it is empty, which are asked; or a '
            "folder with pictures in training/ and test/",
        )
    return table.columns[found[0]].take(np.arange(len(table)))


def by_examples(values: Any, vectors: NDArray[Any]) -> list[tuple[str | None, Shares]]:
    """What each row is and with what chances, from raw values and vectors (n, D); an example is what it is said to be.

    Rows without an episode are one, in which those with a name are the examples. None for a row without examples.
    """
    parts = raw_parts(values)
    shown = [example if episode else bool(name) for name, episode, example in parts]
    truth = np.zeros((len(parts), 3), np.int64)
    for row, (name, episode, _), example in zip(truth, parts, shown, strict=True):
        row[:] = number_of(name), max(0, number_of(episode)), example
    names = {number_of(name): name for name, _, _ in parts if name}
    answers: list[tuple[str | None, Shares]] = [
        (name if example else None, {}) for (name, _, _), example in zip(parts, shown, strict=True)
    ]
    for places, classes, shares in chances(truth, vectors):
        for place, row in zip(places.tolist(), shares, strict=True):
            told = {names[int(code)]: float(share) for code, share in zip(classes, row, strict=True)}
            answers[place] = (max(told, key=lambda name: told[name]), told)
    return answers

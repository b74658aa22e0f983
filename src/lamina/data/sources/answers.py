"""An answer that comes as several columns of 0 and 1: a class where one is on in each row, else labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...errors import SourceError
from ...findings import Findings
from ...kinds import Category, Column, Kind, Tags
from ..table import Values


def one_answer(
    name: str, columns: Mapping[str, Column], labels: Sequence[Any], tags: bool, findings: Findings
) -> tuple[Values, Kind]:
    """The columns as one, under a name: the label of the one that is on, or with `tags` a list of any number of them.

    Where no `tags` are known of, every row with one label is a class. Raises SourceError for other values than 0 and 1.
    """
    on, origin = _on(name, columns, labels), getattr(next(iter(columns.values())), "origin", "")
    said = f'"{name}" is {len(columns)} columns of 0 and 1'
    named = f"{labels[0]}, {labels[1]} …"
    if not tags and (on.sum(1) == 1).all():
        findings.warn("one-hot", f"{said}, one of them 1 in each row: it is read as a class, {named}")
        return Values(name, pa.chunked_array([pa.array(labels).take(pa.array(on.argmax(1)))]), origin), Category()
    findings.warn("labels on", f"{said}: it is read as a list of labels in each row, {named}")
    ends = np.concatenate([[0], on.sum(1).cumsum()]).astype(np.int32)
    each = pa.array([str(label) for label in labels]).take(pa.array(on.nonzero()[1]))
    return Values(name, pa.chunked_array([pa.ListArray.from_arrays(pa.array(ends), each)]), origin), Tags()


def _on(name: str, columns: Mapping[str, Column], labels: Sequence[Any]) -> NDArray[np.bool_]:
    """Where columns hold 1, (rows, columns). Raises SourceError for what is neither 0 nor 1."""
    held = [column.array.to_numpy() for column in columns.values() if isinstance(column, Values)]
    texts = any(array.dtype.kind not in "biuf" for array in held)
    if len(held) < len(columns) or texts or not all(np.isin(array, (0, 1)).all() for array in held):
        numbered = isinstance(labels, range)  # or a frame
        values, first = (name, f"{name}[:, 0]") if numbered else (f"{name}.to_numpy()", f'{name}["{labels[0]}"]')
        raise SourceError(
            f'the answer "{name}" has {len(columns)} columns, and is not 0 and 1 alone',
            expected="one answer a row: a class, a number, or a list of labels",
            fix=f"{values}.tolist(), for a list of labels in each row; or {first}, one column at a time"
            if texts
            else f"{first}, one column at a time; or {values}.argmax(1), where they say how likely each class is",
        )
    on: NDArray[np.bool_] = np.column_stack(held) == 1
    return on

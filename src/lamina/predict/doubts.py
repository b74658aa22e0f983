"""What is odd about raw rows: cells that cannot be read, rows that are cut, values unlike any that training saw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..data.table import Objects, Table
from ..errors import KindError
from ..findings import printable
from ..kinds import Category, Encoded, Field, Image, Number, Schema, Slot

BEYOND = 3.0  # standard deviations outside the range of training from which on a number draws a warning


@dataclass(frozen=True)
class Taken:
    """A column of which some rows are taken already."""

    name: str
    values: Any
    holds: str = "values"

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: NDArray[np.int64]) -> Any:
        """The values; `rows` are those that were taken."""
        assert len(rows) == len(self.values)
        return self.values

    def where(self, row: int) -> str:
        """The number of a row."""
        return f"row {row}"


def take(table: Table, fields: tuple[Field, ...], rows: NDArray[np.int64]) -> tuple[dict[str, Taken], dict[int, str]]:
    """Some rows of the input columns, and for each row with a cell that is no number the reason; the cell is then null.

    Raises KindError naming a column that does not hold what the run learned from.
    """
    columns: dict[str, Taken] = {}
    bad: dict[int, str] = {}
    for f in fields:
        values = table.columns[f.name].take(rows)
        if isinstance(f.kind, Number) and (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
            values, wrong = _numbers(values, f, table.name)
            bad.update(wrong)
        columns[f.name] = Taken(f.name, values, table.columns[f.name].holds)
    return columns, bad


def match(table: Table, schema: Schema) -> None:
    """Columns are matched by name. Raises KindError listing those that are missing, or naming one of another nature."""
    missing = [f.name for f in schema.inputs if f.name not in table.columns]
    if missing:
        known = {f.name for f in schema.fields} | set(schema.left_out)
        extra = [name for name in table.columns if name not in known]
        raise KindError(
            f"{table.name} lacks {_listed(missing)}" + (f"; unknown there: {_listed(extra)}" if extra else ""),
            expected=f"the columns that training had: {_listed([f.name for f in schema.inputs])}",
        )
    for f in schema.inputs:
        column, holds = table.columns[f.name], table.columns[f.name].holds
        if isinstance(column, Objects):
            raise column.refused("take what training had there")
        if holds not in f.kind.raw:
            came = "plain values" if holds == "values" else "pictures" if isinstance(f.kind, Image) else holds
            said = "plain values" if "values" in f.kind.raw else f"{f.kind.says.split(':')[0]}: files that are there"
            raise KindError(f'"{f.name}" of {table.name} holds {came}', expected=said)


def doubts(slot: Slot, columns: Mapping[str, Taken], encoded: Encoded) -> Iterator[tuple[int, str]]:
    """Rows that are not read as they came, or hold a value unlike any of training, with what is to be said."""
    yield from encoded.told.items()
    if slot.joined:
        for at, f in enumerate(slot.fields):
            yield from _unlike(f, columns[f.name].values, np.asarray(encoded.array)[:, at])


def _unlike(field: Field, values: Any, encoded: NDArray[Any]) -> Iterator[tuple[int, str]]:
    """Rows whose value is unlike anything seen in training, with what is to be said."""
    kind, name = field.kind, printable(field.name)
    if isinstance(kind, Number):
        low, high = (kind.low - kind.mean) / kind.std - BEYOND, (kind.high - kind.mean) / kind.std + BEYOND
        with np.errstate(invalid="ignore"):
            far = np.flatnonzero((encoded < low) | (encoded > high))
        for i, value in zip(far, kind.in_units(encoded[far]), strict=True):
            yield int(i), f'"{name}" is {value:,.6g}, far from the {kind.low:,.6g} to {kind.high:,.6g} of training'
        gone = np.flatnonzero(np.isnan(encoded)) if not kind.missing else ()
    elif isinstance(kind, Category):
        null = np.asarray(pc.is_null(values, nan_is_null=True))
        for i in np.flatnonzero((encoded < 0) & ~null):
            yield int(i), f'"{name}" is "{printable(str(values[int(i)].as_py()))[:40]}", which training never saw'
        gone = np.flatnonzero(null) if not kind.missing else ()
    else:
        return
    for i in gone:
        yield int(i), f'"{name}" is missing, which it never was in training'


def _numbers(values: Any, field: Field, where: str) -> tuple[Any, dict[int, str]]:
    """A column of text that should be numbers, with the cells that are none taken out."""
    try:
        field.kind.encode(values)
        return values, {}
    except KindError as error:
        wrong = {text for text in values.unique().to_pylist() if text is not None and not _reads(field, text)}
        if len(wrong) == pc.count_distinct(values).as_py():
            raise KindError(
                f'"{field.name}" of {where} holds no numbers: {error.what}', expected=error.expected
            ) from None
    cells = values.to_pylist()
    bad = {
        i: f'"{printable(cell)[:40]}" in column "{field.name}" is no number'
        for i, cell in enumerate(cells)
        if cell in wrong
    }
    return pa.array([None if i in bad else cell for i, cell in enumerate(cells)], pa.string()), bad


def _reads(field: Field, text: str) -> bool:
    try:
        field.kind.encode(pa.array([text]))
    except KindError:
        return False
    return True


def _listed(names: list[str]) -> str:
    shown = ", ".join(f'"{printable(name)}"' for name in names[:20])
    return shown + (f" and {len(names) - 20:,} more" if len(names) > 20 else "")

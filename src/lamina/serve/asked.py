"""What a run asks of a request: its columns by name, each with its way in; and a request made a table by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from ..data.table import Files, Table
from ..errors import PlanError
from ..findings import printable
from ..kinds import Column, Image, Kind, Number, Schema, Series
from ..kinds.image import PictureError, size_of
from ..kinds.mask import Mask
from ..kinds.photo import Photo
from .base import Answering, Limits
from .refused import Refused, placed, shown
from .values import Unfit
from .ways import MOMENT, ORIGIN, Way, checked, plain_values, way_of

TOLD = 20  # names that a refusal lists
PIXELS = 256_000_000  # of all pictures of a request: four of the largest that are read
TOGETHER = ("alike", "paired")  # links whose rows are held against each other, and bring the target's column


@dataclass(frozen=True)
class Asked:
    """The columns that every row must have, with kind and way, and the `others` that it may have. `ids` are those among
    them that name rows; `lone` is the one column whose file may be a whole request, or ""."""

    columns: Mapping[str, tuple[Kind, Way]]
    others: frozenset[str] = frozenset()
    ids: tuple[str, ...] = ()
    clock: str = ""

    @property
    def lone(self) -> str:
        """The column of pictures or sounds that is all there is to a row."""
        names = list(self.columns)
        return names[0] if len(names) == 1 and self.columns[names[0]][1].sent else ""

    def example(self) -> dict[str, Any]:
        """One row that is answered."""
        return {name: way.example(kind) for name, (kind, way) in self.columns.items()}

    def inputs(self) -> list[dict[str, str]]:
        """The columns in words: name, kind, how a value is written."""
        return [
            {"name": name, "kind": "moment" if name == self.clock else type(kind).__name__, "takes": way.says}
            for name, (kind, way) in self.columns.items()
        ]


def asked_of(run: Answering) -> Asked:
    """What a run asks of a row; of a forecast, of a step. Raises PlanError where an input cannot be sent as JSON."""
    schema, forecast = run.schema, run.forecast
    if forecast is not None:
        means = _means(schema)
        kinds = {name: Number(mean=means.get(name, 0.0)) for name in (*forecast.channels, *forecast.known)}
        columns: dict[str, tuple[Kind, Way]] = {name: (kind, way_of(name, kind)) for name, kind in kinds.items()}
        clock = forecast.clock.name
        times: dict[str, tuple[Kind, Way]] = {clock: (Number(), MOMENT)} if clock else {}
        return Asked({**times, **columns}, frozenset(schema.left_out), (), clock)
    fields = [*schema.inputs, *([schema.target] if schema.target.link in TOGETHER else [])]
    columns = {f.name: (f.kind, way_of(f.name, f.kind)) for f in fields}
    if not columns:
        raise PlanError("this run learned from no column", expected="inputs that a request can carry")
    known = {*(f.name for f in schema.fields), *schema.left_out}
    return Asked(columns, frozenset(known - set(columns)), _ids(schema, set(columns)))


def table_of(asked: Asked, rows: Sequence[Mapping[str, Any]]) -> Table:
    """Rows of JSON as a table. Raises Refused with the place of the first value that is none of its column's kind."""
    _match(asked, rows)
    columns: dict[str, Column] = {}
    for name, (kind, way) in asked.columns.items():
        try:
            columns[name] = checked(way, kind, name, [row[name] for row in rows])
        except Unfit as unfit:
            row, *rest = unfit.at
            field, came = placed(("rows", row, name, *rest)), _came(rows[int(row)][name], rest)
            raise Refused(400, f"{field} is {came}", field=field, expected=str(unfit)) from None
    for name in asked.ids:
        if any(name in row for row in rows):
            texts = [_id(row.get(name)) for row in rows]
            columns[name] = plain_values(name, pa.array(texts, pa.string()))
    _cap_pixels(asked, columns)
    return Table(columns, ORIGIN)


def rows_of(value: Any, limits: Limits) -> list[Mapping[str, Any]]:
    """The rows of {"rows": [{…}]}. Raises Refused for another shape, and with 413 for too many of them."""
    expected = 'an object such as {"rows": [{…}]}'
    if not isinstance(value, dict):
        raise Refused(400, f"the body is {_came(value, ())}", expected=expected)
    strange = [name for name in value if name != "rows"]
    if strange or "rows" not in value:
        what = f'"{shown(strange[0])}" is not known' if strange else 'the field "rows" is missing'
        raise Refused(400, what, field=shown(strange[0]) if strange else "rows", expected=expected)
    rows = value["rows"]
    if not isinstance(rows, list):
        raise Refused(400, f"rows is {_came(rows, ())}", field="rows", expected="a list of objects, one a row")
    if not rows:
        raise Refused(400, "rows is empty", field="rows", expected="one row at least")
    if len(rows) > limits.rows:
        raise Refused(413, f"rows holds {len(rows):,} rows", field="rows", expected=f"at most {limits.rows:,}")
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            field = placed(("rows", number))
            raise Refused(400, f"{field} is {_came(row, ())}", field=field, expected="an object: values by column")
    return rows


def _match(asked: Asked, rows: Sequence[Mapping[str, Any]]) -> None:
    """Columns are matched by name. Raises Refused listing what the first row that does not match lacks and has."""
    wanted, known = set(asked.columns), set(asked.columns) | asked.others
    for number, row in enumerate(rows):
        missing = [name for name in asked.columns if name not in row] if not wanted <= row.keys() else []
        extra = [name for name in row if name not in known] if not row.keys() <= known else []
        if missing or extra:
            field = placed(("rows", number))
            lacks = [f"lacks {_listed(missing)}"] if missing else []
            has = [f"has {_listed(extra)}, not known here"] if extra else []
            more = {"missing": missing[:TOLD], "extra": [shown(name) for name in extra[:TOLD]]}
            what = f"{field} {' and '.join([*lacks, *has])}"
            raise Refused(400, what, field=field, expected=f"the columns {_listed(list(asked.columns))}", more=more)


def _cap_pixels(asked: Asked, columns: Mapping[str, Column]) -> None:
    """Raises Refused where the headers of all pictures together promise more pixels than one request may unpack."""
    total = 0
    for name, (kind, _) in asked.columns.items():
        column = columns[name]
        if isinstance(kind, Image | Photo | Mask) and isinstance(column, Files):
            for data in column.take(np.arange(len(column))):
                try:
                    wide, high = size_of(data)
                except PictureError:
                    continue
                total += wide * high
    if total > PIXELS:
        raise Refused(413, f"the pictures hold {total:,} pixels", expected=f"at most {PIXELS:,} in a request")


def _means(schema: Schema) -> dict[str, float]:
    """The mean of each channel of the series that are read."""
    read = [f.kind for f in schema.inputs if isinstance(f.kind, Series)]
    return {name: mean for kind in read for name, mean in zip(kind.channels, kind.mean, strict=True)}


def _ids(schema: Schema, used: set[str]) -> tuple[str, ...]:
    return tuple(name for name, why in schema.left_out.items() if "identifier" in why and name not in used)


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else None


def _listed(names: Sequence[str]) -> str:
    told = ", ".join(f'"{shown(printable(name))}"' for name in names[:TOLD])
    return told + (f" and {len(names) - TOLD:,} more" if len(names) > TOLD else "")


NAMES = {dict: "an object", list: "a list", str: "a text", bool: "a truth", int: "a number", float: "a number"}


def _came(value: Any, steps: Sequence[str | int]) -> str:
    """What a value of JSON is, or the value within it."""
    for step in steps:
        value = value[step]
    return NAMES.get(type(value), "null")

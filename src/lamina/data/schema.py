"""From a table to a schema: which column is the target, what kind each column is, and which are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import KindError, SourceError, nearest
from ..findings import Findings, printable
from ..kinds import Field, Kind, Schema
from ..kinds.infer import flags_of, infer
from .table import Table


def make_schema(
    table: Table, target: str | None, inputs: Sequence[str], kinds: Mapping[str, Kind], findings: Findings
) -> Schema:
    """The schema of a table, kinds not yet fitted. `target` None takes the source's own or the last column,
    "none" none.

    `inputs` names the columns to use, all where it is empty; `kinds` overrules what would be inferred. What stands in
    the way of training is added to `findings`, so that all of it can be said at once.
    """
    _known_names(table, target, inputs, kinds, findings)
    answer, why = _target(table, target)
    fields: list[Field] = []
    left_out: dict[str, str] = {}
    for name in table.columns:
        role = "target" if name == answer else "input"
        if role == "input" and inputs and name not in inputs:
            left_out[name] = "not among the inputs asked for"
            continue
        try:
            kind, reason = (kinds[name], "asked for") if name in kinds else infer(name, table.columns[name], role)  # type: ignore[arg-type]
        except KindError as error:
            findings.stop(error, flags_of(error))
            continue
        if kind is None:
            left_out[name] = reason
        elif role == "target":
            fields.append(Field(name, kind, "target", f"{reason}; {why}"))
        else:
            fields.append(Field(name, kind, "input", reason))
    schema = Schema(tuple(fields), left_out)
    if answer:
        _check_target(table, answer, schema, findings)
    if not schema.inputs and not findings.errors:
        told = "; ".join(f"{printable(name)}: {why}" for name, why in list(left_out.items())[:5])
        findings.stop(
            SourceError(
                f"no column of {table.name} is left as an input ({told or 'there is only the target'})",
                expected="at least one input",
                fix="--kind COLUMN=Number or --kind COLUMN=Category to use one all the same",
            )
        )
    return schema


def _known_names(
    table: Table, target: str | None, inputs: Sequence[str], kinds: Mapping[str, Kind], findings: Findings
) -> None:
    named = [("--target", target)] if target not in (None, "", "none") else []
    named += [("--input", name) for name in inputs] + [("--kind", name) for name in kinds]
    for flag, name in named:
        if name not in table.columns:
            findings.stop(
                SourceError(
                    f'{flag} names "{name}", and {table.name} has no such column',
                    expected=nearest(str(name), table.columns),
                )
            )
    if target in inputs:
        findings.stop(SourceError(f'"{target}" is both the target and an input', expected="one or the other"))


def _target(table: Table, target: str | None) -> tuple[str, str]:
    """The target column ("" for none) and why."""
    if target == "none":
        return "", ""
    if target:
        return (target if target in table.columns else ""), "asked for with --target"
    if table.target:
        return table.target, "the target that the source itself names"
    if len(table.columns) < 2:
        return "", ""
    return list(table.columns)[-1], "the last column; --target COLUMN names another"


def _check_target(table: Table, name: str, schema: Schema, findings: Findings) -> None:
    """Stop where there is nothing to learn; warn where some rows have no answer."""
    column = table.columns[name]
    if name in schema.left_out:
        constant = schema.left_out[name].endswith("in every row")
        findings.stop(
            SourceError(
                f'the target "{name}" of {table.name} cannot be learned: {schema.left_out[name]}',
                expected="two classes or more" if constant else "classes, tags or numbers",
                fix="--target COLUMN" if len(table.columns) > 2 else "add examples of another class",
            )
        )
        return
    if column.holds != "values":
        return
    array: Any = column.take(np.arange(len(column)))
    known = array.drop_null()
    if pa.types.is_floating(known.type):
        known = known.filter(pc.invert(pc.is_nan(known)))
    if not pa.types.is_nested(known.type) and pc.count_distinct(known).as_py() < 2:
        value = known[0].as_py() if len(known) else "nothing"
        findings.stop(
            SourceError(
                f'the target "{name}" of {table.name} holds {value!r} in every row that has one: nothing to learn',
                expected="two different values at least",
                fix="--target COLUMN" if len(table.columns) > 2 else "add examples of another class",
            )
        )
    elif len(known) < len(array):
        findings.warn("target missing", f'{len(array) - len(known):,} rows have no value in the target "{name}"')

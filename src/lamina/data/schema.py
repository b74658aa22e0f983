"""From a table to a schema: which column is the target, what kind each column is, and which are left out."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import KindError, LaminaError, SourceError, nearest
from ..findings import Findings, printable
from ..kinds import ITSELF, Alike, Category, Field, Image, Kind, Link, Schema, Text
from ..kinds.base import pieces
from ..kinds.image import is_picture
from ..kinds.infer import flags_of, infer
from ..kinds.photo import Photo
from ..kinds.sounds import is_sound_file
from ..kinds.text import in_pieces
from .groups import RowGroups
from .table import Files, Objects, Table, Values

ANOTHER = "add examples of another class, or --target none with an --objective that needs none, as autoencode"
SOME = 1000  # rows among which one with a value is looked for
FIRST = 100  # rows among which bytes that begin as a picture or a sound does are looked for
HOLDS = {
    "values": "plain values",
    "files": "files that are there",
    "arrays": "arrays of one shape",
    "ragged": "arrays of any length",
}  # what a column may hold, in words


def make_schema(
    table: Table,
    target: str | None,
    inputs: Sequence[str],
    kinds: Mapping[str, Kind],
    findings: Findings,
    link: Link | None = None,
) -> Schema:
    """The schema of a table, kinds not yet fitted. `target` None takes the source's own or the last column,
    "none" none.

    `inputs` names the columns to use; where it is empty those the source names, or all. `kinds` overrules what would be
    inferred. `link` is that of the objective asked for, where one is. What stands in the way of training is added to
    `findings`, so that all of it can be said at once.
    """
    _known_names(table, target, inputs, kinds, findings)
    answer, why = _target(table, target)
    fields: list[Field] = []
    left_out: dict[str, str] = {}
    for name in table.columns:
        role = "target" if name == answer else "input"
        used = inputs or table.inputs
        if role == "input" and used and name not in used:
            left_out[name] = "not among the inputs asked for" if inputs else "not what this source is learned from"
            continue
        try:
            kind, reason = _kind(table, name, role, kinds, findings, inputs)
        except LaminaError as error:
            findings.stop(error, flags_of(error))
            continue
        if kind is None:
            left_out[name] = reason
        elif role == "target":
            fields.append(Field(name, kind, "target", f"{reason}; {why}"))
        else:
            fields.append(Field(name, kind, "input", reason))
    schema = _linked(Schema(tuple(fields), left_out), link, kinds)
    if (answer and any(f.role == "target" for f in schema.fields if f.name == answer)) or (
        answer and answer in left_out
    ):
        _check_target(table, answer, schema, findings)
    _check_written(schema, findings)
    _check_restored(schema, findings)
    if not schema.inputs and not any(f.link == "made" for f in schema.fields) and not findings.errors:
        told = "; ".join(f"{printable(name)}: {why}" for name, why in list(left_out.items())[:5])
        plain = any(table.columns[name].holds == "values" for name in left_out)
        findings.stop(
            SourceError(
                f"no column of {table.name} is left as an input ({told or 'there is only the target'})",
                expected="at least one input",
                fix="--kind COLUMN=Number or --kind COLUMN=Category to use one all the same" if plain else "",
            )
        )
    return schema


def _kind(
    table: Table, name: str, role: Any, kinds: Mapping[str, Kind], findings: Findings, inputs: Sequence[str]
) -> tuple[Kind | None, str]:
    """What a column holds: as asked for, as its source knows, or as its values look. Raises KindError, and SourceError
    for one that cannot be read and is asked for."""
    column = table.columns[name]
    if isinstance(column, Objects):
        if role == "target":
            raise column.refused("name another --target")
        if name in inputs or name in kinds:
            raise column.refused("leave it out of --input and --kind")
        return None, column.why
    if name in kinds:
        _check_holds(table, name, kinds[name], findings)
        return kinds[name], "asked for"
    if name in table.kinds:
        return table.kinds[name], "as its source says"
    if isinstance(column, Files) and column.within and not _begins(column):
        return None, "bytes that begin as no picture and no sound does"
    return infer(name, column, role, name in table.categories)


def _begins(column: Files) -> bool:
    """Whether some of the first bytes of a column begin as a picture or a sound does; others may be damaged."""
    first = (column.take(np.array([row]))[0] for row in range(min(FIRST, len(column))))
    return any(is_sound_file(data) or is_picture(data) for data in first)


def _check_holds(table: Table, name: str, kind: Kind, findings: Findings) -> None:
    """Raise KindError where a column cannot hold the kind asked for: texts where files are read, files where values
    are."""
    column = table.columns[name]
    if column.holds in kind.raw:
        return
    held, called = HOLDS[column.holds], type(kind).__name__
    if isinstance(column, Values | RowGroups) and pa.types.is_string(column.type):
        some = column.take(np.arange(min(len(column), SOME))).drop_null()
        held = f'text, such as "{printable(some[0].as_py())[:60]}"' if len(some) else "text"
        looked = findings.warnings.pop(f"paths {name}", "").rpartition(";")[0]  # said here, where it stops
        if "files" in kind.raw:
            held += f": {looked or 'too few of its values end as the names of pictures or sounds do'}"
    raise KindError(
        f'"{printable(name)}" of {table.name} is to be {called}, and holds {held}',
        expected=f"for {called}, {' or '.join(HOLDS[raw] for raw in kind.raw)}",
        fix="leave --kind out, or name the files by their paths" if "files" in kind.raw else "",
    )


def _linked(schema: Schema, link: Link | None, asked: Mapping[str, Kind]) -> Schema:
    """The schema with the link of its target; where there is no target, or the objective asked for needs none, a
    column that can be learned from itself becomes its own."""
    if link == "made":
        return _made(schema)
    if link == "paired":
        return _paired(schema)
    if link == "alike":
        schema = replace(schema, fields=tuple(replace(f, kind=Alike()) if _named(f) else f for f in schema.fields))
    if link in ITSELF or not any(f.role == "target" for f in schema.fields):
        itself = [f for f in schema.inputs if f.kind.itself is not None]
        if len(itself) == 1:
            twin = itself[0]
            how = link or twin.kind.itself or "same"
            left = {f.name: f'"{twin.name}" is learned from itself' for f in schema.fields if f.name != twin.name}
            answer = replace(twin, role="target", reason="learned from itself", link=how)
            return Schema((twin, answer), {**schema.left_out, **left})
    inputs = [f.kind for f in schema.inputs]
    fields = tuple(replace(f, link=f.kind.linked(inputs)) if f.role == "target" else f for f in schema.fields)
    if any(f.link == "written" for f in fields):
        fields = tuple(f if f.name in asked else replace(f, kind=in_pieces(f.kind)) for f in fields)
    return replace(schema, fields=fields)


def _named(field: Field) -> bool:
    return field.role == "target" and isinstance(field.kind, Category)


def _paired(schema: Schema) -> Schema:
    """A picture is the input, and what is said of it the target: a text, or the name of its class."""
    pictures = [f for f in schema.fields if isinstance(f.kind, Image)]
    said = [f for f in schema.fields if isinstance(f.kind, Text)] or [f for f in schema.fields if _named(f)]
    if len(pictures) != 1 or len(said) != 1:
        return schema
    kind = said[0].kind if isinstance(said[0].kind, Text) else Text()
    target = replace(said[0], kind=kind, role="target", reason="what is said of a picture", link="paired")
    used = (pictures[0].name, target.name)
    left = {f.name: "neither the picture nor what is said of it" for f in schema.fields if f.name not in used}
    return Schema((pictures[0], target), {**schema.left_out, **left})


def _made(schema: Schema) -> Schema:
    """What is to be made becomes the target, and a label that it had the input that it is made from."""
    made = [f for f in schema.inputs if f.kind.itself == "same"]
    given = [replace(f, role="input", reason="what it is made from") for f in schema.fields if f.role == "target"]
    if len(made) != 1:
        return schema
    target = replace(made[0], role="target", reason="what is made", link="made")
    left = {f.name: "nothing is made from it" for f in schema.inputs if f.name != target.name}
    return Schema((*given, target), {**schema.left_out, **left})


def _check_written(schema: Schema, findings: Findings) -> None:
    """Stop where a text is to be written from what no text is written from."""
    target = next((f for f in schema.fields if f.role == "target"), None)
    if target is None or not isinstance(target.kind, Text) or findings.errors:
        return
    if not any(f.kind.slot is None for f in schema.inputs):
        findings.stop(
            KindError(
                f'the target "{target.name}" is free text, and the inputs are plain columns',
                expected="a few values seen many times, numbers, or text written from a text or a sound",
                fix="--target COLUMN",
            )
        )


def _check_restored(schema: Schema, findings: Findings) -> None:
    """Stop where a picture kept at its own size is not one to be restored from another such picture."""
    photos = [f for f in schema.fields if isinstance(f.kind, Photo)]
    others = [f for f in schema.fields if not isinstance(f.kind, Photo)]
    if photos and others and not findings.errors:
        names, other = ", ".join(f'"{printable(f.name)}"' for f in photos), others[0]
        findings.stop(
            KindError(
                f"{names} of kind Photo is a picture to be restored or enlarged, and beside it stands the "
                f'{other.role} "{printable(other.name)}", a {type(other.kind).__name__}',
                expected="a Photo as the only input and another as the target; a picture of which something else is "
                "learned is an Image",
                fix=" ".join(f"--kind {shlex.quote(f'{f.name}=Image')}" for f in photos),
            )
        )


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
                fix="--target COLUMN" if len(table.columns) > 2 else ANOTHER,
            )
        )
        return
    if column.holds != "values":
        return
    values, gone = pa.array([], column.take(np.zeros(0, np.int64)).type), 0  # two different values are enough
    for piece in pieces(np.arange(len(column))):
        array: Any = column.take(piece)
        known = array.drop_null()
        if pa.types.is_floating(known.type):
            known = known.filter(pc.invert(pc.is_nan(known)))
        gone += len(array) - len(known)
        if len(values) < 2 and not pa.types.is_nested(known.type):
            values = pa.concat_arrays([values, known.unique()]).unique()[:2]
    if len(values) < 2 and not pa.types.is_nested(values.type):
        value = values[0].as_py() if len(values) else "nothing"
        findings.stop(
            SourceError(
                f'the target "{name}" of {table.name} holds {value!r} in every row that has one: nothing to learn',
                expected="two different values at least",
                fix="--target COLUMN" if len(table.columns) > 2 else ANOTHER,
            )
        )
    elif gone:
        findings.warn("target missing", f'{gone:,} rows have no value in the target "{name}"')

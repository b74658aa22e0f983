"""Which column is what: inputs and targets with their kinds, and how they stand in arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from ..errors import KindError
from ..findings import printable
from .base import ROWS, Column, Encoded, Ints, Kind, Link
from .span import Span
from .text import Text

Role = Literal["input", "target"]


@dataclass(frozen=True)
class Field:
    """One column: its kind, what it is for, and why it was taken for that kind.

    `link` says how a target stands to the inputs. A column that is learned from itself has two fields, one a role.
    """

    name: str
    kind: Kind
    role: Role
    reason: str = ""
    link: Link = "aligned"


@dataclass(frozen=True)
class Slot:
    """Columns that stand side by side in one array: ":numbers", ":codes", or one column alone under its own name."""

    name: str
    role: Role
    fields: tuple[Field, ...]
    joined: bool

    @property
    def kind(self) -> Kind:
        """The kind of the first column; joined columns share its class."""
        return self.fields[0].kind

    def encode(self, columns: Mapping[str, Column], rows: Ints) -> Encoded:
        """Rows of the slot's columns as one array, (rows, columns) if joined; what is said of a row names a column."""
        parts = [f.kind.encode(columns[f.name].take(rows)) for f in self.fields]
        named = list(zip(self.fields, parts, strict=True))
        bad = {i: f'{why} in column "{f.name}"' for f, p in named for i, why in p.bad.items()}
        told = {i: f'"{printable(f.name)}" {text}' for f, p in named for i, text in p.told.items()}
        counts: dict[str, int] = {}
        for part in parts:
            for note, n in part.converted.items():
                counts[note] = counts.get(note, 0) + n
        if self.joined:
            return Encoded(np.stack([np.asarray(p.array) for p in parts], axis=1), bad, counts, told=told)
        return replace(parts[0], bad={i: parts[0].bad[i] for i in bad}, converted=counts, told=told)


@dataclass(frozen=True)
class Schema:
    """All columns of a problem. `left_out` names columns that are not used, with the reason."""

    fields: tuple[Field, ...]
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[Field, ...]:
        """The columns a model is given."""
        return tuple(f for f in self.fields if f.role == "input")

    def at_once(self) -> int:
        """How many rows are answered together."""
        return min((f.kind.at_once() for f in self.inputs), default=ROWS)

    @property
    def target(self) -> Field:
        """The column to be answered. Raises KindError when there is none."""
        for f in self.fields:
            if f.role == "target":
                return f
        raise KindError("this problem has no target column", expected="a target to learn", fix="--target COLUMN")

    def slots(self) -> Iterator[Slot]:
        """The arrays this schema is stored as, inputs first."""
        joined: dict[str, list[Field]] = {}
        for f in self.inputs:
            joined.setdefault(f.kind.slot or f.name, []).append(f)
        for name, fields in joined.items():
            yield Slot(name, "input", tuple(fields), fields[0].kind.slot is not None)
        for f in self.fields:
            if f.role == "target":
                yield Slot(f.name, "target", (f,), False)

    def fit(self, columns: Mapping[str, Column], rows: Ints) -> Schema:
        """The schema with every kind fitted on the training rows, once for a column with two fields of one kind; what
        that decided is added to the reasons."""
        begun = self.fields
        lent = next((f.kind.fit(columns[f.name], rows) for f in begun if isinstance(f.kind, Span)), None)
        if lent is not None:  # question and text are cut alike, and as the answer's places are counted
            begun = tuple(replace(f, kind=lent.of) if isinstance(f.kind, Text) else f for f in begun)
        fitted: list[Field] = []
        for f in begun:
            twin = next((i for i, g in enumerate(begun[: len(fitted)]) if (g.name, g.kind) == (f.name, f.kind)), -1)
            if twin >= 0:
                kind = fitted[twin].kind
            else:
                kind = lent if lent is not None and isinstance(f.kind, Span) else f.kind.fit(columns[f.name], rows)
            reason = "; ".join(filter(None, (f.reason, kind.decided(f.name))))
            fitted.append(replace(f, kind=kind, reason=reason))
        return replace(self, fields=tuple(fitted))

    def to_json(self) -> dict[str, Any]:
        """The schema as plain JSON."""
        fields = [
            {"name": f.name, "role": f.role, "reason": f.reason}
            | ({"link": f.link} if f.role == "target" else {})
            | f.kind.to_json()
            for f in self.fields
        ]
        return {"fields": fields, "left_out": self.left_out}

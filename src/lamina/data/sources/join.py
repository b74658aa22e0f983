"""A published test or validation part put under its training table: `--test` and `--valid`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...errors import SourceError, SplitError
from ...findings import Findings
from ...kinds import Column
from ...ragged import Ragged
from ..groups import RowGroups
from ..table import Arrays, Files, Objects, RaggedArrays, Table, Values


@dataclass(frozen=True)
class PairReader:
    """Reads a file of the second table where the name has its prefix, else of the first."""

    first: Any
    second: Any
    prefix: str

    def __call__(self, name: str) -> bytes:
        if name.startswith(self.prefix):
            return bytes_of(self.second, name.removeprefix(self.prefix))
        return bytes_of(self.first, name)


def bytes_of(read: Any, name: str) -> bytes:
    """The bytes a reader gives for a name."""
    data: bytes = read(name)
    return data


def join(table: Table, extra: Table, part: str, target: str, findings: Findings) -> Table:
    """The table with the rows of another as its part ("test" or "valid"); its own rows without a part become "train".

    Columns are matched by name, those of a table without header by position. Labels of the target
    (the table's own, or the last column, where `target` is no column) that differ from training's only by
    blanks or a final full stop are matched and counted. Raises SourceError with the columns that are missing or extra.
    """
    if table.parts is not None and part in set(table.parts.tolist()):
        raise SplitError(
            f"{table.name} already holds a {part} part", expected=f"one {part} part", fix=f"leave out --{part}"
        )
    extra = _named_alike(table, extra, part)
    target = target if target in table.columns else table.target or list(table.columns)[-1]
    columns = {
        name: _under(column, extra.columns[name], f"{part}:", target == name, findings)
        for name, column in table.columns.items()
    }
    own = np.full(len(table), "train") if table.parts is None else np.where(table.parts == "", "train", table.parts)
    ids = [table.id_of(i) for i in range(len(table))] + [f"{part}:{extra.id_of(i)}" for i in range(len(extra))]
    facts = {**table.facts, part: {"name": extra.name, "rows": len(extra), **extra.facts}}
    return replace(
        table,
        columns=columns,
        fingerprint=f"{table.fingerprint}+{extra.fingerprint}",
        parts=np.concatenate([own, np.full(len(extra), part)]),
        ids=ids,
        facts=facts,
    )


def _named_alike(table: Table, extra: Table, part: str) -> Table:
    """The second table with the names of the first."""
    ours, theirs = list(table.columns), list(extra.columns)
    headerless = "none" in (table.facts.get("header"), extra.facts.get("header"))
    if headerless and len(ours) == len(theirs):
        renamed = {new: replace(extra.columns[old], name=new) for new, old in zip(ours, theirs, strict=True)}  # type: ignore[type-var]
        return replace(extra, columns=renamed)
    missing, more = [n for n in ours if n not in theirs], [n for n in theirs if n not in ours]
    if missing or more:
        told = [f"{word} {', '.join(names[:8])}" for word, names in (("without", missing), ("with", more)) if names]
        raise SourceError(
            f"{extra.name} ({part}) does not have the columns of {table.name}: {' and '.join(told)}",
            expected=f"the columns {', '.join(ours[:12])}",
            fix="--header none if line 1 of a table holds values" if len(ours) == len(theirs) else "",
        )
    return extra


def _under(first: Column, second: Column, prefix: str, is_target: bool, findings: Findings) -> Column:
    """Two columns, one under the other."""
    first, second = (c.whole() if isinstance(c, RowGroups) else c for c in (first, second))
    place = partial(_either, first, second)
    objects = next((column for column in (first, second) if isinstance(column, Objects)), None)
    if objects:
        return replace(objects, rows=len(first) + len(second))
    if isinstance(first, Files) and isinstance(second, Files):
        names = [*first.names, *(prefix + name for name in second.names)]
        return Files(first.name, names, PairReader(first.read, second.read, prefix))
    if isinstance(first, Arrays) and isinstance(second, Arrays) and first.array.shape[1:] == second.array.shape[1:]:
        return Arrays(first.name, np.concatenate([first.array, second.array]), first.origin, place=place)
    if isinstance(first, RaggedArrays) and isinstance(second, RaggedArrays):
        return RaggedArrays(first.name, Ragged.joined([first.ragged, second.ragged]), first.origin, place=place)
    if not (isinstance(first, Values) and isinstance(second, Values)):
        raise SourceError(f'column "{first.name}" holds something else in the second table', expected="alike columns")
    ours, theirs = first.array, second.array
    if ours.type != theirs.type:
        ours, theirs = _one_type(first, second)
    if is_target and pa.types.is_string(ours.type):
        theirs = _same_labels(first.name, ours, theirs, findings)
    return Values(first.name, pa.chunked_array([*ours.chunks, *theirs.chunks], ours.type), first.origin, place=place)


def _one_type(first: Values, second: Values) -> tuple[Any, Any]:
    """Both columns in one type: the first's, or float where both are numbers. Raises SourceError where neither does."""
    ours, theirs = first.array, second.array
    numbers = [pa.types.is_integer(a.type) or pa.types.is_floating(a.type) for a in (ours, theirs)]
    if ours.null_count == len(ours):
        return pc.cast(ours, theirs.type), theirs
    try:
        kind = pa.float64() if all(numbers) else ours.type
        return pc.cast(ours, kind, safe=False), pc.cast(theirs, kind, safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise SourceError(
            f'column "{first.name}" holds {_word(ours.type)} in {first.origin} and {_word(theirs.type)} in '
            f"{second.origin} (first: {theirs.drop_null()[0].as_py()!r:.40})",
            expected="the same in both",
            fix="--missing SIGN if it stands for nothing",
        ) from None


def _same_labels(name: str, ours: Any, theirs: Any, findings: Findings) -> Any:
    """The second's labels as the first writes them, where they differ by blanks or a final full stop only."""
    known = [label for label in ours.unique().to_pylist() if label is not None]
    by_stem = {_stem(label): label for label in known}
    meant = {
        label: by_stem[_stem(label)]
        for label in theirs.unique().to_pylist()
        if label is not None and label not in set(known) and _stem(label) in by_stem
    }
    if not meant or len(by_stem) < len(known):
        return theirs
    count = pc.sum(pc.is_in(theirs, value_set=pa.array(list(meant)))).as_py()
    told = ", ".join(f'"{old}" as "{new}"' for old, new in list(meant.items())[:3])
    findings.warn("labels", f'{count:,} labels of column "{name}" were matched to those of training: {told}')
    places = pc.index_in(theirs, value_set=pa.array(list(meant)))
    return pc.if_else(pc.is_null(places), theirs, pc.take(pa.array(list(meant.values())), places))


def _stem(label: str) -> str:
    return label.strip().removesuffix(".").strip()


def _either(first: Column, second: Column, row: int) -> str:
    return first.where(row) if row < len(first) else second.where(row - len(first))


def _word(kind: Any) -> str:
    return "numbers" if pa.types.is_integer(kind) or pa.types.is_floating(kind) else f"{kind}".replace("string", "text")

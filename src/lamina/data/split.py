"""Part the rows into training, validation and test, so that what is tested was not seen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field as Range

from ..errors import KindError, SplitError
from ..findings import Findings
from ..kinds import Category, Schema
from ..kinds.base import pieces
from ..rng import Ints
from .hashes import Hashes, input_hashes, numbered, row_hashes
from .newest import newest
from .table import Table
from .units import PARTS, TRAIN, Numbers, dealt, tell_uneven, units_of_column

Share = Annotated[float, Range(gt=0, lt=1)]
LEAST = 6
KNOWN = 1_000_000  # rows that are known again by their inputs
SEPARATOR = "\x1f"
OFTEN = 0.05  # a row that is so large a share of all cannot be kept on one side of the cut


@dataclass(frozen=True)
class SplitOptions:
    """Shares of all rows. `group`: a column no value of which stands in two parts.
    `time`: a column in whose order the oldest rows train and the newest test."""

    valid: Share = 0.1
    test: Share = 0.15
    group: str | None = None
    time: str | None = None


@dataclass(frozen=True)
class Split:
    """Row numbers of each part, in order. `how` says how they were made; `locked` is the SHA-256 of the test rows'
    names and content. In memory only: `content`, a hash for each row of the table; `inputs`, one of its inputs alone,
    of KNOWN rows at most; and the `group` asked for."""

    train: Ints
    valid: Ints
    test: Ints
    how: str
    locked: str
    content: Hashes = field(default_factory=lambda: np.zeros(0, np.uint64), compare=False, repr=False)
    inputs: Hashes = field(default_factory=lambda: np.zeros(0, np.uint64), compare=False, repr=False)
    group: str = field(default="", compare=False)

    def parts(self) -> dict[str, Ints]:
        """The rows by the name of their part."""
        return {"train": self.train, "valid": self.valid, "test": self.test}

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The split as plain arrays, for an .npz without objects."""
        return {**self.parts(), "how": np.array(self.how), "locked": np.array(self.locked)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Split:
        """A split from `to_arrays`. Raises SplitError where something is lacking or a row stands twice."""
        lacking = [name for name in ("train", "valid", "test", "how", "locked") if name not in arrays]
        if lacking:
            raise SplitError(f"the split holds no {lacking[0]}", expected="train, valid, test, how and locked")
        train, valid, test = (np.asarray(arrays[name]).astype(np.int64) for name in ("train", "valid", "test"))
        whole = np.concatenate([train, valid, test])
        if len(np.unique(whole)) < len(whole):
            raise SplitError("a row stands in two parts of the split", expected="each row in one part")
        return cls(train, valid, test, str(arrays["how"]), str(arrays["locked"]))


def split(table: Table, schema: Schema, seed: int, options: SplitOptions, findings: Findings) -> Split:
    """The rows of a table in three parts. Published parts are kept; what is lacking is carved from training.

    Raises SplitError with the counts where it cannot be done as asked.
    """
    rows = len(table)
    if rows < LEAST:
        raise SplitError(f"{table.name} holds {rows} rows", expected=f"at least {LEAST}, to train, choose and test on")
    codes = _codes(table, schema)
    own = _published_parts(table)
    if not (own == TRAIN).any():
        raise SplitError(f"{table.name} has no training part", expected="rows to train on", fix="a folder named train")
    lacking = [part for part in ("test", "valid") if not (own == PARTS.index(part)).any()]
    told = [_told(table, lacking)] if len(lacking) < 2 else []
    pool = np.flatnonzero(own == TRAIN)
    content, alike, inputs = _content(table, schema)
    if lacking:
        shares = _shares(options, lacking)
        cut, how = _carve(table, pool, codes, alike[pool], shares, seed, options, findings)
        for part, chosen in cut.items():
            own[chosen] = PARTS.index(part)
        told.append(f"{' and '.join(f'{p} {shares[p]:.0%}' for p in shares)} of {len(pool):,} rows {how}, seed {seed}")
    parts = {part: np.flatnonzero(own == number) for number, part in enumerate(PARTS)}
    _check_classes(table, schema, parts, codes, findings)
    locked = _lock(table, parts["test"], content)
    how, group = "; ".join(told), options.group or ""
    return Split(parts["train"], parts["valid"], parts["test"], how, locked, content, inputs, group)


def _content(table: Table, schema: Schema) -> tuple[Hashes, Numbers, Hashes]:
    """Of each row a hash of all that it holds, and a number for its inputs: rows of equal inputs have one number, and
    the numbers are in the order of the hashes of the first row of each. Of KNOWN rows at most a hash of their inputs
    too."""
    rows, inputs = np.arange(len(table)), {f.name for f in schema.inputs}
    content = input_hashes(table, rows, schema)
    alike, kept = numbered(content), content[: KNOWN * (len(content) <= KNOWN)].copy()
    row_hashes(table, rows, [f.name for f in schema.fields if f.name not in inputs], content)
    first = np.empty(int(alike.max()) + 1, np.uint64)
    first[alike[::-1]] = content[::-1]  # what is written last stays
    order = np.argsort(first)
    del first  # of many rows these arrays are the most that a run holds
    ranks = np.empty(len(order), np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    return content, ranks[alike], kept


def _published_parts(table: Table) -> NDArray[np.int8]:
    """For each row the number of the part it was published in; what is in none trains."""
    own = np.zeros(len(table), np.int8)
    for number, part in enumerate(PARTS):
        if table.parts is not None:
            own[table.parts == part] = number
    return own


def _told(table: Table, lacking: list[str]) -> str:
    """What is said of parts that came with the rows."""
    kept = ", ".join(p for p in ("train", "valid", "test") if p not in lacking)
    return str(table.facts.get("parted") or f"published {kept}")


def _shares(options: SplitOptions, lacking: list[str]) -> dict[str, float]:
    shares = {part: getattr(options, part) for part in lacking}
    if sum(shares.values()) >= 1:
        raise SplitError(f"shares of {shares} leave nothing to train on", expected="less than 1 in all")
    return shares


def _carve(
    table: Table,
    pool: Ints,
    codes: Numbers | None,
    alike: Numbers,
    shares: dict[str, float],
    seed: int,
    options: SplitOptions,
    findings: Findings,
) -> tuple[dict[str, Ints], str]:
    """Rows of the pool for each part that is lacking, and how they were chosen. Rows of equal inputs, which `alike`
    (pool,) numbers, stay together: else what has two answers would train with one and be tested on the other."""
    if options.time:
        return newest(table, pool, shares, options.time), f'newest by "{options.time}"'
    if options.group:
        units = units_of_column(table, options.group, pool, findings)
        found = int(units.max()) + 1
        if found <= len(shares):
            raise SplitError(
                f'"{options.group}" has {found} groups in {len(pool):,} rows, for {len(shares) + 1} parts',
                expected=f"at least {len(shares) + 1} groups",
            )
        cut = dealt(pool, units, None, shares, seed)
        tell_uneven(options.group, {part: len(rows) / len(pool) for part, rows in cut.items()}, shares, findings)
        return cut, f'by whole groups of "{options.group}"'
    units = numbered(alike)
    often = np.bincount(units) > max(2, OFTEN * len(pool))
    if often.any():
        loose = often[units]
        findings.warn(
            "rows repeat",
            f"{loose.sum():,} rows have the inputs of {often.sum():,}, so many of each that equal ones stand in "
            "training and in test",
        )
        units[loose] = len(often) + np.arange(loose.sum())
        units = numbered(units)
    return dealt(pool, units, None if codes is None else codes[pool], shares, seed), (
        "at random" if codes is None else "at random within each class"
    )


def _codes(table: Table, schema: Schema) -> Numbers | None:
    """A number for each row's class, where the target is a category."""
    try:
        target = schema.target
    except KindError:
        return None
    if not isinstance(target.kind, Category) or table.columns[target.name].holds != "values":
        return None
    column, labels, found = table.columns[target.name], None, []
    for piece in pieces(np.arange(len(table))):
        values = column.take(piece)
        came = values.unique().drop_null()
        labels = came if labels is None else pa.concat_arrays([labels, came]).unique()
        places = pc.fill_null(pc.index_in(values, value_set=labels), -1)
        found.append(places.to_numpy(zero_copy_only=False).astype(np.int32))
    return np.concatenate(found)


def _check_classes(
    table: Table, schema: Schema, parts: dict[str, Ints], codes: Numbers | None, findings: Findings
) -> None:
    """Stop where a part is empty, training has one class, or a later part has a class that training has not."""
    empty = [part for part, rows in parts.items() if not len(rows)]
    if empty:
        counts = {part: len(rows) for part, rows in parts.items()}
        raise SplitError(f"no rows are left for {' and '.join(empty)}: {counts}", expected="rows in each part")
    if codes is None:
        return
    name = schema.target.name
    column = table.columns[name]
    seen = _present(codes, parts["train"])
    if len(seen) < 2:
        findings.stop(SplitError(f'training has {len(seen)} classes of "{name}"', expected="two at least"))
    declared = set(getattr(schema.target.kind, "labels", ()))
    for part in ("valid", "test"):
        for code in sorted(_present(codes, parts[part]) - seen):
            rows = parts[part][codes[parts[part]] == code]
            label = column.take(rows[:1])[0].as_py()
            at = column.where(int(rows[0]))
            text = f'class "{label}" has {len(rows):,} rows in {part} and none in training (first: {at})'
            if label in declared:
                findings.warn(f"unseen {label}", text)
            else:
                findings.stop(
                    SplitError(text, expected="examples of each class to train on", fix="mend or remove them")
                )
    lone = np.flatnonzero(np.bincount(codes[codes >= 0]) == 1)
    if len(lone):
        rows = np.flatnonzero(np.isin(codes, lone[:5]))
        names = ", ".join(f'"{v}"' for v in column.take(rows).to_pylist())
        findings.warn("class of one", f"{len(lone):,} classes have one row only, so they cannot be tested: {names}")


def _present(codes: Numbers, rows: Ints) -> set[int]:
    """The classes of some rows."""
    return set(np.flatnonzero(np.bincount(codes[rows] + 1)[1:]).tolist())


def _lock(table: Table, test: Ints, content: Hashes) -> str:
    digest = hashlib.sha256()
    for number, piece in enumerate(pieces(test)):
        names = SEPARATOR.join(table.ids_of(piece))
        digest.update((SEPARATOR * (number > 0) + names).encode("utf-8", "surrogatepass"))
    digest.update(content[test].astype("<u8").tobytes())
    return digest.hexdigest()

"""Part the rows into training, validation and test, so that what is tested was not seen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field as Range

from ..errors import KindError, SplitError
from ..findings import Findings
from ..kinds import Category, Schema
from ..rng import Ints, generator
from .hashes import Hashes, row_hashes
from .table import Table

Share = Annotated[float, Range(ge=0, lt=1)]
SMALL = 1_000  # rows under which test and validation take more, for intervals that say something
LEAST = 6
PARTS = ("train", "valid", "test")
OFTEN = 0.05  # a row that is so large a share of all cannot be kept on one side of the cut


@dataclass(frozen=True)
class SplitOptions:
    """Shares of all rows; 0 lets the number of rows decide. `group`: a column no value of which stands in two parts.
    `time`: a column in whose order the oldest rows train and the newest test."""

    valid: Share = 0.0
    test: Share = 0.0
    group: str | None = None
    time: str | None = None


@dataclass(frozen=True)
class Split:
    """Row numbers of each part, in order. `how` says how they were made; `locked` is the SHA-256 of the test rows'
    names and content. In memory only: `content`, a hash for each row of the table, and the `group` asked for."""

    train: Ints
    valid: Ints
    test: Ints
    how: str
    locked: str
    content: Hashes = field(default_factory=lambda: np.zeros(0, np.uint64), compare=False, repr=False)
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
    content = row_hashes(table, np.arange(rows), [f.name for f in schema.fields])
    codes = _codes(table, schema)
    published = table.parts if table.parts is not None else np.full(rows, "")
    own = np.where(published == "", "train", published)
    if not (own == "train").any():
        raise SplitError(f"{table.name} has no training part", expected="rows to train on", fix="a folder named train")
    lacking = [part for part in ("test", "valid") if not (own == part).any()]
    told = [_published(table, lacking)] if len(lacking) < 2 else []
    pool = np.flatnonzero(own == "train")
    if lacking:
        shares = _shares(len(pool), options, lacking)
        cut, how = _carve(table, pool, codes, content, shares, seed, options, findings)
        own = own.astype("<U5")
        for part, chosen in cut.items():
            own[chosen] = part
        told.append(f"{' and '.join(f'{p} {shares[p]:.0%}' for p in shares)} of {len(pool):,} rows {how}, seed {seed}")
    parts = {part: np.flatnonzero(own == part) for part in ("train", "valid", "test")}
    _check_classes(table, schema, parts, codes, findings)
    locked = _lock(table, parts["test"], content)
    return Split(parts["train"], parts["valid"], parts["test"], "; ".join(told), locked, content, options.group or "")


def _published(table: Table, lacking: list[str]) -> str:
    """What is said of parts that came with the rows."""
    kept = ", ".join(p for p in ("train", "valid", "test") if p not in lacking)
    return str(table.facts.get("parted") or f"published {kept}")


def _shares(rows: int, options: SplitOptions, lacking: list[str]) -> dict[str, float]:
    usual = {"test": 0.2, "valid": 0.15} if rows < SMALL else {"test": 0.15, "valid": 0.1}
    shares = {part: getattr(options, part) or usual[part] for part in lacking}
    if sum(shares.values()) >= 1:
        raise SplitError(f"shares of {shares} leave nothing to train on", expected="less than 1 in all")
    return shares


def _carve(
    table: Table,
    pool: Ints,
    codes: Ints | None,
    content: Hashes,
    shares: dict[str, float],
    seed: int,
    options: SplitOptions,
    findings: Findings,
) -> tuple[dict[str, Ints], str]:
    """Rows of the pool for each part that is lacking, and how they were chosen."""
    if options.time:
        return _by_time(table, pool, shares, options.time), f'newest by "{options.time}"'
    if options.group:
        units = _units_of_column(table, options.group, pool)
        found = len(np.unique(units))
        if found <= len(shares):
            raise SplitError(
                f'"{options.group}" has {found} groups in {len(pool):,} rows, for {len(shares) + 1} parts',
                expected=f"at least {len(shares) + 1} groups",
            )
        return _by_unit(pool, units, None, shares, seed), f'by whole groups of "{options.group}"'
    units = np.unique(content[pool], return_inverse=True)[1].astype(np.int64)
    sizes = np.bincount(units)
    often = sizes > max(2, OFTEN * len(pool))
    loose = often[units]
    if loose.any():
        findings.warn(
            "rows repeat",
            f"{loose.sum():,} rows hold only {often.sum():,} different ones, each repeated so often that equal rows "
            "stand in training and in test",
        )
        units[loose] = len(sizes) + np.arange(loose.sum())
        units = np.unique(units, return_inverse=True)[1].astype(np.int64)
    return _by_unit(pool, units, None if codes is None else codes[pool], shares, seed), (
        "at random" if codes is None else "at random within each class"
    )


def _by_unit(pool: Ints, units: Ints, codes: Ints | None, shares: dict[str, float], seed: int) -> dict[str, Ints]:
    """Whole units to parts, within each class of their first row, by the share of rows.

    A class of two units gives one to the first part, a class of one none: training comes first.
    """
    count = int(units.max()) + 1
    sizes = np.bincount(units, minlength=count)
    first = np.full(count, len(units))
    np.minimum.at(first, units, np.arange(len(units)))
    classes = np.zeros(count, np.int64) if codes is None else codes[first]
    shuffled = generator(seed, "split").permutation(count)
    chosen = np.full(count, "", dtype="<U5")
    for label in np.unique(classes):
        members = shuffled[classes[shuffled] == label]
        ends = np.cumsum(sizes[members])
        taken = 0
        for i, (part, share) in enumerate(shares.items()):
            left = len(members) - taken - 1  # one unit stays for training
            if left <= 0:
                break
            start = ends[taken - 1] if taken else 0
            wanted = start + share * ends[-1]
            number = int(np.searchsorted(ends, wanted + 0.5, side="right")) - taken
            number = min(max(number, 1), max(left - (len(shares) - i - 1), 1))
            chosen[members[taken : taken + number]] = part
            taken += number
    return {part: pool[chosen[units] == part] for part in shares}


def _by_time(table: Table, pool: Ints, shares: dict[str, float], name: str) -> dict[str, Ints]:
    """The newest rows to test, those before to validation; rows of one moment stay together, on the older side."""
    values = table.column(name).take(pool)
    if getattr(values, "null_count", 1):
        raise SplitError(
            f'{getattr(values, "null_count", len(pool)):,} rows have no "{name}"', expected="a time in each row"
        )
    moments = np.unique(values.to_numpy(zero_copy_only=False), return_inverse=True)[1]
    order = np.argsort(moments, kind="stable")
    made: dict[str, Ints] = {}
    end = len(pool)
    for part in ("test", "valid"):
        if part not in shares:
            continue
        start = end - max(1, round(shares[part] * len(pool)))
        cut = int(np.searchsorted(moments[order], moments[order[max(start, 1) - 1]], side="right"))
        if not 0 < start < end or cut >= end:
            raise SplitError(
                f'the times in "{name}" cannot be cut: {len(np.unique(moments)):,} different in {len(pool):,} rows',
                expected="enough different times for each part",
            )
        made[part], end = np.sort(pool[order[cut:end]]), cut
    return made


def _units_of_column(table: Table, name: str, pool: Ints) -> Ints:
    values = table.column(name).take(pool)
    words = values.dictionary_encode()
    units = pc.fill_null(words.indices, len(words.dictionary)).to_numpy(zero_copy_only=False)
    return np.unique(units, return_inverse=True)[1].astype(np.int64)


def _codes(table: Table, schema: Schema) -> Ints | None:
    """A number for each row's class, where the target is a category."""
    try:
        target = schema.target
    except KindError:
        return None
    if not isinstance(target.kind, Category) or table.columns[target.name].holds != "values":
        return None
    words = table.columns[target.name].take(np.arange(len(table))).dictionary_encode()
    codes: Ints = pc.fill_null(words.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def _check_classes(
    table: Table, schema: Schema, parts: dict[str, Ints], codes: Ints | None, findings: Findings
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
    seen = set(np.unique(codes[parts["train"]]).tolist()) - {-1}
    if len(seen) < 2:
        findings.stop(SplitError(f'training has {len(seen)} classes of "{name}"', expected="two at least"))
    declared = set(getattr(schema.target.kind, "labels", ()))
    for part in ("valid", "test"):
        for code in sorted(set(np.unique(codes[parts[part]]).tolist()) - seen - {-1}):
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
    known, often = np.unique(codes[codes >= 0], return_counts=True)
    lone = known[often == 1]
    if len(lone):
        rows = np.flatnonzero(np.isin(codes, lone[:5]))
        names = ", ".join(f'"{v}"' for v in column.take(rows).to_pylist())
        findings.warn("class of one", f"{len(lone):,} classes have one row only, so they cannot be tested: {names}")


def _lock(table: Table, test: Ints, content: Hashes) -> str:
    digest = hashlib.sha256("\x1f".join(table.id_of(int(row)) for row in test).encode("utf-8", "surrogatepass"))
    digest.update(content[test].astype("<u8").tobytes())
    return digest.hexdigest()

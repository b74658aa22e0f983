"""What looks as if the test part had been seen, or as if an input were the answer under another name."""

from __future__ import annotations

import re
from collections.abc import Callable
from posixpath import splitext
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import KindError
from ..findings import Findings, printable
from ..kinds import Category, Field, Number, Schema, Tags
from ..kinds.base import PIECE
from ..rng import Ints
from .hashes import among, distinct, row_hashes
from .relatives import relatives
from .split import Split
from .table import Files, Table

Record = dict[str, Any]
ENOUGH = 50  # rows under which a perfect map from a column to the target may be chance
SURE = 0.999
NEARLY = 0.98  # a correlation that measurements of two different things hardly have
AGREES = 0.5  # the correlation from which on a column that is named as a prediction is taken for one of the target
COUNTED = re.compile(r"^[a-z _-]{0,8}\d{1,7}$")  # 0001, img_12: names that any two folders share

GUESSED = re.compile(r"(?i)(?:^|[^a-z])(?:predict(?:ed|ions?)|preds?|forecast|estimated?|fitted|y_?hat)(?:[^a-z]|$)")


def find_leaks(table: Table, schema: Schema, split: Split, findings: Findings) -> list[Record]:
    """Each finding as {"code", "text"} with "columns" or "count"; each is a warning too. Looks at training rows only
    where it looks at targets."""
    found = [
        *_duplicates(table, schema, split),
        *(_groups(table, split, split.group) if split.group else ()),
        *_stems(table, split),
        *_answers(table, schema, split),
        *relatives(table, schema, split),
    ]
    for record in found:
        findings.warn(":".join(["leak", record["code"], *record.get("columns", [])]), record["text"])
    _tell_contradictions(table, schema, split, findings)
    return found


def _duplicates(table: Table, schema: Schema, split: Split) -> list[Record]:
    """Rows of test or validation that stand in training too, whatever their answer where inputs tell rows apart."""
    content = split.content
    if len(content) != len(table):
        content = row_hashes(table, np.arange(len(table)), list(dict.fromkeys(f.name for f in schema.fields)))
    told = distinct(split.inputs[split.train]) if len(split.inputs) else None
    by = content if told is None else split.inputs
    found, trained = [], np.sort(by[split.train])
    whole = trained if told is None else np.sort(content[split.train])
    for part in ("test", "valid"):
        rows = split.parts()[part]
        twice = rows[among(by[rows], trained)]
        if len(twice):
            other = int((~among(content[twice], whole)).sum())
            first = f"first: {_named(table, int(twice[0]))}"
            ends = f"{other:,} of them with another answer; {first}" if other else first
            text = f"{len(twice):,} of {len(rows):,} {part} rows stand in training too ({ends})"
            found.append({"code": f"duplicates {part}", "text": text, "count": len(twice)})
    return found


def _tell_contradictions(table: Table, schema: Schema, split: Split, findings: Findings) -> None:
    """Warn of rows of one class whose inputs are those of a row of another, where inputs tell rows apart."""
    if not any(f.role == "target" and isinstance(f.kind, Category | Tags) for f in schema.fields):
        return
    if not len(split.inputs) or distinct(split.inputs) is None:
        return
    order = np.lexsort((split.content, split.inputs))
    inputs, content = split.inputs[order], split.content[order]
    two = (inputs[1:] == inputs[:-1]) & (content[1:] != content[:-1])
    if two.any():
        first = _named(table, int(order[np.flatnonzero(two)[0]]))
        text = f"{np.unique(inputs[1:][two]).size:,} rows stand there again with another answer (first: {first})"
        findings.warn("two answers", text)


def _groups(table: Table, split: Split, group: str) -> list[Record]:
    """Groups with rows in training and in a later part."""
    column = table.column(group)
    trained = column.take(split.train).unique().drop_null()
    found = []
    for part in ("test", "valid"):
        shared = int(
            pc.sum(pc.is_in(column.take(split.parts()[part]).unique().drop_null(), value_set=trained)).as_py() or 0
        )
        if shared:
            text = f'{shared:,} groups of "{group}" have rows in training and in {part}'
            found.append({"code": f"groups {part}", "text": text, "columns": [group], "count": shared})
    return found


def _stems(table: Table, split: Split) -> list[Record]:
    """Files of one name in training and in a later part, unless the names only count. Of a part that was published the
    bare names are held against each other; of one drawn from the same folders, where each class may have names of its
    own, the folders too."""
    found = []
    published = set() if table.parts is None else set(table.parts.tolist())
    for name, column in table.columns.items():
        if not isinstance(column, Files):
            continue
        whole = [splitext(file.lower())[0] for file in column.names]
        stems = [path.rpartition("/")[2] for path in whole]
        for part in ("test", "valid"):
            keys = stems if part in published else whole
            trained = {keys[i] for i in split.train if not COUNTED.match(stems[i])}
            shared = [i for i in split.parts()[part] if keys[i] in trained]
            if shared:
                text = (
                    f"{len(shared):,} files of {part} have the name of a file in training "
                    f"(first: {printable(column.names[shared[0]])})"
                )
                found.append({"code": f"names {part}", "text": text, "columns": [name], "count": len(shared)})
    return found


def _answers(table: Table, schema: Schema, split: Split) -> list[Record]:
    """Inputs that tell the target, or that count the rows in its order; of more than a million rows, every second,
    third … is looked at."""
    try:
        target = schema.target
    except KindError:
        return []
    rows = split.train[:: -(-len(split.train) // PIECE)]
    if len(rows) < ENOUGH or table.columns[target.name].holds != "values":
        return []
    if isinstance(target.kind, Category):
        codes = _codes(table, target, rows)
        largest = np.bincount(codes).max() / len(codes)
        if largest > SURE:
            return []
        tells: Callable[[Field], str] = lambda f: _tells_class(table, f, rows, codes)  # noqa: E731
        order = codes.astype(np.float64)
    elif isinstance(target.kind, Number):
        order = _floats(table, target, rows)
        tells = lambda f: _tells_number(table, f, rows, order)  # noqa: E731
    else:
        return []
    found = []
    for f in schema.inputs:
        if table.columns[f.name].holds != "values":
            continue
        why = tells(f)
        if why:
            text = f'"{f.name}" {why} the target "{target.name}" in training; is it known before the answer?'
            found.append({"code": "answer", "text": text, "columns": [f.name, target.name]})
        elif _counts_rows(table, f, rows) and abs(_correlation(np.arange(len(rows), dtype=float), order)) > 0.5:
            text = f'"{f.name}" only counts the rows, and the rows stand in the order of the target "{target.name}"'
            found.append({"code": "order", "text": text, "columns": [f.name, target.name]})
    return found


def _tells_class(table: Table, f: Field, rows: Ints, codes: Ints) -> str:
    """Whether one column gives the class: each value its own, or each class its own stretch of numbers."""
    if isinstance(f.kind, Number):
        values = _floats(table, f, rows)
        known = np.isfinite(values)
        if known.sum() < ENOUGH:
            return ""
        order = np.lexsort((codes[known], values[known]))
        sorted_codes, sorted_values = codes[known][order], values[known][order]
        changes = np.flatnonzero(np.diff(sorted_codes))
        clean = bool(np.all(np.diff(sorted_values)[changes] > 0))
        return "separates the classes of" if clean and len(changes) + 1 == len(np.unique(codes[known])) > 1 else ""
    value_codes = _codes(table, f, rows)
    different = int(value_codes.max()) + 1
    if different * 10 > len(rows):
        return ""
    pairs = np.zeros((different, int(codes.max()) + 1), np.int64)
    np.add.at(pairs, (value_codes, codes), 1)
    right = pairs.max(1).sum() / len(rows)
    if GUESSED.search(f.name) and right >= (1 + pairs.sum(0).max() / len(rows)) / 2:
        return "is named as a prediction, and agrees with"
    return "almost determines" if right >= SURE else ""


def _tells_number(table: Table, f: Field, rows: Ints, wanted: NDArray[np.float64]) -> str:
    """Whether one column of numbers is the target, or a straight line of it."""
    if not isinstance(f.kind, Number):
        return ""
    values = _floats(table, f, rows)
    both = np.isfinite(values) & np.isfinite(wanted)
    if both.sum() < ENOUGH:
        return ""
    if np.isclose(values[both], wanted[both], rtol=1e-6).mean() > SURE:
        return "equals"
    found = abs(_correlation(values[both], wanted[both]))
    if GUESSED.search(f.name) and found > AGREES:
        return f"is named as a prediction, and agrees (r = {found:.2f}) with"
    if found > NEARLY:
        return "follows a straight line of" if found > SURE else f"nearly predicts (r = {found:.3f})"
    return ""


def _counts_rows(table: Table, f: Field, rows: Ints) -> bool:
    """Whole numbers that rise, or fall, with every row."""
    if not isinstance(f.kind, Number):
        return False
    values = _floats(table, f, rows)
    steps = np.diff(values)
    return bool(
        np.isfinite(values).all() and np.all(values == np.rint(values)) and (np.all(steps > 0) or np.all(steps < 0))
    )


def _codes(table: Table, f: Field, rows: Ints) -> Ints:
    words = table.columns[f.name].take(rows).dictionary_encode()
    codes: Ints = pc.fill_null(words.indices, len(words.dictionary)).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def _floats(table: Table, f: Field, rows: Ints) -> NDArray[np.float64]:
    """A column's numbers as its kind reads them, standardised or not: neither changes an order or a correlation."""
    try:
        return np.asarray(f.kind.encode(table.columns[f.name].take(rows)).array, np.float64)
    except KindError:  # text that was declared a number: fitting says so
        return np.full(len(rows), np.nan)


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    known = np.isfinite(a) & np.isfinite(b)
    if known.sum() < 2 or a[known].std() == 0 or b[known].std() == 0:
        return 0.0
    return float(np.corrcoef(a[known], b[known])[0, 1])


def _named(table: Table, row: int) -> str:
    column = next(iter(table.columns.values()))
    return printable(table.id_of(row)) if column.holds == "files" else column.where(row)

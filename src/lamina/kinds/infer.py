"""Name a column's kind by looking at its values, with the reason; the user may always say otherwise."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from dataclasses import replace
from itertools import islice

import numpy as np
import pyarrow as pa

from ..errors import KindError, LaminaError
from .audio import Audio
from .base import Column, Kind, pieces
from .category import MOST, Category
from .dates import WRITTEN, are_dates
from .dressed import SAMPLE, refuse_dressed
from .graph import Graph
from .image import Image, has_picture_shape, no_pictures
from .molecule import Molecule, is_smiles
from .number import Number, reads
from .protein import Protein, is_protein
from .schema import Role
from .seen import Seen, seen
from .sounds import is_sound_file
from .tags import Tags
from .text import Text, is_text

FEW = 50  # different texts that make a category however few rows there are, if they repeat
GAPS = 0.01  # of rows, that are missing where they were numbered and a few were taken out
REPEATS = 10  # more different texts than that must be seen so often each, on average
FILES = 3  # looked into, to tell sounds from pictures
IDENTIFIER = re.compile(r"(^|[_\W])(?i:id|uuid|guid|key|index|idx|rowid|row)$|(?<=[a-z])I[dD]$")
SEPARATORS = (";", "|", ",")

Answer = tuple[Kind | None, str]


def infer(name: str, column: Column, role: Role, categories: bool = False) -> Answer:
    """The kind of a column with the reason, or None with why it is left out. `categories`: its type in the source says
    that it holds some, and is believed where they are not too many, and repeat.

    Raises KindError for numbers that were written as text (12%, $3, 1 000, 12,5), with examples and what to do, for
    pictures whose channels come first, and for a target that can be none of the kinds.
    """
    if column.holds == "files":
        sounds = any(is_sound_file(data) for data in column.take(np.arange(min(FILES, len(column)))))
        return (Audio(), "files of sounds") if sounds else (Image(), "files of pictures")
    if column.holds == "arrays":
        return _of_arrays(name, column)
    kind = column.take(np.zeros(0, np.int64)).type
    if all(column.take(piece).null_count == len(piece) for piece in pieces(np.arange(len(column)))):
        return None, "no value in any row"
    if categories and _repeats(seen(column)):
        return Category(), "its dtype says so"
    if pa.types.is_boolean(kind):
        return _unless_constant(seen(column), Category(), "true or false")
    if pa.types.is_integer(kind):
        return _of_whole_numbers(name, seen(column), role)
    if pa.types.is_floating(kind):
        return _of_floats(seen(column), role)
    if pa.types.is_string(kind):
        return _of_texts(name, seen(column), role)
    if pa.types.is_struct(kind) and {"nodes", "edges"} >= {f.name for f in kind} >= {"edges"}:
        return Graph(), "nodes and edges in each row"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return (Tags(), "a list of labels in each row") if role == "target" else (None, "lists are no input")
    if pa.types.is_temporal(kind):
        return None, f"a date; --kind {shlex.quote(name + '=Number')} takes it as a number"
    return None, f"values of type {kind} are of no kind"


def _repeats(held: Seen) -> bool:
    """Whether a column holds several values, few enough for a category, of which one at least comes again."""
    return 1 < held.different <= MOST and held.different < held.known


def _of_arrays(name: str, column: Column) -> Answer:
    """Pictures, or nothing. Raises KindError for what would be pictures in another order."""
    shape = column.take(np.zeros(1, np.int64)).shape[1:]
    told = f"arrays of {' × '.join(map(str, shape))}"
    if has_picture_shape(shape):
        return Image(), f"{told}, as pictures are"
    if (error := no_pictures(name, shape)).fix:
        raise error
    return None, f"{told} are of no kind"


def _unless_constant(held: Seen, kind: Kind, reason: str) -> Answer:
    """The kind, unless all rows hold the same; a value that is only sometimes missing tells something."""
    if held.different == 1:
        only = f"{held.only!r:.40}"
        return (Category(), f"{only}, or missing") if held.nulls else (None, f"{only} in every row")
    return kind, reason


def _of_whole_numbers(name: str, held: Seen, role: Role) -> Answer:
    low, high, different = held.low, held.high, held.different
    if role == "target":
        in_a_row = low in (0, 1) and high - low + 1 == different
        if different <= 10 or (in_a_row and different <= 1_000 and held.known >= REPEATS * different):
            return _unless_constant(held, Category(), f"{different} different whole numbers in {held.known:,} rows")
        return Number(), f"whole numbers, {held.said} different from {low:,} to {high:,}"
    if held.each_once and held.rows > 20:
        gaps = high - low + 1 - held.rows
        if gaps == 0:
            return None, "whole numbers one after another, different in each row: a row number"
        if gaps <= GAPS * held.rows:
            some = "1 gap" if gaps == 1 else f"{gaps:,} gaps"
            return None, f"whole numbers one after another but for {some}, different in each row: a row number"
        if IDENTIFIER.search(name):
            return None, "a different whole number in each row: an identifier"
    return _unless_constant(held, Number(), f"whole numbers from {low:,} to {high:,}")


def _of_floats(held: Seen, role: Role) -> Answer:
    if not held.known:
        return None, "no finite number in any row"
    few = held.different <= 10 < held.known
    if role == "target" and few and all(value == round(value) for value in held.values.to_pylist()):
        reason = f"{held.different} different whole numbers, written as floats"
        return _unless_constant(replace(held, nulls=0), Category(), reason)
    if held.different == 1 and held.known == held.rows:
        return None, f"{held.low:g} in every row"
    return Number(), "numbers"


def _of_texts(name: str, held: Seen, role: Role) -> Answer:
    counts, rows, different = held.counts, held.counted, held.different
    if when := are_dates(dict(islice(counts.items(), SAMPLE))):
        then = (
            f"--kind {shlex.quote(name + '=Number')} takes it as a number" if when == "date" else "it is taken as one"
        )
        return None, f"a {when}; written {WRITTEN[when]}, {then}"
    refuse_dressed(name, counts)
    if role == "input" and different > FEW and (why := is_smiles(name, list(counts))):
        return Molecule(), why
    if role == "input" and (why := is_protein(name, list(counts))):
        return Protein(), why
    if role == "target":
        separator = _separator(counts)
        if separator:
            return Tags(separator=separator), f'labels that repeat, with "{separator}" between them'
    if different == 1:
        return _unless_constant(held, Category(), "one value")
    if different <= MOST and (
        (different <= FEW and 2 * different <= rows)
        or REPEATS * different <= rows
        or (role == "target" and different <= 2)
    ):
        return Category(), f"{different:,} different texts in {rows:,} rows"
    if role == "target":
        if different <= MOST and 2 * different <= rows:
            return Category(), f"{different:,} different texts in {rows:,} rows"
        if is_text(held.first):
            return Text(), "free text"
        raise KindError(
            f'column "{name}" holds {different:,} different texts in {rows:,} rows; a Category should repeat itself',
            expected="a few values seen many times, or numbers",
            fix="--target COLUMN",
        )
    if is_text(held.first):
        return Text(), "free text"
    as_number = f"; --kind {shlex.quote(name + '=Number')} takes it as a number" if reads("", list(counts)) else ""
    if different == rows:
        return None, f"a different text in each row: an identifier{as_number}"
    many = f"{different:,} different texts in {rows:,} rows: too many for a category, too short for free text"
    return None, f"{many}{as_number}"


def _separator(counts: dict[str, int]) -> str:
    """The sign between labels, if half of the values hold it and the parts repeat; "" if none does."""
    head = dict(list(counts.items())[:SAMPLE])
    rows = sum(head.values())
    for sign in SEPARATORS:
        if sum(n for value, n in head.items() if sign in value) < 0.5 * rows:
            continue
        parts: Counter[str] = Counter()
        for value, n in head.items():
            for part in value.split(sign):
                parts[part.strip()] += n
        if parts.total() >= (5 if sign != "," else 10) * len(parts) and len(head) > len(parts) // 2:
            return sign
    return ""


def flags_of(error: LaminaError) -> str:
    """What to add to the command to get past an error of `infer`: the flags its fix begins with."""
    return error.fix.split(", or ")[0] if error.fix.startswith(("--kind ", "--missing ")) else ""

"""What the first lines of a table tell: what stands between fields, and whether line 1 holds names."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter

CANDIDATES = (",", ";", "\t", "|")
LINES = 100
NUMBER = re.compile(r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$")


def delimiter_of(text: str, name: str) -> str:
    """The sign that cuts most lines into the same number of fields, more than one; by the ending where none does."""
    usual = "\t" if ".tsv" in name.lower() or ".tab" in name.lower() else ","
    best, score = usual, (0.0, 0)
    for sign in (usual, *(c for c in CANDIDATES if c != usual)):
        try:
            rows = rows_of(text, sign, LINES)
        except csv.Error:  # a field without end: this sign does not cut it
            continue
        if not rows:
            continue
        width, count = Counter(len(row) for row in rows).most_common(1)[0]
        if width > 1 and (round(count / len(rows), 1), width) > score:
            best, score = sign, (round(count / len(rows), 1), width)
    return best


def rows_of(text: str, delimiter: str, most: int | None = None) -> list[list[str]]:
    """The rows of a text that are not empty, of the first `most`. Raises csv.Error for a field over 131,072 signs."""
    rows = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter)
    return [row for row in itertools.islice(rows, most) if row]


def is_header(rows: list[list[str]], missing: tuple[str, ...]) -> bool:
    """Whether the first row holds names: no number stands in it over numbers, and it does not recur as a value.

    Names over a column of numbers are a header; in a table of text only, the first row is one unless one of its
    values occurs again in its own column.
    """
    first, below = [field.strip() for field in rows[0]], rows[1:]
    if not below:
        return not any(NUMBER.match(field) for field in first)
    if any(not field for field in first[1:]) and any(NUMBER.match(field) for field in first):
        return False
    over_numbers = recurs = False
    for i, field in enumerate(first):
        values = [row[i].strip() for row in below if i < len(row)]
        known = [v for v in values if v and v not in missing]
        numbers = bool(known) and sum(bool(NUMBER.match(v)) for v in known) >= 0.9 * len(known)
        if NUMBER.match(field) and (numbers or not known):
            return False
        over_numbers |= numbers and bool(field)
        recurs |= bool(field) and field in values
    return over_numbers or not recurs

"""Entities that labels of tokens mark: whole, and of their type, or wrong.

Where one begins and ends is told as the script of CoNLL 2000 does, https://aclanthology.org/W00-0726, for labels with
B, I and O, and with E or L for the last token and S or U for the only one: an I that continues nothing begins one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kinds import Each

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

UNKNOWN, UNANSWERED = -1, -2  # codes of a label that training never saw, and of a token without an answer
ALONE, LAST = "BSU", "ELSU"  # letters that begin an entity whatever was before, and that end one whatever comes


@dataclass(frozen=True)
class Marks:
    """By code of a label, and at the end for UNANSWERED and UNKNOWN: whether it is inside of an entity, of which type,
    and whether it begins or ends one by itself."""

    inside: Flags
    type: Ints
    begins: Flags
    ends: Flags

    @classmethod
    def of(cls, kind: Each) -> Marks:
        """The marks of labels like B-person."""
        parts = [str(label).partition("-") for label in kind.of.labels]
        types = {name: number for number, name in enumerate(sorted({name for _, _, name in parts}))}
        return cls(
            np.array([*(bool(name) for _, _, name in parts), False, True]),
            np.array([*(types[name] for _, _, name in parts), UNANSWERED, UNKNOWN]),
            np.array([*(letter in ALONE for letter, _, _ in parts), False, False]),
            np.array([*(letter in LAST for letter, _, _ in parts), False, False]),
        )


def entities(marks: Marks, codes: Ints, owner: Ints) -> Ints:
    """By token (n,) the place of the last token of the entity that begins there, -1 where none does; `owner` is the row
    of each token."""
    inside, kind = marks.inside[codes], marks.type[codes]
    joined = np.zeros(len(codes), np.bool_)  # to the token before
    joined[1:] = (owner[1:] == owner[:-1]) & inside[1:] & inside[:-1] & (kind[1:] == kind[:-1])
    joined[1:] &= ~marks.begins[codes][1:] & ~marks.ends[codes][:-1]
    ends = inside.copy()
    ends[:-1] &= ~joined[1:]
    last = np.full(len(codes), -1, np.int64)
    last[inside & ~joined] = np.flatnonzero(ends)
    return last


def counted(kind: Each, truth: Ints, said: Ints, owner: Ints, rows: int) -> NDArray[np.float64]:
    """Entities by row (rows, 3): those that are there, those that were said, and those that were said and are there."""
    marks = Marks.of(kind)
    there, told = entities(marks, truth, owner), entities(marks, said, owner)
    same = (there >= 0) & (there == told) & (marks.type[truth] == marks.type[said])
    each = (there >= 0, told >= 0, same)
    return np.stack([np.bincount(owner[at], minlength=rows) for at in each], 1).astype(np.float64)

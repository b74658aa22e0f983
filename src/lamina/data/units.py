"""Units of rows that stand in one part: groups, or rows of equal inputs, dealt to parts by the share of rows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..findings import Findings
from ..rng import Ints, generator
from .hashes import numbered
from .table import Table

Numbers = NDArray[np.int32]  # of classes and of units: half the memory of whole numbers otherwise

PARTS = ("train", "valid", "test")
TRAIN = 0
HEAVIEST = 32  # times that a unit may be doubled
FAR = 2.0  # times that a part may be larger or smaller than it is to be before it is said


def dealt(pool: Ints, units: Numbers, codes: Numbers | None, shares: dict[str, float], seed: int) -> dict[str, Ints]:
    """Whole units to parts, within each class of their first row, by the share of rows.

    A class of two units gives one to the first part, a class of one none: training comes first, also with the units
    that are larger than a part is to be.
    """
    count = int(units.max()) + 1
    sizes = np.bincount(units, minlength=count).astype(np.int32)
    classes = np.zeros(count, np.int32)
    if codes is not None:
        classes[units[::-1]] = codes[::-1]  # what is written last stays
    shuffled = generator(seed, "split").permutation(count).astype(np.int32)
    shuffled = shuffled[np.argsort(_order(classes, sizes, min(shares.values()))[shuffled], kind="stable")]
    edges = np.flatnonzero(np.diff(classes[shuffled], prepend=classes.min() - 1, append=classes.max() + 1))
    chosen = np.full(count, TRAIN, np.int8)
    for first, past in pairwise(edges.tolist()):
        members = shuffled[first:past]
        ends = np.cumsum(sizes[members], dtype=np.int64)
        taken = 0
        for i, (part, share) in enumerate(shares.items()):
            left = len(members) - taken - 1  # one unit stays for training
            if left <= 0:
                break
            start = ends[taken - 1] if taken else 0
            wanted = start + share * ends[-1]
            number = int(np.searchsorted(ends, wanted + 0.5, side="right")) - taken
            number = min(max(number, 1), max(left - (len(shares) - i - 1), 1))
            chosen[members[taken : taken + number]] = PARTS.index(part)
            taken += number
    return {part: pool[chosen[units] == PARTS.index(part)] for part in shares}


def _order(classes: Numbers, sizes: Numbers, share: float) -> Numbers:
    """By what units are put in order: one class after the other, in each last what is larger than a part of such a
    `share` of its rows, the more so the later."""
    large = np.flatnonzero(sizes > 1)
    if not len(large):
        return classes
    places = classes - classes.min()
    part = share * np.bincount(places, sizes)  # rows of a class
    key: Numbers = places * HEAVIEST
    key[large] += np.log2(np.maximum(sizes[large] / part[places[large]], 1)).astype(np.int32)
    return key


def tell_uneven(group: str, made: dict[str, float], wanted: dict[str, float], findings: Findings) -> None:
    """Warn where whole groups make a part less than half as large as it is to be, or more than twice."""
    far = {part: share for part, share in made.items() if not 1 / FAR <= share / wanted[part] <= FAR}
    if far:
        told = " and ".join(f"{part} {share:.0%}, not {wanted[part]:.0%}" for part, share in far.items())
        findings.warn("uneven groups", f'groups of "{group}" are few or of very different size: {told} of the rows')


def units_of_column(table: Table, name: str, pool: Ints, findings: Findings) -> Numbers:
    """For each row of the pool the number of its group in a column; those that name none are one, which is said."""
    values = table.column(name).take(pool)
    if values.null_count:
        text = f'{values.null_count:,} rows have no "{name}"; they stay together, as one group'
        findings.warn("no group", text)
    words = values.dictionary_encode()
    units = pc.fill_null(words.indices, len(words.dictionary)).to_numpy(zero_copy_only=False)
    return numbered(units)

"""The cut of rows by their time: what is tested comes after what was learned from."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import SplitError
from ..rng import Ints
from .table import Table

SORTED = r"^\d{4}(-\d{2}(-\d{2}([T ]\d{2}:\d{2}.*)?)?)?$"  # text whose order is that of the times it stands for


def newest(table: Table, pool: Ints, shares: dict[str, float], name: str) -> dict[str, Ints]:
    """The newest rows to test, those before to validation; rows of one moment stay together, on the older side.

    Raises SplitError for rows without a time, times that are text in another order, and too few different ones.
    """
    values = table.column(name).take(pool)
    if getattr(values, "null_count", 1):
        raise SplitError(
            f'{getattr(values, "null_count", len(pool)):,} rows have no "{name}"', expected="a time in each row"
        )
    if not (pa.types.is_temporal(values.type) or pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        odd = values.filter(pc.invert(pc.match_substring_regex(pc.cast(values, pa.string()), SORTED)))
        if len(odd):
            raise SplitError(
                f'"{name}" holds "{odd[0].as_py()}", and text is not in the order of time',
                expected="times as 2020-01-31 or 2020-01-31T12:00:00, or numbers that rise with time",
                fix="write the times so, or give --test the newest rows as a file of their own",
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

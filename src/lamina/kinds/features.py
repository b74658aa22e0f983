"""What is known of nodes and edges as numbers: a sign for each of a few values, other numbers standardised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .records import Floats, Ints

FEW = 64  # different whole numbers that are taken for names of something: an element, a tag


@dataclass(frozen=True)
class Features:
    """Columns of nodes or edges, fitted on training rows. `values` of each column are its known whole numbers, none
    where it is a number like any other; that one is standardised by `mean` and `std`. (V, F) -> (V, width)"""

    values: tuple[tuple[int, ...], ...] = ()
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    @classmethod
    def of(cls, x: Floats) -> Features:
        """What the columns of (V, F) hold."""
        values, mean, std = [], [], []
        for column in x.T.astype(np.float64):
            known = np.unique(column[np.isfinite(column)])
            named = 0 < len(known) <= FEW and bool(np.all(known == np.rint(known)))
            truths = named and set(known.tolist()) <= {0.0, 1.0}
            values.append(tuple(int(v) for v in known) if named and not truths else ())
            plain = named or not len(known)
            mean.append(0.0 if plain else float(np.nanmean(column)))
            std.append(1.0 if plain else float(np.nanstd(column)) or 1.0)
        return cls(tuple(values), tuple(mean), tuple(std))

    @property
    def width(self) -> int:
        """How many numbers come of a row."""
        return sum(len(known) or 1 for known in self.values)

    def encode(self, x: Floats) -> Floats:
        """Columns as places among their known values, -1 for one never seen, or standardised: (V, F) -> (V, F)."""
        out = np.empty_like(x, dtype=np.float32)
        for i, known in enumerate(self.values):
            if known:
                at = np.searchsorted(known, x[:, i]).clip(max=len(known) - 1)
                out[:, i] = np.where(np.asarray(known)[at] == x[:, i], at, -1)
            else:
                out[:, i] = (x[:, i] - self.mean[i]) / self.std[i]
        return out

    def spread(self, codes: Floats) -> Floats:
        """A one at the place of each known value, numbers as they are: (V, F) -> (V, width)."""
        out = np.zeros((len(codes), self.width), np.float32)
        first = 0
        for i, known in enumerate(self.values):
            if known:
                seen = np.flatnonzero(codes[:, i] >= 0)
                out[seen, first + codes[seen, i].astype(np.int64)] = 1
            else:
                out[:, first] = codes[:, i]
            first += len(known) or 1
        return out


NOTHING = Features()


def different(rows: Floats) -> tuple[Floats, Ints]:
    """The different rows of (E, G), (K, G), and which one each is, (E,); all of them where they are many.

    >>> different(np.array([[1, 0], [2, 0], [1, 0]], np.float32))[1].tolist()
    [0, 1, 0]
    """
    if not rows.shape[1] or not len(rows):
        return rows, np.arange(len(rows))
    plain = np.ascontiguousarray(rows) + 0.0  # -0.0 is 0.0
    keys = plain.view(np.dtype((np.void, plain.dtype.itemsize * plain.shape[1])))[:, 0]
    _, first, kind = np.unique(keys, return_index=True, return_inverse=True)
    return (rows[first], kind.astype(np.int64)) if len(first) <= FEW else (rows, np.arange(len(rows)))

"""Which class is taken for which, and how each class fares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def confusion(truth: NDArray[Any], predicted: NDArray[Any], classes: int) -> Ints:
    """How often class i (row) was answered as class j (column): (n,), (n,) -> (C, C).

    Rows whose truth or answer is no class, -1, are left out.
    """
    known = (truth >= 0) & (predicted >= 0)
    cells = truth[known].astype(np.int64) * classes + predicted[known].astype(np.int64)
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes).astype(np.int64)


def per_class(truth: NDArray[Any], predicted: NDArray[Any], labels: Sequence[str]) -> list[dict[str, Any]]:
    """Label, precision, recall, f1 and n of each class, from codes (n,) and (n,).

    None for a precision of a class that is never answered, a recall of one that is never true, an f1 of one that is
    neither.
    """
    table = confusion(truth, predicted, len(labels))
    hits, said, true = np.diag(table), table.sum(0), table.sum(1)
    return [
        {
            "label": label,
            "precision": _share(hits[c], said[c]),
            "recall": _share(hits[c], true[c]),
            "f1": _share(2 * hits[c], said[c] + true[c]),
            "n": int(true[c]),
        }
        for c, label in enumerate(labels)
    ]


def _share(part: Any, whole: Any) -> float | None:
    return float(part / whole) if whole else None

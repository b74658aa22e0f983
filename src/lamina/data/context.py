"""Arrays that all rows point into, as far as training may see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rng import Ints


def training_context(context: Mapping[str, NDArray[Any]], train: Ints) -> dict[str, NDArray[Any]]:
    """The context without the edges that are answers of rows outside training.

    `edge_rows` (E,) names the row that each column of `edges` (2, E) is the answer of; without it all edges are known
    from the start, and stay.
    """
    known = dict(context)
    if "edge_rows" in known:
        seen = np.isin(known["edge_rows"], train)
        known |= {"edges": known["edges"][:, seen], "edge_rows": known["edge_rows"][seen]}
    return known

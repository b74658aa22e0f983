"""What one score is: its name, its formula, which way is better, how its interval is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from .weights import Floats, Weights


@dataclass(frozen=True)
class Score:
    """One score: `function(case, weights of R) -> (R,)`, which way is better, and how its interval is made.

    `interval`: "wilson" for a share of rows, "delong" for an area where there are two classes, else "bootstrap"; the
    bootstrap is reversed where `noise` says what chance alone adds to the score. `lost`: whether a row without an
    answer counts as wrong; where it does not, it is left out. `quick`: computed whenever training judges.
    """

    name: str
    function: Callable[[Any, Weights], Floats]
    better: Literal["higher", "lower"]
    interval: Literal["wilson", "delong", "bootstrap"] = "bootstrap"
    lost: bool = False
    quick: bool = False
    undefined: str = "there are no answers"
    by_row: bool = False  # counts rows even where other scores of its kind count tokens
    noise: Callable[[Any, Weights], Floats] | None = None

"""Which scores a kind has: one table, the way to a quick value, and the way to a value with its interval.

Shapes: Category truth (n,) codes and probabilities (n, C); Number truth and answer (n,) in the user's units; Tags truth
(n, K) 0 or 1 and probabilities (n, K).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import KindError
from ..kinds import Kind
from . import category, number, tags
from .intervals import Interval, delong, percentile, reversed_percentile, wilson
from .weights import Floats, Weights, once, resampled

WORK = 200_000_000  # weights drawn for one call, counted once for each order of the rows that has to be summed
FEWEST = 100  # resamples, however many rows there are


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
    noise: Callable[[Any, Weights], Floats] | None = None


ONE_CLASS = "all rows are of one class"

# The first score of a kind is the main one: training stops early by it.
SCORES: dict[str, tuple[Score, ...]] = {
    "Category": (
        Score("accuracy", category.accuracy, "higher", "wilson", lost=True, quick=True),
        Score("balanced_accuracy", category.balanced_accuracy, "higher", lost=True),
        Score("macro_f1", category.macro_f1, "higher", lost=True),
        Score("auc", category.auc, "higher", "delong", undefined=ONE_CLASS),
        Score("average_precision", category.average_precision, "higher", undefined=ONE_CLASS),
        Score("log_loss", category.log_loss, "lower", quick=True),
        Score("brier", category.brier, "lower"),
        Score("ece", category.ece, "lower", noise=category.ece_noise),
    ),
    "Number": (
        Score("rmse", number.rmse, "lower", quick=True),
        Score("mae", number.mae, "lower", quick=True),
        Score("r2", number.r2, "higher", undefined="the truth is the same in all rows"),
    ),
    "Tags": (
        Score("exact", tags.exact, "higher", "wilson", lost=True, quick=True),
        Score("macro_f1", tags.macro_f1, "higher", lost=True, quick=True, undefined="no tag is on or said to be on"),
        Score("micro_f1", tags.micro_f1, "higher", lost=True, undefined="no tag is on or said to be on"),
        Score("average_precision", tags.average_precision, "higher", undefined="no tag is both on and off"),
        Score("auc", tags.auc, "higher", undefined="no tag is both on and off"),
        Score("log_loss", tags.log_loss, "lower", quick=True),
    ),
}
CASES: dict[str, Callable[[Any, NDArray[Any], NDArray[Any]], Any]] = {
    "Category": category.Case.of,
    "Number": number.Case.of,
    "Tags": tags.Case.of,
}


def scores_of(kind: Kind) -> tuple[Score, ...]:
    """The scores of a kind, the main one first. Raises KindError for a kind that cannot be scored."""
    name = type(kind).__name__
    if name not in SCORES:
        raise KindError(f"{name} cannot be scored", expected=f"a target of kind {', '.join(SCORES)}")
    return SCORES[name]


def kind_scores(kind: Kind, truth: NDArray[Any], answer: NDArray[Any]) -> dict[str, float]:
    """The main score and the loss, without intervals: what training looks at every time it judges.

    Rows whose answer is not finite are wrong or left out, as in `scored`; a score that is not defined is left out.
    """
    scores = scores_of(kind)
    usable = _usable(type(kind).__name__, truth, answer)
    case, weights = _case(kind, truth, answer, usable), once(int(usable.sum()), int((~usable).sum()))
    with np.errstate(all="ignore"):
        found = {s.name: float(s.function(case, weights)[0]) for s in scores if s.quick}
    return {name: value for name, value in found.items() if np.isfinite(value)}


def scored(
    kind: Kind,
    truth: NDArray[Any],
    answer: NDArray[Any],
    groups: NDArray[Any] | None = None,
    seed: int = 0,
    resamples: int = 1000,
    lost: int = 0,
) -> dict[str, dict[str, Any]]:
    """Every score of a kind: name -> {"value", "low", "high", "n", "method"}, with 95 % intervals, as plain JSON.

    `groups` (n,) names rows that belong together; then every interval is a bootstrap of whole groups. `lost` counts
    rows that got no answer; a row whose answer is not finite, or whose truth is no known class, is one more. They are
    wrong wherever wrong has a meaning, and left out elsewhere, as n tells. A value of None has its reason in "method".
    """
    scores = scores_of(kind)
    usable = _usable(type(kind).__name__, truth, answer)
    case, n = _case(kind, truth, answer, usable), int(usable.sum())
    lost += len(usable) - n
    strange = int((truth < 0).sum()) if type(kind).__name__ == "Category" else 0
    groups = None if groups is None else groups[usable]
    with np.errstate(all="ignore"):
        values = {s.name: float(s.function(case, once(n, lost))[0]) for s in scores}
        exact = {} if groups is not None else {s.name: _closed(s, case, values[s.name], n + lost) for s in scores}
        drawn = [s for s in scores if exact.get(s.name) is None and np.isfinite(values[s.name])]
        resamples = max(min(FEWEST, resamples), min(resamples, WORK // (max(1, n) * max(1, case.columns))))
        functions = {s.name: s.function for s in drawn} | {f"{s.name} noise": s.noise for s in drawn if s.noise}
        draws: dict[str, list[Floats]] = {name: [] for name in functions}
        for weights in resampled(n, lost, groups, seed, resamples) if drawn else ():
            for name, function in functions.items():
                draws[name].append(function(case, weights))
    units = "rows" if groups is None else f"{len(np.unique(groups)):,} groups"
    way = f"bootstrap 95 %, {resamples:,} resamples of {units}"
    return {
        s.name: _entry(
            s,
            values[s.name],
            exact.get(s.name) or _bootstrap(s, values[s.name], draws, way),
            n,
            (lost, strange),
            case.notes.get(s.name, ""),
        )
        for s in scores
    }


def _usable(name: str, truth: NDArray[Any], answer: NDArray[Any]) -> NDArray[np.bool_]:
    """Which rows have an answer and a truth to hold it against, (n,)."""
    good: NDArray[np.bool_] = np.isfinite(answer.reshape(len(answer), int(np.prod(answer.shape[1:])))).all(1)
    if name == "Category":
        good &= (truth >= 0) & (answer.sum(1) > 0)
    if name == "Number":
        good &= np.isfinite(truth)
    return good


def _case(kind: Kind, truth: NDArray[Any], answer: NDArray[Any], usable: NDArray[np.bool_]) -> Any:
    return CASES[type(kind).__name__](kind, truth[usable], answer[usable])


def _closed(score: Score, case: Any, value: float, asked: int) -> tuple[Interval, str] | None:
    """The interval of a score that has a formula for it."""
    if score.interval == "wilson" and asked:
        return wilson(round(value * asked), asked), "Wilson 95 %"
    if score.interval == "delong" and case.classes == 2 and np.isfinite(value):
        return delong(case.shares[:, case.positive], case.truth == case.positive)
    return None


def _bootstrap(score: Score, value: float, draws: dict[str, list[Floats]], way: str) -> tuple[Interval | None, str]:
    """The interval from a score's values over the resamples, and its name."""
    if score.name not in draws:
        return None, ""
    found = np.concatenate(draws[score.name])
    if score.noise:
        ends = reversed_percentile(value, found, np.concatenate(draws[f"{score.name} noise"]))
    else:
        ends = percentile(found)
    if ends is None:
        return None, "no interval: too few rows differ for a bootstrap"
    return ends, f"{way}, {'reversed ' if score.noise else ''}percentile"


def _entry(
    score: Score, value: float, found: tuple[Interval | None, str], n: int, lacking: tuple[int, int], note: str
) -> dict[str, Any]:
    (ends, way), (lost, strange) = found, lacking
    known = np.isfinite(value)
    why = "the errors are too large to square" if np.isinf(value) else score.undefined
    said = [way if known else f"not defined: {why}", note]
    if lost:
        rows = "1 row" if lost == 1 else f"{lost:,} rows"
        unseen = f" ({strange:,} of a class unknown in training)" if strange else ""
        said.append(f"{rows} without an answer{unseen} {'counted as wrong' if score.lost else 'left out'}")
    return {
        "value": value if known else None,
        "low": ends[0] if known and ends else None,
        "high": ends[1] if known and ends else None,
        "n": n + lost if score.lost else n,
        "method": "; ".join(text for text in said if text),
    }

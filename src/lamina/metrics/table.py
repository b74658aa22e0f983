"""Which scores a kind has: one table, the way to a quick value, and the way to a value with its interval.

The key is the kind's name, with the link where that is not "aligned". Shapes: Category truth (n,) codes and
probabilities (n, C); Number truth and answer (n,) in the user's units; Tags truth (n, K) 0 or 1 and probabilities
(n, K); Each a Ragged of codes and one of probabilities. What is learned from itself has figures (n, k) as its answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import KindError
from ..kinds import ITSELF, Each, Kind, Link
from ..ragged import Ragged, some
from . import (
    alike,
    answers,
    boxes,
    category,
    each,
    edits,
    language,
    links,
    made,
    masks,
    notes,
    number,
    pairs,
    photos,
    played,
    series,
    structure,
    sums,
    tags,
    translation,
    views,
)
from .intervals import Interval, delong, percentile, reversed_percentile, wilson
from .scores import Score
from .weights import Floats, once, resampled

WORK = 200_000_000  # weights drawn for one call, counted once for each order of the rows that has to be summed
FEWEST = 100  # resamples, however many rows there are


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
    "Alike:alike": alike.SCORES,
    "Each": each.SCORES,
    "Entities": each.ENTITIES,
    "Node": links.SCORES,
    "Series": series.SCORES,
    "Text:ctc": edits.SCORES,
    "Mask": masks.SCORES,
    "Boxes": boxes.SCORES,
    "Photo": photos.SCORES,
    "Text:causal": language.SCORES,
    "Text:masked": language.SCORES,
    "Text:spans": language.SCORES,
    "Text:written": translation.SCORES,
    "Span": answers.SCORES,
    "Image:same": made.SAME,
    "Image:bound": made.BOUND,
    "Image:made": made.MADE,
    "Image:views": views.SCORES,
    "Notes:causal": notes.SCORES,
    "Text:paired": pairs.SCORES,
    "Episode:acted": played.ACTED,
    "Match:played": played.PLAYED,
    "Structure": structure.SCORES,
}
CASES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "Category": category.Case.of,
    "Number": number.Case.of,
    "Tags": tags.Case.of,
    "Alike:alike": alike.case_of,
    "Text:paired": sums.as_figures,
    "Each": each.case_of,
    "Entities": each.case_of,
    "Mask": masks.case_of,
    "Boxes": boxes.Case.of,
    "Photo": photos.case_of,
    "Node": links.case_of,
    "Text:ctc": edits.case_of,
    "Text:written": translation.case_of,
    "Span": answers.case_of,
    "Series": series.case_of,
    "Structure": structure.case_of,
}
# Of a target whose answers are dear to make, what training looks at instead: figures (n, k) of the objective.
QUICK: dict[str, tuple[Score, ...]] = {
    "Span": answers.QUICK,
    "Text:written": language.SCORES,
    "Text:ctc": edits.QUICK,
    "Image:made": made.NOISE,
    "Alike:alike": alike.SCORES,
    "Text:paired": pairs.SCORES,
}


TEXTS = ("Text:ctc", "Text:written", "Span")  # answers that are texts


def key_of(kind: Kind, link: Link = "aligned") -> str:
    """What the tables of scores know a target by: its kind, or what its labels mark, and its link."""
    name = "Entities" if isinstance(kind, Each) and kind.marks else type(kind).__name__
    return name + ("" if link == "aligned" else f":{link}")


def scores_of(kind: Kind, link: Link = "aligned") -> tuple[Score, ...]:
    """The scores of a kind, the main one first. Raises KindError for a kind that cannot be scored."""
    key = key_of(kind, link)
    if key not in SCORES:
        raise KindError(f"{key} cannot be scored", expected=f"a target of kind {', '.join(SCORES)}")
    return SCORES[key]


def quick_of(kind: Kind, link: Link = "aligned") -> tuple[Score, ...]:
    """The scores that training looks at, the main one first."""
    return QUICK.get(key_of(kind, link)) or tuple(s for s in scores_of(kind, link) if s.quick)


def kind_scores(kind: Kind, truth: Any, answer: Any, link: Link = "aligned") -> dict[str, float]:
    """The main score and the loss, without intervals: what training looks at every time it judges.

    Rows whose answer is not finite are wrong or left out, as in `scored`; a score that is not defined is left out.
    """
    usable = _usable(key_of(kind, link), truth, answer)
    case = _case(kind, truth, answer, usable, link)
    return _plain(quick_of(kind, link), case, int(usable.sum()), int((~usable).sum()))


def figure_scores(kind: Kind, link: Link, figures: NDArray[Any]) -> dict[str, float]:
    """The quick scores of a target from the figures (n, k) of an objective."""
    return _plain(quick_of(kind, link), sums.as_figures(kind, None, figures), len(figures), 0)


def _plain(scores: tuple[Score, ...], case: Any, n: int, lost: int) -> dict[str, float]:
    with np.errstate(all="ignore"):
        found = {s.name: float(s.function(case, once(n, lost))[0]) for s in scores}
    return {name: value for name, value in found.items() if np.isfinite(value)}


def scored(
    kind: Kind,
    truth: Any,
    answer: Any,
    groups: NDArray[Any] | None = None,
    seed: int = 0,
    resamples: int = 1000,
    lost: int = 0,
    link: Link = "aligned",
) -> dict[str, dict[str, Any]]:
    """Every score of a kind: name -> {"value", "low", "high", "n", "method"}, with 95 % intervals, as plain JSON.

    `groups` (n,) names rows that belong together; then every interval is a bootstrap of whole groups. `lost` counts
    rows that got no answer; a row whose answer is not finite, or whose truth is no known class, is one more. They are
    wrong wherever wrong has a meaning, and left out elsewhere, as n tells. A value of None has its reason in "method".
    """
    scores = scores_of(kind, link)
    usable = _usable(key_of(kind, link), truth, answer)
    case, n = _case(kind, truth, answer, usable, link), int(usable.sum())
    lost += len(usable) - n
    strange = int((truth < 0).sum()) if key_of(kind, link) == "Category" else 0
    groups = None if groups is None else groups[usable]
    with np.errstate(all="ignore"):
        values = {s.name: float(s.function(case, once(n, lost))[0]) for s in scores}
        exact = (
            {} if groups is not None else {s.name: _closed(s, case, values[s.name], n + lost * s.lost) for s in scores}
        )
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
            (0 if s.by_row else int(getattr(case, "items", 0))) or n,
            (lost, strange),
            case.notes.get(s.name, ""),
        )
        for s in scores
    }


def _usable(key: str, truth: Any, answer: Any) -> NDArray[np.bool_]:
    """Which rows have an answer and a truth to hold it against, (n,)."""
    if key == "Boxes":  # a picture in which nothing is found is answered
        return np.ones(len(answer), np.bool_)
    if isinstance(answer, Ragged):
        full: NDArray[np.bool_] = answer.lengths > 0
        return full
    if key in TEXTS:
        return np.ones(len(answer), np.bool_)  # a text that is not there is one that is wrong
    if not isinstance(answer, np.ndarray):
        return np.array([value is not None for value in answer], np.bool_)
    whole = answer.reshape(len(answer), int(np.prod(answer.shape[1:])))
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(whole).all(1), np.bool_)
    if key == "Category":
        finite = finite & np.asarray((truth >= 0) & (answer.sum(1) > 0), np.bool_)
    if key == "Number":
        finite = finite & np.asarray(np.isfinite(truth), np.bool_)
    return finite


def _case(kind: Kind, truth: Any, answer: Any, usable: NDArray[np.bool_], link: Link) -> Any:
    if link in ITSELF:
        return sums.as_figures(kind, None, answer[usable])
    at = np.flatnonzero(usable)
    return CASES[key_of(kind, link)](kind, some(truth, at), some(answer, at))


def _closed(score: Score, case: Any, value: float, asked: int) -> tuple[Interval | None, str] | None:
    """The interval of a score that has a formula for it."""
    if score.interval == "wilson" and asked and np.isfinite(value):
        return wilson(round(value * asked), asked), "Wilson 95 %"
    if score.interval == "delong" and case.classes == 2 and np.isfinite(value):
        few = "no interval: it needs two rows of each class"
        return delong(case.shares[:, case.positive], case.truth == case.positive) or (None, few)
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

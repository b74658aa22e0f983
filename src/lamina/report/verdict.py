"""The answer in one sentence: the model's main score beside the best baseline, and what to do where it is no better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .files import Named, Score, Scores, scores_from
from .words import NONE, figure, interval, number

# Baselines that look at no input at all: where one of them keeps up, nothing was learned.
BLIND = frozenset(
    {"majority", "mean", "usual text", "mean picture", "commonest", "frequencies"}
    | {"independent pixels", "chance", "popular", "grid", "unigram"}
)

# Scores in which an answer that is always the same has no share, however rare a class is.
APART = ("auc", "average_precision", "balanced_accuracy")

# What stands beside a model as the best that could be, and is no rival.
BEYOND = frozenset({"real pictures"})


@dataclass(frozen=True)
class Verdict:
    """One sentence or two; `caution` where the score alone would mislead. `note` says how the intervals lie."""

    text: str
    caution: bool
    note: str = ""


def verdict(scores: Mapping[str, Any]) -> Verdict:
    """What the scores of a run come to; `scores` is what scores.json holds.

    The model beats a baseline where the baseline's value lies outside its 95 % interval, on the worse side.
    """
    return judge(scores_from(scores))


def judge(scores: Scores) -> Verdict:
    """`verdict`, of scores that are already checked."""
    name = main_name(scores)
    model = (scores.test or {}).get(name) if name else None
    if not name or model is None or model.value is None:
        return _untested(scores)
    best = best_baseline(scores)
    said = f"{name} {figure(model)}"
    if best is None:
        return Verdict(f"{said}, with no baseline to set it against", False)
    rival, score = best
    if _keeps_up(model, score, lower(scores)):
        return _caution(name, best, model, lower(scores), _told_apart(scores, rival) if rival in BLIND else "")
    text = f"{said}, against {number(score.value)} for the best baseline ({rival})"
    return Verdict(text, False, _lie(model, score))


def text_table(scores: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The command's one table: a heading, then for each score its name, the model, its interval, each baseline."""
    read = scores_from(scores)
    rivals = read.baseline or {}
    table = [("score", "model", "95 % interval", *rivals)]
    for name, score in (read.test or {}).items():
        others = [_value((of or {}).get(name)) for of in rivals.values()]
        table.append((name, _value(score), interval(score), *others))
    return table


def main_name(scores: Scores) -> str | None:
    """The score a run is judged by: the one it names, else the first that has a value."""
    if scores.main:
        return scores.main
    return next((name for part in (scores.test, scores.valid) for name in _known(part)), None)


def lower(scores: Scores) -> bool:
    """Whether less of the main score is better."""
    return scores.better == "lower"


def baselines(scores: Scores) -> list[tuple[str, Score]]:
    """The baselines that have a main score."""
    name = main_name(scores) or ""
    return [(rival, _known(of)[name]) for rival, of in (scores.baseline or {}).items() if name in _known(of)]


def best_baseline(scores: Scores) -> tuple[str, Score] | None:
    """The baseline with the best main score, if any has one."""
    sign = -1 if lower(scores) else 1
    rivals = [pair for pair in baselines(scores) if pair[0] not in BEYOND]
    return max(rivals, key=lambda pair: sign * (pair[1].value or 0.0), default=None)


def _known(part: Named | None) -> dict[str, Score]:
    return {name: score for name, score in (part or {}).items() if score is not None and score.value is not None}


def _value(score: Score | None) -> str:
    return NONE if score is None else number(score.value)


def _untested(scores: Scores) -> Verdict:
    name = main_name(scores) or ""
    if _known(scores.test):
        return Verdict(f"The test rows give no {name}, so the run cannot be judged by it; see the other scores.", True)
    seen, lacking = _known(scores.valid).get(name), (scores.test or {}).get(name)
    if seen is None and lacking is not None and (lacking.method or "").startswith("not defined"):
        return Verdict(f"{name} is {lacking.method}.", True)
    if seen is None:
        return Verdict("This run holds no scores yet. Resume it, or score it once training is over.", True)
    text = f"{name} {figure(seen)} on validation rows, which chose the weights: the figure flatters"
    return Verdict(f"{text}. Score rows that training has not seen.", True)


def _keeps_up(model: Score, rival: Score, less: bool) -> bool:
    """Whether the rival's value lies inside the model's interval or on its better side."""
    assert model.value is not None
    assert rival.value is not None
    if less:
        return rival.value <= (model.value if model.high is None else model.high)
    return rival.value >= (model.value if model.low is None else model.low)


def _told_apart(scores: Scores, rival: str) -> str:
    """The model's score by which classes are clearly told apart, where the rival looks at no input; "" for none."""
    blind = _known((scores.baseline or {}).get(rival))
    for name, score in _known(scores.test).items():
        theirs = blind.get(name)
        if name in APART and score.low is not None and theirs is not None and score.low > (theirs.value or 0.0):
            return f"{name} {figure(score)}"
    return ""


def _caution(name: str, best: tuple[str, Score], model: Score, less: bool, apart: str) -> Verdict:
    rival, score = best
    assert model.value is not None
    assert score.value is not None
    theirs, bare = number(score.value), model.low is None or model.high is None
    edge = model.value if bare else model.low if less else model.high
    edges = [model.value, *([] if edge is None else [edge])]  # an interval may end a hair before the value it is of
    better = score.value < min(edges) if less else score.value > max(edges)
    if better or bare:
        how, lie = ("better" if better else "as well"), _lie(model, score)
        said = f"The {rival} baseline does {how}: {name} {theirs}, against the model's {figure(model)}."
    else:
        lie, inside = "", f"lies inside the model's interval {interval(model)}"
        said = f"The {rival} baseline does as well: its {name} of {theirs} {inside}."
    if apart:
        advice = f"Yet the model tells rare classes apart, {apart}: judge it by that."
    elif rival in BLIND:
        advice = "It looks at no input, so nothing was learned: check the target, or give more data or time."
    else:
        advice = "Use it, or give the model more data or time."
    return Verdict(f"{said} {advice}", True, lie)


def _lie(model: Score, rival: Score) -> str:
    """How two intervals lie to each other."""
    if model.low is None or model.high is None or rival.low is None or rival.high is None:
        return ""
    if rival.high < model.low or rival.low > model.high:
        return "The two intervals do not overlap."
    return "The two intervals overlap, so the lead is not certain."

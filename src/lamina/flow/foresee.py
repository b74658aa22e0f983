"""What closing a run will take, timed on a few rows before training: a budget of minutes is to be spent, and no more.

The rows go the way they will go at the end: answered by the Predictor, measured, answered by the baselines. A net that
has learned nothing answers as fast as one that has; only one that writes does not know where to stop, and takes longer.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from time import perf_counter

from ..data.store import Part
from ..evaluate import Baseline, fit_baselines, truth_of
from ..evaluate.made import measure_for, rows_to_score
from ..predict import Predictor
from ..recipe import Net, Recipe
from ..run import RunDirectory
from ..teller import Teller
from .close import BASELINE_SHARE, Validation, encoded
from .prepare import Prepared

FEW = 2  # rows of the first timing
LOOK = 0.5  # seconds from which on a timing tells enough
FITTED = 200  # training rows that baselines are first fitted on
REST = 8.0  # seconds for what does not grow with the rows: intervals, charts, the page
MOST = 0.4  # of the budget
SAID = 0.1  # of the budget, from which on it is worth a line


def closing_seconds(
    run: RunDirectory, prepared: Prepared, recipe: Recipe, net: Net, budget: float, teller: Teller
) -> float:
    """Seconds of a budget that are kept for closing the run: at most 0.4 of it, a tenth to fit the baselines. They are
    said where they are many."""
    predictor = Predictor.of(deepcopy(net), prepared.schema, recipe)
    test, train = prepared.test, prepared.store.part("train")
    rows, target = rows_to_score(prepared.test_rows, predictor.link), prepared.schema.target
    found: list[Baseline] = []

    def answer(count: int) -> None:
        truth = truth_of(test, rows[:count], target.name, target.kind)
        measure_for(run, predictor, test, truth)(predictor.outputs(test, truth.rows).array)

    def validate(count: int) -> None:
        store = replace(prepared.store, parts={"valid": first(prepared.store.part("valid"), count)})
        Validation.of(predictor, replace(prepared, store=store), recipe.seed)

    def fit(count: int) -> None:
        some, code = first(train, count), int(getattr(predictor.net.body, "code", 0))
        answers, game = some.targets[target.name], predictor.game
        made = fit_baselines(prepared.schema, some.inputs, answers, LOOK, recipe.seed, prepared.context, code, game)
        found[:] = made

    def rival(count: int) -> None:
        inputs = encoded(prepared, rows[:count])
        for baseline in found:
            baseline.answer(inputs)

    at_once = predictor.schema.at_once()
    judged = len(prepared.store.part("valid"))
    fitted = min(timed(len(train), len(train), fit, FITTED), BASELINE_SHARE * budget)
    scored = timed(len(rows), at_once, answer) + timed(len(rows), at_once, rival)
    judging = 2 * timed(judged, at_once, validate)  # once more for the best weights to be known
    closing = round(min(MOST * budget, REST + fitted + scored + judging), 1)
    if closing > SAID * budget:
        told = f"{closing:.0f} of {budget:.0f} s are kept for scoring the test part and the baselines, as timed"
        teller.say("closing", told)
    return closing


def timed(total: int, at_once: int, work: Callable[[int], None], few: int = FEW) -> float:
    """Seconds that work on so many rows will take, some at once: what a call costs and what a row, from two timings."""
    few, most = min(few, total), min(at_once, total)
    if not few:
        return 0.0
    small = _seconds(work, few)
    if small < 4 * LOOK:  # the first call finds nothing ready
        small = _seconds(work, few)
    count, took = few, small
    while count < most and (count == few or took < LOOK):
        count = min(most, 8 * count)
        took = _seconds(work, count)
    row = max(0.0, took - small) / (count - few) if count > few else small / few
    return -(-total // at_once) * max(0.0, small - few * row) + total * row


def first(part: Part, count: int) -> Part:
    """The first rows of a part."""
    inputs, targets = ({name: rows[:count] for name, rows in held.items()} for held in (part.inputs, part.targets))
    return Part(inputs, targets, part.rows[:count])


def _seconds(work: Callable[[int], None], count: int) -> float:
    began = perf_counter()
    work(count)
    return perf_counter() - began

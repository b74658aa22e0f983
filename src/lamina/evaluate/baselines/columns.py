"""What simple models reach on the same encoded rows, so that a deep one has something to be better than.

Three of them: always the same answer, a linear model, boosted trees (on tables). Inputs and targets are the encoded
arrays of the store: ":numbers" float32 (n, k) with NaN, ":codes" int32 (n, m) with -1, a picture uint8 (n, H, W, C).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgWarning  # type: ignore[import-untyped, unused-ignore]
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]

from ...kinds import Category, Kind, Number
from ...rng import generator, key
from ..features import Features, width_of
from .task import Answer, Baseline, Inputs, Task

Matrix = NDArray[np.float32]  # (n, F)
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CARDS = 255  # values that boosted trees can split as a category
ITERATIONS = 100
LINEAR_WORK, TREES_WORK = 200_000_000, 50_000_000  # rows × features × outputs where no time is given: about 4 s
FIRST_WORK = 40_000_000  # the same, of the first fit where time is given
MEMORY = 100_000_000  # numbers in the matrix of features
MOST_WEIGHTS = 2_000_000  # features × outputs over which a linear model is left out
MOST_TREES = 30  # outputs that boosted trees are fitted for: each costs a tree in every round
THREADS = 1  # two threads on two busy cores wait for each other: 4 s became 69 s (scikit-learn 1.9, 2 cores, one run)
GROWTH, CARE = 4, 1.3  # how fast fits grow on the way to all rows; how much longer than foreseen one may take
CHUNK = 4096


def of_columns(task: Task, seconds: float | None, rows: Mapping[str, int] | None = None) -> list[Baseline]:
    """Fit the baselines on training rows, within about `seconds` together.

    Each is fitted on more and more rows for as long as its share of the time allows; without seconds a fixed rule of
    work decides. `rows` (name -> `Baseline.rows` of an earlier call) repeats those very models without timing, and
    leaves out a name it does not hold. A model whose size alone would cost too much is left out as well. Which rows
    come first depends on the seed alone.
    """
    inputs, target = task.inputs, task.target
    task = replace(task, order=_order(task.kind, target, task.seed))
    found = [_constant(task)]
    if len(np.unique(target)) < 2 or not task.slots:
        return found
    width, total = sum(width_of(slot, inputs[slot.name]) for slot in task.slots), len(target)
    first = min(total, max(200, min(2000, FIRST_WORK // (width * task.outputs))))
    ways = {"linear": (_linear, LINEAR_WORK)} if width * task.outputs <= MOST_WEIGHTS else {}
    if task.outputs <= MOST_TREES and not any(slot.fields[0].kind.slot is None for slot in task.slots):
        ways["boosted trees"] = (_trees, TREES_WORK)
    end = perf_counter() + (seconds or 0)
    for left, (name, (fit, work)) in zip(range(len(ways), 0, -1), ways.items(), strict=True):
        if rows is not None and name not in rows:
            continue
        if rows is None and seconds is not None:
            most = min(total, max(first, MEMORY // width))
            count, (says, answer) = _grow(fit, task, first, most, (end - perf_counter()) / left)
        else:
            ruled = max(first, min(MEMORY, work // task.outputs) // width)
            count = min(total, ruled if rows is None else rows[name])
            says, answer = fit(task, count)
        share = f"{count:,} rows" if count == total else f"{count:,} of {total:,} rows"
        found.append(Baseline(name, f"{says}; fitted on {share}", count, answer))
    return found


def _order(kind: Kind, target: NDArray[Any], seed: int) -> Ints:
    """All rows, shuffled; one row of each class comes first, so that a few rows know all classes."""
    order: Ints = generator(seed, "baseline").permutation(len(target))
    if not isinstance(kind, Category):
        return order
    firsts = np.sort(np.unique(target[order], return_index=True)[1])
    return np.concatenate([order[firsts], np.delete(order, firsts)])


def _grow(
    fit: Callable[[Task, int], tuple[str, Answer]], task: Task, rows: int, most: int, seconds: float
) -> tuple[int, tuple[str, Answer]]:
    """Fit on more and more rows while the next fit is foreseen to end in time, the time going with the rows."""
    while True:
        begin = perf_counter()
        fitted = fit(task, rows)
        took = perf_counter() - begin
        seconds -= took
        affordable = int(rows * seconds / (CARE * took))
        more = min(most, GROWTH * rows, affordable)
        if more < min(most, 1.5 * rows) or more <= rows:
            return rows, fitted
        rows = more


def _constant(task: Task) -> Baseline:
    """The same answer always: the mean, or the share of each class or tag, no class being impossible."""
    target, n = task.target, len(task.target)
    if isinstance(task.kind, Number):
        name, says = "mean", f"the mean of {n:,} rows"
        always: Floats = np.asarray(target.mean(dtype=np.float64))
    elif isinstance(task.kind, Category):
        name, says = "majority", f"the shares of the classes in {n:,} rows"
        always = (np.bincount(target, minlength=task.outputs) + 1) / (n + task.outputs)
    else:
        name, says = "majority", f"the shares of the tags in {n:,} rows"
        always = (target.sum(0) + 1) / (n + 2)

    def answer(inputs: Inputs) -> Floats:
        rows = len(next(iter(inputs.values())))
        return np.repeat(always[None], rows, axis=0)

    return Baseline(name, says, n, answer)


def _linear(task: Task, rows: int) -> tuple[str, Answer]:
    """Logistic or ridge regression on standardised numbers, one-hot categories and shrunk pictures."""
    from sklearn.linear_model import LogisticRegression, Ridge

    inputs, target = task.of(rows)
    features = Features(task.slots, inputs)
    regress = isinstance(task.kind, Number)
    make = (lambda: Ridge()) if regress else (lambda: LogisticRegression(max_iter=ITERATIONS))
    models, predict = _outputs(make, features(inputs), target, task)
    says = f"{'ridge' if regress else 'logistic'} regression"
    if not regress and max(int(np.max(model.n_iter_)) for model in models) >= ITERATIONS:
        says += f", stopped at {ITERATIONS} iterations"
    return says, lambda given: _by_chunk(given, lambda part: predict(features(part)))


def _trees(task: Task, rows: int) -> tuple[str, Answer]:
    """Gradient boosted trees on histograms; categories of few values and missing values are split as such."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    inputs, target = task.of(rows)
    few = [isinstance(f.kind, Category) and len(f.kind.labels) <= CARDS for slot in task.slots for f in slot.fields]
    coded = [isinstance(f.kind, Category) for slot in task.slots for f in slot.fields]

    def columns(part: Inputs) -> Matrix:
        found = np.concatenate([part[slot.name] for slot in task.slots], axis=1).astype(np.float32)
        return np.where((found < 0) & np.array(coded), np.float32(np.nan), found)

    cls = HistGradientBoostingRegressor if isinstance(task.kind, Number) else HistGradientBoostingClassifier
    state = key(task.seed, "baseline") % 2**32

    def make() -> Any:
        return cls(max_iter=ITERATIONS, early_stopping=False, categorical_features=few, random_state=state)

    x = columns(inputs)
    empty = np.isnan(x).all(0)  # the library cannot cut a column of which it has seen no value: it is 0 everywhere
    _, predict = _outputs(make, np.where(empty, 0, x), target, task)

    def answer(given: Inputs) -> Floats:
        return _by_chunk(given, lambda part: predict(np.where(empty, 0, columns(part))))

    return f"{ITERATIONS} rounds of boosted trees", answer


def _outputs(
    make: Callable[[], Any], x: Matrix, target: NDArray[Any], task: Task
) -> tuple[list[Any], Callable[[Matrix], Floats]]:
    """Fit one model, or one for each tag; how to predict gives (n,), (n, C) or (n, K) as the kind has it."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings(), threadpool_limits(THREADS):
        warnings.simplefilter("ignore", ConvergenceWarning)  # `says` tells it
        warnings.simplefilter("ignore", LinAlgWarning)
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
        if target.ndim == 1:
            model = make().fit(x, target)
            if isinstance(task.kind, Number):
                return [model], lambda given: model.predict(given).astype(np.float64)

            def classes(given: Matrix) -> Floats:
                shares = np.zeros((len(given), task.outputs))
                shares[:, model.classes_] = model.predict_proba(given)
                return shares

            return [model], classes
        varied = [k for k in range(task.outputs) if 0 < target[:, k].mean() < 1]
        models = {k: make().fit(x, target[:, k]) for k in varied}

    def tags(given: Matrix) -> Floats:
        shares = np.repeat(target.mean(0, dtype=np.float64)[None], len(given), axis=0)
        for k, fitted in models.items():
            shares[:, k] = fitted.predict_proba(given)[:, 1]
        return shares

    return list(models.values()), tags


def _by_chunk(inputs: Inputs, answer: Answer) -> Floats:
    """Answers of many rows, some at a time."""
    rows = len(next(iter(inputs.values())))
    starts = range(0, max(rows, 1), CHUNK)
    with threadpool_limits(THREADS):
        return np.concatenate([answer({name: array[i : i + CHUNK] for name, array in inputs.items()}) for i in starts])

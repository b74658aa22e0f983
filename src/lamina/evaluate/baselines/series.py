"""Baselines for series: the last value, a season ago, a straight map of what was; the nearest series of training.

Values are in units of the training rows' standard deviation, as the store holds them.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]

from ...kinds import Category, Series
from ...ragged import Ragged
from .task import Baseline, Inputs, Task

Floats = NDArray[np.float32]

NUMBERS = 60_000_000  # of windows that a linear map is fitted on
RIDGES = (1e-4, 1e-2, 1.0)  # times the number of rows; the last tenth of the training windows chooses
KEPT = 0.1
STEPS = 100  # of a series when series are compared; longer ones are thinned
WARP = 0.1  # of its steps that a series may be stretched by: Ratanamahatana and Keogh 2004
PAIRS = 200_000_000  # rows × training rows × steps × warp
CHUNK = 256


def ahead(task: Task, seconds: float | None) -> list[Baseline]:
    """What comes next, taken to be the last value, what was a season before, or a linear map of what was."""
    del seconds
    slot = task.slots[0]
    kind, rows, n = task.kind, task.inputs[slot.name], len(task.target)
    assert isinstance(kind, Series)
    steps, length = kind.longest, int(rows.lengths.min())
    found = [Baseline("repeat", "the last value, for every step", n, partial(_back, slot.name, steps, 1))]
    if 1 < kind.season <= length:
        says = f"what was {kind.season:,} steps before, the season of the training rows"
        found.append(Baseline("season", says, n, partial(_back, slot.name, steps, kind.season)))
    return [*found, _linear(task, length, kind.season if 1 <= kind.season <= length else 1)]


def _linear(task: Task, length: int, season: int) -> Baseline:
    """One linear map of what was, for all channels. Where something is known ahead, its straight effect on each channel
    is taken out before the map and put back after it: a regression, what it leaves being forecast from its own past."""
    slot, *beside = task.slots
    past, future = task.inputs[slot.name], task.target
    known = task.inputs[beside[0].name] if beside else None  # of past and future
    n, width = len(future), past.values.shape[1] + (0 if known is None else known.values.shape[1])
    every = max(1, math.ceil(n * length * width / NUMBERS))
    picked = np.arange(0, n, every)
    past, future = past[picked].padded(0.0), future[picked].padded(0.0)
    with threadpool_limits(1):
        if known is None:
            weights, ridge = _fit(past, future)
            answer = partial(_mapped, slot.name, weights)
        else:
            told = known[picked].padded(0.0)
            effect = _effect(np.concatenate([past, future], 1), told, season)
            weights, ridge = _fit(past - told[:, :length] @ effect, future - told[:, length:] @ effect)
            answer = partial(_regressed, slot.name, beside[0].name, effect, weights)
    says = f"a ridge regression of the {length:,} steps before, one for all channels, penalty {ridge:g}"
    says += ", and the straight effect on each of what is known ahead" if beside else ""
    says += f"; fitted on {len(picked):,} of {n:,} windows" if every > 1 else f"; fitted on {n:,} windows"
    return Baseline("linear", says, len(picked), answer)


def nearest(task: Task, seconds: float | None) -> list[Baseline]:
    """The commonest class, and the class of the training series that is nearest when time may be stretched a little
    (dynamic time warping, Sakoe and Chiba 1978)."""
    del seconds
    (slot,) = task.slots[:1]
    kind, classes = task.kind, np.asarray(task.target)
    assert isinstance(kind, Category)
    count, n = len(kind.labels), len(classes)
    shares = (np.bincount(classes, minlength=count) + 1) / (n + count)
    found = [Baseline("majority", f"the shares of the classes in {n:,} rows", n, partial(_always, shares))]
    steps = min(STEPS, int(np.median(task.inputs[slot.name].lengths)))
    warp = max(1, round(WARP * steps))
    most = max(count, PAIRS // max(1, n * steps * warp))
    picked = np.linspace(0, n - 1, min(n, most)).astype(np.int64)
    known = stretched(task.inputs[slot.name][picked], steps)
    says = f"the class of the nearest of {len(picked):,} training series, time stretched by up to {warp / steps:.0%}"
    answer = partial(_nearest, slot.name, known, classes[picked], (count, warp))
    return [*found, Baseline("nearest", says, len(picked), answer)]


def stretched(rows: Ragged, steps: int) -> Floats:
    """Series of any lengths as (n, steps, C), read off at even distances between their ends."""
    out = np.zeros((len(rows), steps, rows.values.shape[1]), np.float32)
    for i, row in enumerate(rows):
        at = np.linspace(0, len(row) - 1, steps)
        for channel in range(row.shape[1]):
            out[i, :, channel] = np.interp(at, np.arange(len(row)), row[:, channel])
    return out


def warped(one: Floats, other: Floats, warp: int) -> Floats:
    """The squared distance of series when steps up to `warp` apart may be matched: (n, T, C), (m, T, C) -> (n, m)."""
    steps = one.shape[1]
    before = np.full((steps + 1, len(one), len(other)), np.inf, np.float32)
    before[0] = 0
    for i in range(steps):
        now = np.full_like(before, np.inf)
        for j in range(max(0, i - warp), min(steps, i + warp + 1)):
            apart = ((one[:, None, i] - other[None, :, j]) ** 2).sum(-1)  # (n, m)
            now[j + 1] = apart + np.minimum(np.minimum(before[j], before[j + 1]), now[j])
        before = now
    return before[steps]


def _back(slot: str, steps: int, season: int, inputs: Inputs) -> Floats:
    rows: Ragged = inputs[slot]
    at = (rows.starts + rows.lengths - season)[:, None] + np.arange(steps) % season  # (n, H)
    found: Floats = rows.values[at]
    return found


def _effect(series: Floats, known: Floats, season: int) -> Floats:
    """What one more of each known number does to each channel at the same step, (K, C): least squares over what differs
    from a season before, so that neither the season nor the level counts."""
    gram, cross = np.zeros((known.shape[2], known.shape[2])), np.zeros((known.shape[2], series.shape[2]))
    for start in range(0, len(series), CHUNK):
        x, y = (
            (rows[:, season:] - rows[:, :-season]).astype(np.float64).reshape(-1, rows.shape[2])
            for rows in (known[start : start + CHUNK], series[start : start + CHUNK])
        )
        gram += x.T @ x
        cross += x.T @ y
    penalty = RIDGES[0] * len(series) * (series.shape[1] - season)
    return np.asarray(np.linalg.solve(gram + penalty * np.eye(len(gram)), cross), np.float32)


def _fit(past: Floats, future: Floats) -> tuple[NDArray[np.float64], float]:
    """Weights (L + 1, H) from what was, less its last value, to what comes, less that too; channels are rows."""
    cut = max(1, round((1 - KEPT) * len(past)))
    kept = _sums(past[:cut], future[:cut])
    if cut < len(past):
        rest = _sums(past[cut:], future[cut:])
        losses = [_loss(_solve(*kept[:2], ridge * kept[3]), rest) for ridge in RIDGES]
        ridge = RIDGES[int(np.argmin(losses))]
        kept = (kept[0] + rest[0], kept[1] + rest[1], kept[2] + rest[2], kept[3] + rest[3])
    else:
        ridge = RIDGES[-1]
    return _solve(kept[0], kept[1], ridge * kept[3]), ridge


def _sums(past: Floats, future: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64], float, int]:
    """XᵀX, XᵀY, the sum of Y², and the number of rows."""
    size = past.shape[1] + 1
    gram, cross, square = np.zeros((size, size)), np.zeros((size, future.shape[1])), 0.0
    for start in range(0, len(past), CHUNK):
        x, y = _flat(past[start : start + CHUNK], future[start : start + CHUNK])
        gram += x.T @ x
        cross += x.T @ y
        square += float((y**2).sum())
    return gram, cross, square, len(past) * past.shape[2]


def _flat(past: Floats, future: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Channels as rows: what was with a one behind it, and what comes, both less the last value."""
    last = past[:, -1:]
    x = (past - last).swapaxes(1, 2).reshape(-1, past.shape[1]).astype(np.float64)
    y = (future - last).swapaxes(1, 2).reshape(-1, future.shape[1]).astype(np.float64)
    return np.concatenate([x, np.ones((len(x), 1))], axis=1), y


def _solve(gram: NDArray[np.float64], cross: NDArray[np.float64], ridge: float) -> NDArray[np.float64]:
    penalty = np.full(len(gram), ridge)
    penalty[-1] = 1e-9  # the intercept is free
    return np.asarray(np.linalg.solve(gram + np.diag(penalty), cross), np.float64)


def _loss(weights: NDArray[np.float64], sums: tuple[NDArray[np.float64], NDArray[np.float64], float, int]) -> float:
    """The sum of squared errors, from the sums alone."""
    gram, cross, square, _ = sums
    return square - 2 * float((weights * cross).sum()) + float((weights * (gram @ weights)).sum())


def _mapped(slot: str, weights: NDArray[np.float64], inputs: Inputs) -> Floats:
    rows: Ragged = inputs[slot]
    made = [_map(rows[start : start + CHUNK].padded(0.0), weights) for start in range(0, len(rows), CHUNK)]
    return np.concatenate(made) if made else np.zeros((0, weights.shape[1], rows.values.shape[1]), np.float32)


def _regressed(slot: str, known: str, effect: Floats, weights: NDArray[np.float64], inputs: Inputs) -> Floats:
    rows: Ragged = inputs[slot]
    made = [np.zeros((0, weights.shape[1], rows.values.shape[1]), np.float32)]
    for start in range(0, len(rows), CHUNK):
        past = rows[start : start + CHUNK].padded(0.0)
        told = inputs[known][start : start + CHUNK].padded(0.0) @ effect  # (n, L + H, C)
        length = past.shape[1]
        made.append(_map(past - told[:, :length], weights) + told[:, length:])
    return np.concatenate(made)


def _map(past: Floats, weights: NDArray[np.float64]) -> Floats:
    last = past[:, -1:]
    moved = np.asarray(past - last).swapaxes(1, 2) @ weights[:-1] + weights[-1]  # (n, C, H)
    return np.asarray(moved.swapaxes(1, 2) + last, np.float32)


def _always(shares: NDArray[np.float64], inputs: Inputs) -> Any:
    return np.repeat(shares[None], len(next(iter(inputs.values()))), axis=0)


def _nearest(
    slot: str, known: Floats, classes: NDArray[Any], sizes: tuple[int, int], inputs: Inputs
) -> NDArray[np.float64]:
    """Half of the certainty to the class of the nearest, half to all alike: one neighbour is no more than that."""
    count, warp = sizes
    rows: Ragged = inputs[slot]
    shares = np.full((len(rows), count), 0.5 / count)
    for start in range(0, len(rows), CHUNK):
        near = warped(stretched(rows[start : start + CHUNK], known.shape[1]), known, warp).argmin(1)
        shares[start + np.arange(len(near)), classes[near]] += 0.5
    return shares

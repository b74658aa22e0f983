"""Gaps of a series: a step that is not there, or lacks a number. A gap ends a stretch, unless it is declared filled."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from ..findings import Findings
from .steps import Steps

Gaps = Literal["leave", "hold"]


def mended(steps: Steps, name: str, gaps: Gaps, findings: Findings) -> Steps:
    """Warn of steps that are not there or lack a number; with "hold" each is filled with the step before it."""
    lacking = ~np.isfinite(steps.values).all(1)
    jumps = np.flatnonzero(np.diff(steps.place) > 1)
    absent = int((np.diff(steps.place)[jumps] - 1).sum())
    if not lacking.any() and not absent:
        return steps
    told = []
    if absent:
        first = "; ".join(
            f"{int(steps.place[j + 1] - steps.place[j] - 1):,} after {steps.clock.words(steps.times[j : j + 1])[0]}"
            for j in jumps[:3]
        )
        told.append(f"{absent:,} steps of {steps.clock.summary()} are not there, in {len(jumps):,} gaps ({first})")
    if lacking.any():
        at = steps.clock.words(steps.times[np.flatnonzero(lacking)[:1]])[0]
        told.append(f"{lacking.sum():,} steps lack a number (first: {at})")
    done = (
        "each is filled with the step before it"
        if gaps == "hold"
        else "no window reaches over them; --set data.gaps=hold fills each with the step before it"
    )
    findings.warn("gaps", f"{name}: {' and '.join(told)}; {done}")
    return _held(steps) if gaps == "hold" else steps


def _held(steps: Steps) -> Steps:
    """Every step from the first to the last, what is lacking taken from the step before; a start that lacks a number
    is left out, there being nothing before it."""
    count = int(steps.place[-1]) + 1
    values = np.full((count, len(steps.channels)), np.nan)
    values[steps.place] = np.where(np.isfinite(steps.values), steps.values, np.nan)
    known = np.isfinite(values)
    latest = np.maximum.accumulate(np.where(known, np.arange(count)[:, None], -1), axis=0)
    start = int(np.flatnonzero((latest >= 0).all(1))[0]) if (latest[-1] >= 0).all() else count
    values = np.take_along_axis(values, np.maximum(latest, 0), axis=0)
    rows = np.full(count, -1)
    rows[steps.place] = steps.rows
    owner = np.maximum.accumulate(np.where(rows >= 0, np.arange(count), 0))
    places = np.arange(count)
    parts = None
    if steps.parts is not None:
        spread = np.full(count, "", dtype=steps.parts.dtype)
        spread[steps.place] = steps.parts
        parts = spread[owner][start:]
    times = steps.clock.after(int(steps.times[0]), places)
    times[steps.place] = steps.times
    held = replace(steps, values=values[start:], times=times[start:], place=places[start:] - start, parts=parts)
    return replace(held, rows=rows[start:])

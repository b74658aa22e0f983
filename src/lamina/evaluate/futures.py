"""Forecasts as a report shows them: what was, what came, what was said of it, and the band around that."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kinds import Series
from .shown import Item, Line, Plate, Shown, points

WINDOWS = 3  # of the test part
CHANNELS = 4  # of each
BEFORE = 1.0  # of the past, as many steps as the future has


def futures(shown: Shown) -> list[Plate]:
    """Some windows of the test part, a chart a channel, in the user's units."""
    kind, past = shown.schema.target.kind, shown.schema.inputs[0]
    assert isinstance(kind, Series)
    count = min(WINDOWS, len(shown.truth.rows))
    items: list[Item] = []
    for at in np.linspace(0, len(shown.truth.rows) - 1, count).astype(np.int64).tolist():
        row = int(shown.truth.rows[at])
        before = np.asarray(shown.table.column(past.name).take(np.array([row])).row(0), np.float64)  # (L, C)
        before = before[-max(1, round(BEFORE * kind.longest)) :]
        true, said = kind.natural(shown.truth.values[at]), kind.natural(shown.answer[at])
        edges: Any = (None, None)
        if shown.predictor.bands is not None:
            edges = tuple(kind.natural(edge[0]) for edge in shown.predictor.bands.around(shown.answer[at : at + 1]))
        for channel, name in list(enumerate(kind.channels))[:CHANNELS]:
            lower, upper = ([] if edge is None else points(edge[:, channel], 0) for edge in edges)
            lines = [
                Line("band", [*upper, *reversed(lower)], "band"),
                Line("what came", points(np.concatenate([before, true])[:, channel], -len(before))),
                Line("forecast", points(said[:, channel], 0), "said"),
            ]
            title = f"{name}, from {shown.table.id_of(row)}"
            items.append(Item(title, lines=tuple(lines), axes=("steps ahead", name)))
    more = f" The first {CHANNELS} of {len(kind.channels)} channels." if len(kind.channels) > CHANNELS else ""
    bands = shown.predictor.bands
    says = f" The band is to hold {bands.level:.0%} of what comes." if bands is not None else ""
    drawn = Plate("Forecasts", tuple(items), f"Windows of the test part, in their own units.{says}{more}")
    return [drawn, _by_step(shown, kind)]


def _by_step(shown: Shown, kind: Series) -> Plate:
    """How the error grows with the steps ahead, all channels together."""
    error = np.abs(np.asarray(shown.answer, np.float64) - shown.truth.values).mean((0, 2))  # (H,)
    lines = [Line("mean error", points(error, 1))]
    if kind.naive:
        level = float(np.mean(kind.naive))
        rival = f"a season of {kind.season:,} before" if kind.season > 1 else "the step before"
        lines.append(Line(f"{rival}, in training", [(1.0, level), (float(len(error)), level)], "ideal"))
    item = Item("", lines=tuple(lines), axes=("steps ahead", "mean error, in standard deviations"))
    return Plate("Error by step", (item,), "The farther ahead, the less is known.")


def read_series(shown: Shown) -> list[Plate]:
    """Some series of the test part, with their class and what was said."""
    name, kind = shown.schema.inputs[0].name, shown.schema.inputs[0].kind
    items = []
    for at in shown.some():
        row = int(shown.truth.rows[at])
        raw = next(iter(shown.table.column(name).take(np.array([row]))))
        picture = kind.show(raw)
        true, said = shown.truth.codes[at], shown.values[at]
        labels = shown.schema.target.kind.labels  # type: ignore[attr-defined]
        truth = labels[true] if true >= 0 else "unknown"
        told = f"{said}" if said == truth else f"{said}, is {truth}"
        items.append(Item(told, picture=None if isinstance(picture, str) else picture))
    return [
        Plate("Series", tuple(items), "Each channel a line; what was said of it, and the truth where that differs.")
    ]

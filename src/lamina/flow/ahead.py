"""What comes next: the newest steps of a series in, the steps after them out, with bands, in the user's units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..data.table import Table
from ..data.windows import Forecast, every_window, forecast_from_json, newest
from ..findings import Findings
from ..kinds import Series
from ..predict import Answer, Bands, Predictor
from ..teller import Teller


def forecast_of(facts: Mapping[str, Any]) -> Forecast | None:
    """What a run of a forecast has to know of its series, from the facts of its data; None of any other run."""
    return forecast_from_json(facts["forecast"]) if "forecast" in facts else None


def answers_ahead(predictor: Predictor, forecast: Forecast, table: Table, teller: Teller) -> list[Answer]:
    """An answer for each step after the last of a table: its moment, a value by channel, a band by channel.

    Raises SourceError where the newest steps are too few, have a gap, or lack a channel.
    """
    found = Findings()
    window, moments = newest(table, forecast, found)
    for text in found.warnings.values():
        teller.warn(text)
    out = predictor.outputs(window, np.arange(1))
    if out.bad:
        return [Answer(moment, problem=out.bad[0]) for moment in moments]
    kind, array = predictor.kind, np.asarray(out.array)
    assert isinstance(kind, Series)
    values = kind.natural(array[0])  # (H, C)
    edges = _edges(kind, predictor.bands, array)
    return [
        Answer(
            moment,
            dict(zip(kind.channels, values[step].tolist(), strict=True)),
            bands={name: edges[step][i] for i, name in enumerate(kind.channels)} if edges else {},
            warnings=out.warnings.get(0, ()),
        )
        for step, moment in enumerate(moments)
    ]


def windows_ahead(forecast: Forecast, table: Table, teller: Teller) -> Table:
    """Every window of a table whose future is known, to score a run on."""
    found = Findings()
    made = every_window(table, forecast, found)
    for text in found.warnings.values():
        teller.warn(text)
    return made


def _edges(kind: Series, bands: Bands | None, array: np.ndarray[Any, Any]) -> list[list[tuple[float, float]]]:
    """Lower and upper edge by step and channel, in the user's units; none where the run has no bands."""
    if bands is None:
        return []
    low, high = (kind.natural(edge[0]) for edge in bands.around(array))
    return [list(zip(lows, highs, strict=True)) for lows, highs in zip(low.tolist(), high.tolist(), strict=True)]

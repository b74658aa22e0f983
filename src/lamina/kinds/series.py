"""Series: measurements in order of time, one or several channels side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageDraw
from torch import Tensor

from ..errors import KindError
from ..ragged import Ragged
from .base import Column, Encoded, Ints, Kind
from .season import season_of

Floats = NDArray[np.float64]

WIDE, HIGH = 240, 80  # pixels of a shown series
INKS = ((38, 98, 160), (190, 90, 40), (60, 130, 70), (120, 80, 150), (90, 90, 90))


@dataclass(frozen=True)
class Series(Kind):
    """Steps of equal length in time, (T, C). Encoded as a Ragged of float32 in units of the standard deviation of each
    channel over the training rows, from its mean.

    A step without a number makes its row unusable; `missing` "hold" repeats the step before it instead. `season` and
    `naive` are of windows on one long series: the steps after which it looks most like itself, and how far off each
    channel was, on average, where that many steps before was taken for the answer. `still` are the channels that do not
    move in training: their unit is 1.
    """

    slot: ClassVar[str | None] = None
    raw: ClassVar[tuple[str, ...]] = ("ragged", "arrays")
    says: ClassVar[str] = "measurements in order of time: a sensor, a heart, an exchange rate"

    missing: Literal["refuse", "hold"] = "refuse"
    channels: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    shortest: int = 0
    longest: int = 0
    season: int = 0
    naive: tuple[float, ...] = ()
    still: tuple[str, ...] = ()

    def fit(self, column: Column, rows: Ints) -> Self:
        """Where a column knows the whole windows that its rows are cut from, past and future, those are fitted on, so
        that both are measured alike."""
        taken = as_ragged(column.take(rows), column.name)
        whole = getattr(column, "with_reach", None)
        spans = taken if whole is None else whole(rows)
        steps = spans.values[covered(spans)].astype(np.float64)  # (N, C), each step once
        known = np.isfinite(steps)
        names = tuple(getattr(column, "channels", ())) or tuple(str(i + 1) for i in range(steps.shape[1]))
        if not known.any(0).all() or not len(steps):
            empty = names[int(np.argmin(known.any(0)))] if len(steps) else names[0]
            raise KindError(
                f'"{column.name}" holds no number in channel "{empty}" of {len(rows):,} training rows',
                expected="at least one",
            )
        told = np.where(known, steps, np.nan)
        least, still = np.nanmin(told, 0), np.nanmin(told, 0) == np.nanmax(told, 0)  # (C,)
        mean = np.where(still, least, np.nanmean(told, 0))  # the mean of many 0.1 is not 0.1 to the last bit,
        std = np.where(still, 1.0, np.nanstd(told, 0))  # nor their deviation 0
        season, naive = _repeats((steps - mean) / std) if whole is not None and known.all() else (0, ())
        return replace(
            self,
            channels=names,
            mean=tuple(mean.tolist()),
            std=tuple(std.tolist()),
            shortest=int(taken.lengths.min()),
            longest=int(taken.lengths.max()),
            season=season,
            naive=naive,
            still=tuple(name for name, is_so in zip(names, still.tolist(), strict=True) if is_so),
        )

    def encode(self, values: Any) -> Encoded:
        rows = as_ragged(values, "series")
        if rows.values.shape[1] != len(self.channels):
            raise KindError(
                f"series of {rows.values.shape[1]} channels, where training had {len(self.channels)}",
                expected=f"the channels {', '.join(self.channels)}",
            )
        notes = {self._unmoved(): len(rows)} if self.still else {}
        if self.missing == "hold":
            rows, count = hold(rows)
            notes |= {"steps without a number, the step before them repeated": count} if count else {}
        array = ((rows.values.astype(np.float64) - self.mean) / self.std).astype(np.float32)
        lacking = ~np.isfinite(array).all(1)  # (N,)
        before = np.concatenate([[0], np.cumsum(lacking)])
        gaps = before[rows.starts + rows.lengths] - before[rows.starts]  # (n,)
        hint = " (Series(missing=hold) repeats the one before)" if self.missing == "refuse" else ""
        bad = {
            i: f"{gaps[i]:,} of its {rows.lengths[i]:,} steps hold no number{hint}"
            for i in np.flatnonzero(gaps).tolist()
        }
        for i in np.flatnonzero((rows.lengths < self.shortest) | (rows.lengths > self.longest)).tolist():
            if self.shortest == self.longest or not self.shortest <= rows.lengths[i]:
                bad[i] = f"it has {rows.lengths[i]:,} steps, and those of training {self._steps()}"
            elif rows.lengths[i] > self.longest:
                bad[i] = f"it has {rows.lengths[i]:,} steps, and the longest of training {self.longest:,}"
        array[lacking] = 0
        return Encoded(Ragged(array, rows.starts, rows.lengths), bad, notes)

    def collate(self, array: Ragged) -> Tensor:
        """(B, T, C), NaN after the end of a row."""
        return torch.from_numpy(array.padded(np.nan))

    def decode(self, output: Any) -> list[Any]:
        """Standardised values, (B, T, C) or a Ragged, to lists of steps of channels in the user's units."""
        return [self.natural(np.asarray(row)).tolist() for row in output]

    def natural(self, array: NDArray[Any]) -> Floats:
        """Standardised values (..., C) in the user's units."""
        found: Floats = array.astype(np.float64) * self.std + self.mean
        return found

    def in_units(self, array: Any) -> Any:
        """Standardised steps (n, T, C), which is what scores compare: in units of each channel's deviation all channels
        count alike, whatever they measure."""
        return array.padded(np.nan) if isinstance(array, Ragged) else array

    def show(self, value: Any) -> Pictures.Image | str:
        """The channels as lines, each in its own colour and to its own height."""
        if value is None or not len(value):
            return "nothing"
        return sketch(np.asarray(value, np.float64).reshape(len(value), -1))

    def summary(self) -> str:
        several = f"{len(self.channels)} channels" if len(self.channels) > 1 else "one channel"
        repeats = f", repeats after {self.season:,}" if self.season > 1 else ""
        return f"{self._steps()} steps, {several}{repeats}"

    def _unmoved(self) -> str:
        told = [f'"{name}" ({self.mean[self.channels.index(name)]:g})' for name in self.still[:5]]
        more = f" and {len(self.still) - 5} more" if self.still[5:] else ""
        return f"nothing is learned of channels that hold one number all through training, {', '.join(told)}{more}"

    def _steps(self) -> str:
        same = self.shortest == self.longest
        return f"{self.longest:,}" if same else f"{self.shortest:,} to {self.longest:,}"


def as_ragged(values: Any, name: str) -> Ragged:
    """Raw series as one Ragged (N, C). Raises KindError for what is none."""
    if not isinstance(values, Ragged):
        rows = [np.asarray(row) for row in values]
        values = Ragged.of([row if row.ndim > 1 else row[:, None] for row in rows], np.float64, (1,))
    array = values.values if values.values.ndim > 1 else values.values[:, None]
    if array.ndim != 2 or array.dtype.kind not in "fiub":
        raise KindError(f'"{name}" does not hold series of numbers', expected="(steps, channels) of numbers a row")
    return Ragged(array, values.starts, values.lengths)


def covered(rows: Ragged) -> NDArray[np.bool_]:
    """Which values stand in a row, once or often: (N,)."""
    change = np.zeros(len(rows.values) + 1, np.int64)
    np.add.at(change, rows.starts, 1)
    np.add.at(change, rows.starts + rows.lengths, -1)
    found: NDArray[np.bool_] = change.cumsum()[:-1] > 0
    return found


def hold(rows: Ragged) -> tuple[Ragged, int]:
    """Each missing number replaced by the last one before it in its row and channel, where there is one; and in how
    many steps."""
    if np.isfinite(rows.values).all():
        return rows, 0
    rows = Ragged.of(list(rows))  # windows share steps, and each holds its own
    values = rows.values.astype(np.float64)
    known = np.isfinite(values)
    at = np.where(known, np.arange(len(values))[:, None], -1)
    owners = rows.owners()
    latest = np.maximum.accumulate(at, axis=0)  # the last known place, of this row or one before
    own = latest >= rows.starts[owners][:, None]
    filled = np.where(own, np.take_along_axis(values, np.maximum(latest, 0), axis=0), values)
    return Ragged(filled, rows.starts, rows.lengths), int((~known).any(1).sum())


def sketch(values: Floats) -> Pictures.Image:
    """A picture of lines, (T, C)."""
    picture = Pictures.new("RGB", (WIDE, HIGH), "white")
    draw = ImageDraw.Draw(picture)
    at = np.linspace(2, WIDE - 3, max(2, len(values)))[: len(values)]
    for number, line in enumerate(values.T):
        low, high = np.nanmin(line), np.nanmax(line)
        heights = HIGH - 3 - (line - low) / (high - low if high > low else 1.0) * (HIGH - 6)
        points = [(float(x), float(y)) for x, y in zip(at, heights, strict=True) if np.isfinite(y)]
        draw.line(points, fill=INKS[number % len(INKS)])
    return picture


def _repeats(steps: Floats) -> tuple[int, tuple[float, ...]]:
    """The season of a standardised series (N, C), and the mean error of each channel where it is taken to repeat.

    The scale of Hyndman and Koehler 2006, https://doi.org/10.1016/j.ijforecast.2006.03.001, section 3.
    """
    season = season_of(steps)
    errors = np.abs(steps[season:] - steps[:-season]).mean(0)
    return season, tuple(np.where(errors > 0, errors, 1.0).tolist())

"""Audio: a sound, decoded once to 16-bit samples of one channel and one rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pictures
from pydantic import Field as Range
from torch import Tensor

from ..errors import KindError
from ..mel import MelPlan, log_mel
from ..ragged import Ragged
from .base import Column, Encoded, Ints, Kind
from .sounds import LEAST, SoundError, loudest, read_sound, resampled

SAMPLE = 512
SPEECH = 16_000  # samples a second: what speech is told by lies below 8,000 Hz
TIMES = 4.0  # a sound may last so many times the median of training
LONGEST = 30.0  # seconds, unless asked otherwise
CLIPPED = 0.2  # share of samples at full scale from which a sound is called clipped
TALL = 80  # pixels of a spectrogram, from the lowest band to the highest

Samples = NDArray[np.int16]


@dataclass(frozen=True)
class Sounds:
    """Sounds of a batch: samples (B, N) of 16 bits, zero after each end, and lengths (B,).

    `hidden` (B, M, 4): parts of each spectrogram that training keeps from the model, as shares of its time and of its
    bands: first and last moment, lowest and highest band.
    """

    samples: Tensor
    lengths: Tensor
    hidden: Tensor | None = None

    def __len__(self) -> int:
        return len(self.samples)

    def to(self, device: Any, non_blocking: bool = False) -> Sounds:
        """The same sounds on a device."""
        moved = [
            x if x is None else x.to(device, non_blocking=non_blocking)
            for x in (self.samples, self.lengths, self.hidden)
        ]
        return Sounds(*moved)  # type: ignore[arg-type]

    def cut(self, start: int, end: int) -> Sounds:
        """Some sounds, one after the other."""
        hidden = None if self.hidden is None else self.hidden[start:end]
        return Sounds(self.samples[start:end], self.lengths[start:end], hidden)


@dataclass(frozen=True)
class Audio(Kind):
    """A sound. Encoded as Ragged int16 samples (N,) of one channel; collated to `Sounds`.

    `rate`: samples a second; 0 takes the commonest of training, up to 16,000. `seconds`: of a longer sound the loudest
    stretch of that length is kept; 0 takes the longest of training, but not over 4 times the median, the 99th
    percentile where that is more, or 30. A model is shown the log power of `mels` bands in windows of `window` seconds,
    one every `hop`; `mean` and `std` by band.
    """

    says: ClassVar[str] = "a sound: speech, a call, a recording"
    raw: ClassVar[tuple[str, ...]] = ("files", "arrays", "ragged")

    rate: Annotated[int, Range(ge=0, le=400_000)] = 0
    seconds: Annotated[float, Range(ge=0, le=3600)] = 0.0
    mels: Annotated[int, Range(ge=4, le=256)] = 40
    window: Annotated[float, Range(ge=0.001, le=1)] = 0.025
    hop: Annotated[float, Range(ge=0.001, le=1)] = 0.010
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    @property
    def plan(self) -> MelPlan:
        """How its spectrogram is made."""
        return MelPlan(self.rate, self.mels, self.window, self.hop)

    @property
    def most(self) -> int:
        """Samples of the longest sound."""
        return max(1, round(self.seconds * self.rate))

    def fit(self, column: Column, rows: Ints) -> Self:
        picked = rows[np.linspace(0, len(rows) - 1, min(SAMPLE, len(rows))).astype(np.int64)]
        lasting, rates, why = [], Counter[int](), ""
        for value in _one_by_one(column, picked):
            try:
                samples, rate, _ = self._read(value)
            except SoundError as error:
                why = why or str(error)
                continue
            rates[rate] += 1
            lasting.append(len(samples) / rate)
        if not lasting:
            raise KindError(
                f'none of {len(picked):,} training sounds in "{column.name}" can be read ({why})', expected="sounds"
            )
        usual = max(TIMES * float(np.median(lasting)), float(np.quantile(lasting, 0.99, method="lower")))
        seconds = self.seconds or round(min(max(lasting), usual, LONGEST), 3)
        kind = replace(self, rate=self.rate or min(rates.most_common(1)[0][0], SPEECH), seconds=seconds)
        mean, spread = kind._moments(column, picked)
        return replace(kind, mean=tuple(mean.tolist()), std=tuple(np.maximum(spread, 1e-3).tolist()))

    def _moments(self, column: Column, rows: Ints) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and spread of the log power of each band over the frames of some rows, (mels,) each."""
        frames, total, squares = 0, np.zeros(self.mels), np.zeros(self.mels)
        for value in _one_by_one(column, rows):
            try:
                samples, _ = self.read(value)
            except SoundError:
                continue
            bands = log_mel(samples, self.plan).astype(np.float64)
            frames, total, squares = frames + len(bands), total + bands.sum(0), squares + np.square(bands).sum(0)
        mean = total / max(1, frames)
        return mean, np.sqrt(np.maximum(squares / max(1, frames) - np.square(mean), 0))

    def _read(self, value: Any) -> tuple[NDArray[np.float32], int, list[str]]:
        """One raw value as samples in shares of full scale, its rate, and what was converted."""
        if isinstance(value, bytes):
            return read_sound(value)
        if not self.rate:
            raise KindError(
                "sounds that come as arrays do not say how many samples a second they have",
                expected="their rate",
                fix='--kind COLUMN="Audio(rate=16000)"',
            )
        samples = np.asarray(value)
        if samples.ndim != 1 or not len(samples) >= LEAST * self.rate:
            raise SoundError(f"{len(samples)} samples, shorter than {1000 * LEAST:.0f} ms")
        if samples.dtype.kind == "f":
            shares = samples.astype(np.float32)
        else:  # whole numbers around 0, or around the middle of those that have no sign
            limits = np.iinfo(samples.dtype)
            middle, scale = (limits.max + 1) // 2 if limits.min == 0 else 0, (limits.max - limits.min + 1) / 2
            shares = ((samples.astype(np.float64) - middle) / scale).astype(np.float32)
        if not np.isfinite(shares).all():
            raise SoundError("a sample that is not finite")
        return shares, self.rate, []

    def encode(self, values: Any) -> Encoded:
        rows: list[Samples] = []
        bad: dict[int, str] = {}
        told: dict[int, str] = {}
        converted: Counter[str] = Counter()
        for i, value in enumerate(values):
            try:
                samples, notes = self.read(value)
            except SoundError as error:
                samples, notes, bad[i] = np.zeros(0, np.int16), [], str(error)
            rows.append(samples)
            converted.update(notes)
            if self.shortened in notes:
                told[i] = f"is {self.shortened}"
        return Encoded(Ragged.of(rows, np.int16), bad, dict(converted), told=told)

    @property
    def shortened(self) -> str:
        """What is done to a sound that is too long."""
        return f"cut to its loudest {self.seconds:g} seconds"

    def read(self, value: Any) -> tuple[Samples, list[str]]:
        """One raw value as 16-bit samples (N,) at the kind's rate, with what was converted. Raises SoundError."""
        samples, rate, notes = self._read(value)
        if rate != self.rate:
            samples = resampled(samples, rate, self.rate)
            notes.append(f"{rate:,} samples a second brought to {self.rate:,}")
        loud = np.abs(samples).max(initial=0.0)
        if loud == 0:
            notes.append("silent from beginning to end")
        elif np.mean(np.abs(samples) >= 0.999) > CLIPPED:
            notes.append("clipped: much of it at full scale")
        if loud > 1.05:
            notes.append("louder than full scale, cut there")
        if len(samples) > self.most:
            samples = loudest(samples, self.most)
            notes.append(self.shortened)
        return np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16), notes

    def collate(self, array: Ragged) -> Sounds:
        """Samples (B, N), zero after each end, with the lengths (B,)."""
        samples = np.zeros((len(array), int(array.lengths.max(initial=1))), np.int16)
        for row, sound in zip(samples, array, strict=True):  # by slices: a place for each sample would cost the more
            row[: len(sound)] = sound
        return Sounds(torch.from_numpy(samples), torch.from_numpy(array.lengths.astype(np.int64)))

    def decode(self, output: Any) -> list[Samples]:
        """(B, N) shares of full scale to arrays of 16-bit samples."""
        found = np.clip(np.rint(np.asarray(output, np.float32) * 32768), -32768, 32767).astype(np.int16)
        return list(found)

    def show(self, value: Any) -> Pictures.Image | str:
        """The spectrogram, low bands below, loud dark."""
        samples, _ = self.read(value)
        bands = log_mel(samples, self.plan).T[::-1]  # (mels, T)
        low, high = np.quantile(bands, [0.05, 0.995])
        grey = 255 - 255 * np.clip((bands - low) / max(float(high - low), 1e-6), 0, 1)
        picture = Pictures.fromarray(grey.astype(np.uint8))
        return picture.resize((bands.shape[1], TALL), Pictures.Resampling.BILINEAR)

    def summary(self) -> str:
        return f"{self.rate:,} samples a second, up to {self.seconds:g} s"


def _one_by_one(column: Column, rows: Ints) -> Iterator[Any]:
    """The values of some rows; no two are held at a time, for one may be an hour long."""
    for row in rows:
        yield from column.take(np.array([row]))

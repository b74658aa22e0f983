"""Notes: music as the set of notes that sound in each frame, by their MIDI numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pictures
from pydantic import Field as Range
from torch import Tensor

from ..errors import KindError
from ..ragged import Ragged
from .base import Column, Encoded, Ints, Kind, Link, values_of

LOWEST, KEYS = 21, 88  # of a piano: A0 to C8
AFTER = 255  # in a row past its end
TALL = 3  # pixels of a note in a picture


@dataclass(frozen=True)
class Notes(Kind):
    """A piece as frames of a piano's 88 keys, (T, 88) bytes of 0 and 1; a frame without notes is a rest.

    A raw value is a list of lists of MIDI numbers, 21 to 108. `length` is the longest piece of training, `notes` how
    many sound in a frame on average. `beats`: frames to a minute, where a piece is written down.
    """

    says: ClassVar[str] = "music: the notes of each frame, by their MIDI numbers"
    itself: ClassVar[Link | None] = "causal"

    beats: Annotated[int, Range(ge=1, le=6000)] = 80
    length: Annotated[int, Range(ge=0, le=1_000_000)] = 0
    pieces: int = 0  # of training
    notes: float = 0.0

    def fit(self, column: Column, rows: Ints) -> Self:
        encoded = self.encode(column.take(rows))
        good = [i for i in range(len(rows)) if i not in encoded.bad]
        if not good:
            raise KindError(
                f'column "{column.name}" holds no music in {len(rows):,} training rows',
                expected="lists of frames, each a list of MIDI numbers from 21 to 108",
            )
        frames = encoded.array[np.array(good)]
        assert isinstance(frames, Ragged)
        mean = float(frames[:].values.sum() / max(1, frames.lengths.sum()))
        return replace(self, length=int(frames.lengths.max()), pieces=len(good), notes=round(mean, 4))

    def encode(self, values: Any) -> Encoded:
        """Lists of frames to (T, 88) bytes; what is no such list, or has a note off the keys, is bad."""
        rows, bad = [], {}
        for i, piece in enumerate(values_of(values)):
            found = as_keys(piece)
            if isinstance(found, str):
                bad[i] = found
            rows.append(np.zeros((0, KEYS), np.uint8) if isinstance(found, str) else found)
        if not rows:
            return Encoded(Ragged(np.zeros((0, KEYS), np.uint8), np.zeros(0, np.int64), np.zeros(0, np.int64)))
        return Encoded(Ragged.of(rows, np.uint8), bad)

    def collate(self, array: Ragged) -> Tensor:
        """(B, T, 88) bytes, 255 past the end of a row."""
        return torch.from_numpy(array.padded(AFTER))

    def absent(self, array: Ragged) -> NDArray[np.bool_]:
        return array.empty

    def decode(self, output: Any) -> list[list[list[int]]]:
        """Keys or the chances of keys, (B, T, 88) or a Ragged, to lists of MIDI numbers: those of a half or more."""
        return [[(np.flatnonzero(np.asarray(f) >= 0.5) + LOWEST).tolist() for f in row] for row in output]

    def show(self, value: Any) -> Pictures.Image | str:
        """A piano roll: frames to the right, high notes above."""
        keys = as_keys(value)
        if isinstance(keys, str):
            return keys
        sounds = np.flatnonzero(keys.any(0))
        low, high = (int(sounds[0]), int(sounds[-1]) + 1) if len(sounds) else (0, KEYS)
        roll = np.where(keys[:, low:high].T[::-1], 30, 235).astype(np.uint8)
        return Pictures.fromarray(np.repeat(np.repeat(roll, TALL, 0), 2 * TALL, 1))

    def summary(self) -> str:
        return f"{self.pieces:,} pieces of at most {self.length:,} frames, {self.notes:.1f} notes in each"

    def linked(self, inputs: Sequence[Kind]) -> Link:
        del inputs
        return "causal"


def as_keys(piece: Any) -> NDArray[np.uint8] | str:
    """A list of frames as keys (T, 88), or why it is none."""
    if not isinstance(piece, list | tuple) or not len(piece):
        return "no frames"
    made = np.zeros((len(piece), KEYS), np.uint8)
    for at, frame in enumerate(piece):
        for note in frame or ():
            if not isinstance(note, int) or not LOWEST <= note < LOWEST + KEYS:
                return f"frame {at + 1} holds {note!r}, no MIDI number from {LOWEST} to {LOWEST + KEYS - 1}"
            made[at, note - LOWEST] = 1
    return made

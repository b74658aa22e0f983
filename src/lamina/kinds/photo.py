"""Photo: a picture kept at its own size, where every pixel counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pictures
from pydantic import Field as Range
from torch import Tensor

from ..ragged import Ragged
from .base import Column, Encoded, Ints, Kind
from .depth import plain
from .image import SAMPLE, Image, PictureError, Pixels, open_picture, upright

HEAD = 8  # bytes before the pixels of a row: height and width, four each


@dataclass(frozen=True)
class Photos:
    """Pictures of a batch, each of its own size: bytes or shares of white, (C, H, W) each."""

    each: tuple[Tensor, ...]

    def __len__(self) -> int:
        return len(self.each)

    def to(self, device: Any, non_blocking: bool = False) -> Photos:
        """The same on a device."""
        return Photos(tuple(x.to(device, non_blocking=non_blocking) for x in self.each))

    def cut(self, start: int, end: int) -> Photos:
        """Some of them."""
        return Photos(self.each[start:end])


@dataclass(frozen=True)
class Photo(Kind):
    """A picture kept at its own size, to be restored or enlarged. Encoded as bytes (8 + height × width × channels,).

    `times`: it answers pictures that are so many times smaller, and its sides are cut to multiples of that. Answers
    are shares of white after their height and width, float32 (2 + height × width × channels,). `mean` and `std` by
    channel, in shares of white; `height` and `width` are the medians of training.
    """

    says: ClassVar[str] = "a picture kept at its own size, to be restored or enlarged"
    raw: ClassVar[tuple[str, ...]] = ("files", "arrays")

    times: Annotated[int, Range(ge=1, le=8)] = 1
    channels: int = 0
    height: int = 0
    width: int = 0
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    def fit(self, column: Column, rows: Ints) -> Self:
        picked = rows[np.linspace(0, len(rows) - 1, min(SAMPLE, len(rows))).astype(np.int64)]
        looked = Image(side=64).fit(column, picked)
        kind = replace(self, channels=looked.channels)
        held = kind.encode(column.take(picked))
        good = [unpacked(row, kind.channels) for i, row in enumerate(held.array) if i not in held.bad]
        heights, widths = zip(*(x.shape[:2] for x in good), strict=True)
        shares = np.concatenate([x.reshape(-1, kind.channels)[::7] for x in good]).astype(np.float32) / 255
        return replace(
            kind,
            height=int(np.median(heights)),
            width=int(np.median(widths)),
            mean=tuple(float(m) for m in shares.mean(0)),
            std=tuple(max(float(s), 1e-3) for s in shares.std(0)),
        )

    def read(self, data: Any) -> tuple[Pixels, list[str]]:
        """One picture as (height, width, channels) bytes, and what was converted. Raises PictureError."""
        notes: list[str] = []
        if isinstance(data, np.ndarray):
            pixels = data if data.ndim == 3 else data[..., None]
        else:
            with open_picture(data) as opened:
                picture = plain(upright(opened, notes), self.channels, notes)
            pixels = np.asarray(picture, dtype=np.uint8).reshape(picture.height, picture.width, self.channels)
        if pixels.dtype != np.uint8 or pixels.shape[2] != self.channels:
            raise PictureError(f"an array of {pixels.dtype} with {pixels.shape[2]} channels; bytes and {self.channels}")
        high, wide = (side // self.times * self.times for side in pixels.shape[:2])
        if (high, wide) != pixels.shape[:2]:
            notes.append(f"cut to sides that are multiples of {self.times}")
        if not high or not wide:
            raise PictureError(f"{pixels.shape[0]} × {pixels.shape[1]} pixels, too small to be made {self.times} times")
        return pixels[:high, :wide], notes

    def encode(self, values: Any) -> Encoded:
        rows, bad, converted = [], {}, dict[str, int]()
        for i, data in enumerate(values):
            try:
                pixels, notes = self.read(data)
            except PictureError as error:
                bad[i], notes = str(error), []
                pixels = np.zeros((self.times, self.times, self.channels), np.uint8)
            for note in notes:
                converted[note] = converted.get(note, 0) + 1
            rows.append(packed(pixels))
        return Encoded(Ragged.of(rows, np.uint8), bad, converted)

    def collate(self, array: Ragged) -> Photos:
        """Pictures (C, H, W) of bytes."""
        pixels = (unpacked(row, self.channels) for row in array)
        return Photos(tuple(torch.from_numpy(x.copy()).permute(2, 0, 1) for x in pixels))

    def in_units(self, array: Any) -> Ragged:
        """Encoded rows as answers are: height, width and shares of white, float32."""
        if array.dtype != np.uint8:
            return Ragged.of([np.asarray(row) for row in array], np.float32)
        return Ragged.of([shared(unpacked(row, self.channels)) for row in array], np.float32)

    def decode(self, output: Any) -> list[Pixels]:
        """Answers, or pictures (channels, height, width) of shares, to arrays (height, width, channels) of bytes."""
        rows = (np.asarray(row) for row in output)
        shares = (row.transpose(1, 2, 0) if row.ndim == 3 else shares_of(row, self.channels) for row in rows)
        return [np.clip(np.rint(x * 255), 0, 255).astype(np.uint8) for x in shares]

    def show(self, value: Any) -> Pictures.Image:
        if isinstance(value, np.ndarray) and value.ndim == 1:
            value = self.decode([value])[0]
        pixels, _ = replace(self, times=1, channels=self.channels or 3).read(value)
        return Pictures.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)

    def summary(self) -> str:
        size = f"{self.height} × {self.width} in the middle" if self.height else "any size"
        return f"{'grey' if self.channels == 1 else 'colour'}, {size}"


def packed(pixels: Pixels) -> NDArray[np.uint8]:
    """(height, width, channels) bytes as one row of bytes, the height and width before them."""
    head = np.array(pixels.shape[:2], ">u4").view(np.uint8)
    return np.concatenate([head, np.ascontiguousarray(pixels).reshape(-1)])


def unpacked(row: NDArray[Any], channels: int) -> Pixels:
    """A row of bytes as (height, width, channels)."""
    height, width = (int(x) for x in np.ascontiguousarray(row[:HEAD]).view(">u4"))
    pixels: Pixels = row[HEAD:].reshape(height, width, channels)
    return pixels


def shared(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """(height, width, channels) bytes as one row: height, width, shares of white."""
    return np.concatenate([np.array(pixels.shape[:2]), pixels.reshape(-1) / 255], dtype=np.float32)


def shares_of(row: NDArray[Any], channels: int) -> NDArray[np.float32]:
    """A row of height, width and shares as (height, width, channels); an empty row, as an unread one is answered with,
    as no pixels at all."""
    if not len(row):
        return np.zeros((0, 0, channels), np.float32)
    height, width = int(row[0]), int(row[1])
    shares: NDArray[np.float32] = row[2 : 2 + height * width * channels].reshape(height, width, channels)
    return shares


__all__ = ["Photo", "Photos", "packed", "shared", "shares_of", "unpacked"]

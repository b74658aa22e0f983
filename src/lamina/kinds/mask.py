"""Mask: a class for every pixel of a picture."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pictures
from pydantic import Field as Range
from torch import Tensor

from ..errors import KindError
from ..ragged import Rows
from .base import Column, Encoded, Ints, Kind
from .image import SAMPLE, Image, PictureError, open_picture, size_of, upright

MOST = 64  # different values in the training masks, over which they are numbers of things, not classes
VOID = 255  # the code of a pixel that is of no class, and by custom its value in a file
INK = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167))

Codes = NDArray[np.uint8]


class StrangeValue(PictureError):
    """A mask holds a value that is no class: the classes, or all the masks, are others than was thought."""


@dataclass(frozen=True)
class Mask(Kind):
    """A picture of labels beside a picture. Encoded as uint8 (height, width), the place in `values`, 255 for none.

    With `foreground`, every value but 0 is the one class 1: masks of numbered things are fitted so, since the number
    of a thing is no class. `void`: whether 255 is of no class; where that is not said, it is one where the other values
    are 0, 1, 2 … without a gap, as Pascal VOC has them. Squeezed as the picture beside it, each pixel taking the
    nearest; `side` and `most` mean what they mean for an Image. `shares` (of the training pixels) by class.
    """

    says: ClassVar[str] = "a class for every pixel: a picture of labels as large as the picture beside it"
    raw: ClassVar[tuple[str, ...]] = ("files", "arrays")
    placed: ClassVar[bool] = True

    side: int = 0
    most: int = 0
    height: int = 0
    width: int = 0
    foreground: bool = False
    void: bool | None = None
    values: tuple[Annotated[int, Range(ge=0, le=65_535)], ...] = ()
    shares: tuple[float, ...] = ()

    @property
    def classes(self) -> int:
        """How many classes there are, the background counted."""
        return 2 if self.foreground else len(self.values)

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for each class: its value in the file."""
        return ("background", "foreground") if self.foreground else tuple(map(str, self.values))

    def fit(self, column: Column, rows: Ints) -> Self:
        picked = rows[np.linspace(0, len(rows) - 1, min(SAMPLE, len(rows))).astype(np.int64)]
        found: Counter[int] = Counter()
        sizes, deep = [], False
        for data in column.take(picked):
            try:
                array = read_labels(data)
            except PictureError:
                continue
            sizes.append((array.shape[1], array.shape[0]))
            deep = deep or array.dtype != np.uint8
            found.update(dict(zip(*(part.tolist() for part in np.unique(array, return_counts=True)), strict=True)))
        if not sizes:
            raise KindError(
                f'none of {len(picked)} training masks in "{column.name}" can be read',
                expected="pictures of labels, one number a pixel",
            )
        height, width = Image(side=self.side, most=self.most).common_shape(sizes)
        kind = replace(self, height=height, width=width)
        kind = kind if kind.values else kind._with_classes(sorted(found), deep)
        if kind.classes < 2 or (kind.foreground and set(found) <= {0}):
            raise KindError(
                f'the training masks in "{column.name}" hold the value {min(found)} alone',
                expected="two classes or more",
            )
        counts = np.zeros(kind.classes)
        for value, count in found.items():
            code = int(kind.coded(np.array([[value]], np.uint16))[0, 0])
            if code != VOID:
                counts[code] += count
        return replace(kind, shares=tuple(float(x) for x in counts / max(counts.sum(), 1)))

    def _with_classes(self, seen: list[int], deep: bool) -> Self:
        """The kind with the classes that the values of training masks stand for."""
        others = [value for value in seen if value != VOID]
        void = self.void if self.void is not None else VOID in seen and _counted(others)
        values = tuple(others if void else seen)
        if self.foreground or deep or len(values) > MOST:
            return replace(self, values=(), foreground=True, void=False)
        return replace(self, values=values, void=void)

    def decided(self, name: str) -> str:
        asked = shlex.quote(f"{name}=Mask(void={'false' if self.void else 'true'})")
        if self.void:
            return f"pixels of {VOID} are of no class, --kind {asked} makes them one"
        return f"{VOID} is a class, --kind {asked} makes it none" if VOID in self.values and self.classes > 2 else ""

    def coded(self, array: NDArray[Any]) -> Codes:
        """Values of a file as places among the classes; 255 where there is none."""
        if self.foreground:
            return (array > 0).astype(np.uint8)
        table = np.full(1 << 16, VOID, np.uint8)
        table[list(self.values)] = np.arange(len(self.values))
        codes: Codes = table[array]
        return codes

    def read(self, data: bytes) -> Codes:
        """One mask file at its own size, as codes. Raises PictureError, also for a value that no class has."""
        array = read_labels(data)
        codes = self.coded(array)
        strange = array[(codes == VOID) & ((array != VOID) | (self.void is False))]
        if len(strange):
            hint = "; --kind COLUMN='Mask(void=true)' where it is no class" if strange[0] == VOID else ""
            told = f"{len(strange):,} pixels have the value {int(strange[0])}, which no training mask has{hint}"
            raise StrangeValue(told)
        return codes

    def encode(self, values: Any) -> Encoded:
        array = np.zeros((len(values), self.height, self.width), dtype=np.uint8)
        bad: dict[int, str] = {}
        wrong = []
        for i, data in enumerate(values):
            try:
                codes = self.coded(np.asarray(data)) if isinstance(data, np.ndarray) else self.read(data)
                array[i] = squeezed(codes, self.height, self.width)
            except PictureError as error:
                bad[i] = str(error)
                wrong += [i] if isinstance(error, StrangeValue) else []
        return Encoded(array, bad, wrong=tuple(wrong))

    def collate(self, array: Codes) -> Tensor:
        """(B, H, W) codes, -1 where a pixel is of no class."""
        codes = array.astype(np.int64)
        codes[array == VOID] = -1
        return torch.from_numpy(codes)

    def misfits(self, encoded: Rows, inputs: Mapping[str, Rows]) -> dict[int, str]:
        """All rows, where pictures and masks are not squeezed to one size."""
        for array in inputs.values():
            if isinstance(array, np.ndarray) and isinstance(encoded, np.ndarray) and array.ndim == 4:
                high, wide = array.shape[1:3]
                if (high, wide) != encoded.shape[1:]:
                    why = f"its mask is {encoded.shape[1]} × {encoded.shape[2]}, its picture {high} × {wide}"
                    return dict.fromkeys(range(len(encoded)), why)
        return {}

    def decode(self, output: Any) -> list[NDArray[Any]]:
        """(B, H, W) codes to arrays (height, width) of the values that the training masks have; 0 and 1 where those
        were numbers of things."""
        codes = np.asarray(output).astype(np.int64)
        names = np.array([0, 1] if self.foreground else self.values)
        kind = np.uint8 if names.max() < 256 else np.uint16
        return [names[x].astype(kind) for x in codes]

    def onto(self, value: Any, inputs: Sequence[Any]) -> NDArray[Any]:
        """The mask at the size of its picture."""
        wide, high = size_of(inputs[0])
        if value.shape == (high, wide):
            return np.asarray(value)
        picture = Pictures.fromarray(value).resize((wide, high), Pictures.Resampling.NEAREST)
        return np.asarray(picture, dtype=value.dtype)

    def show(self, value: Any) -> Pictures.Image:
        """The classes in colours, the first black."""
        codes = self.coded(np.asarray(value)) if isinstance(value, np.ndarray) else self.read(value)
        return painted(codes)

    def summary(self) -> str:
        return f"{self.height} × {self.width}, {self.classes} classes"


def _counted(values: Sequence[int]) -> bool:
    """Whether values are 0, 1 … one after another."""
    return len(values) > 1 and list(values) == list(range(len(values)))


def read_labels(data: bytes) -> NDArray[Any]:
    """One picture of labels as (height, width) uint8 or uint16. Raises PictureError for one that holds colours."""
    with open_picture(data) as opened:
        picture = upright(opened, [])
    if picture.mode in ("RGB", "RGBA"):
        array = np.asarray(picture)[..., :3]
        if (array != array[..., :1]).any():
            raise PictureError("a mask of colours; one number a pixel is expected, as in a grey or palette picture")
        return array[..., 0]
    if picture.mode in ("I", "I;16", "I;16B"):
        deep = np.asarray(picture)
        if deep.min(initial=0) < 0 or deep.max(initial=0) > 65_535:
            raise PictureError("a mask with a value below 0 or over 65,535")
        return deep.astype(np.uint16)
    if picture.mode not in ("1", "L", "P"):
        raise PictureError(f"a mask of mode {picture.mode}; one whole number a pixel is expected")
    return np.asarray(picture).astype(np.uint8)


def squeezed(codes: Codes, height: int, width: int) -> Codes:
    """Codes (H, W) -> (height, width), each pixel taking the nearest."""
    if codes.shape == (height, width):
        return codes
    picture = Pictures.fromarray(codes).resize((width, height), Pictures.Resampling.NEAREST)
    return np.asarray(picture, dtype=np.uint8)


def painted(codes: Codes) -> Pictures.Image:
    """Codes (H, W) as colours that those who are colour-blind tell apart (Okabe and Ito 2008): 0 black, none white."""
    table = np.zeros((256, 3), np.uint8)
    table[1:] = np.resize(np.array(INK, np.uint8), (255, 3))
    table[VOID] = 255
    return Pictures.fromarray(table[codes])

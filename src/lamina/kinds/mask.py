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
APART = 100  # between two values, from which on they may be black and white
NEAR = 16  # values so far from black or white are what packing or resizing makes of them
GREY = 1 / 3  # how much grey there may be, held against the rarer of black and white
JPEG = b"\xff\xd8\xff"  # how such a file begins, which does not keep its values
NUMBER = (
    "write the number of each colour, with all of them in `colours`: "
    "Image.fromarray((np.asarray(mask)[:, :, None] == colours).all(-1).argmax(-1).astype(np.uint8))"
)
VOID = 255  # the code of a pixel that is of no class, and by custom its value in a file
INK = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167))

Codes = NDArray[np.uint8]


class ColourMask(PictureError):
    """A mask holds colours where the number of a class is expected."""


class StrangeValue(PictureError):
    """A mask holds a value that is no class: the classes, or all the masks, are others than was thought."""


@dataclass(frozen=True)
class Mask(Kind):
    """A picture of labels beside a picture. Encoded as uint8 (height, width), the place in `values`, 255 for none.

    With `foreground`, every value from `cut` on is the one class 1: masks of numbered things are fitted so, with all
    but 0, since the number of a thing is no class; and those of black, white and a little grey, which JPEG files or
    resizing leave, cut in the middle. `void`: whether 255 is of no class; where that is not said, it is where the other
    values are 0, 1, 2 … without a gap, as Pascal VOC has them. Squeezed as the picture beside it, each pixel taking the
    nearest; `side` and `most` mean what they mean for an Image. `shares` (of the training pixels) by class.
    """

    says: ClassVar[str] = "a class for every pixel: a picture of labels as large as the picture beside it"
    raw: ClassVar[tuple[str, ...]] = ("files", "arrays")
    placed: ClassVar[bool] = True

    side: int = 0
    most: int = 0
    height: int = 0
    width: int = 0
    foreground: bool | None = None
    cut: Annotated[int, Range(ge=0, le=65_535)] = 0
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
        sizes, deep, lossy, why = [], False, False, None
        for data in column.take(picked):
            try:
                array = read_labels(data)
            except PictureError as error:
                why = why or error
                continue
            sizes.append((array.shape[1], array.shape[0]))
            deep, lossy = deep or array.dtype != np.uint8, lossy or data.startswith(JPEG)
            found.update(dict(zip(*(part.tolist() for part in np.unique(array, return_counts=True)), strict=True)))
        if not sizes:
            raise KindError(
                f'none of {len(picked)} training masks in "{column.name}" can be read ({why})',
                expected="pictures of labels, one number a pixel",
                fix=NUMBER if isinstance(why, ColourMask) else "",
            )
        height, width = Image(side=self.side, most=self.most).common_shape(sizes)
        kind = replace(self, height=height, width=width)
        kind = kind if kind.values else kind._with_classes(column.name, found, deep, lossy)
        counts = np.zeros(kind.classes)
        for value, count in found.items():
            code = int(kind.coded(np.array([[value]], np.uint16))[0, 0])
            if code != VOID:
                counts[code] += count
        if (counts > 0).sum() < 2:
            alone = f"the value {min(found)}" if len(found) == 1 else kind.labels[int(counts.argmax())]
            raise KindError(f'the training masks in "{column.name}" hold {alone} alone', expected="two classes or more")
        return replace(kind, shares=tuple(float(x) for x in counts / counts.sum()))

    def _with_classes(self, name: str, found: Counter[int], deep: bool, lossy: bool) -> Self:
        """The kind with the classes that the values of training masks stand for, unless it says them."""
        others = sorted(set(found) - {VOID})
        void = self.void if self.void is not None else VOID in found and _counted(others) and not lossy
        values = tuple(others if void else sorted(found))
        classes, cut = self.foreground is False, self.cut
        cut = cut or (0 if classes or deep or void else _middle(found, lossy))
        if lossy and not cut and not classes:
            raise KindError(
                f'the training masks in "{name}" are JPEG files, which do not keep the number of a class: '
                f"they hold {len(found)} different values",
                expected="PNG files, or black and white",
                fix=f"make them anew as PNG, or --kind {shlex.quote(f'{name}=Mask(cut=128)')} to cut all at 128",
            )
        if self.foreground or cut or (not classes and (deep or len(values) > MOST)):
            return replace(self, values=(), foreground=True, cut=max(1, cut), void=False)
        if len(values) > VOID:
            raise KindError(f'the training masks in "{name}" hold {len(values):,} values', expected=f"at most {VOID}")
        if self.void is None and VOID not in found and _counted(others):  # white is of no class, should it come
            return replace(self, values=values, foreground=False, cut=0)
        return replace(self, values=values, foreground=False, cut=0, void=void)

    def decided(self, name: str) -> str:
        if self.foreground:
            classes = shlex.quote(f"{name}=Mask(foreground=false)")
            told = f"grey is cut at {self.cut}, brighter is" if self.cut > 1 else "all values but 0 are"
            return f"{told} the foreground, --kind {classes} makes each value a class"
        asked = shlex.quote(f"{name}=Mask(void={'false' if self.void else 'true'})")
        if self.void:
            return f"pixels of {VOID} are of no class, --kind {asked} makes them one"
        return f"{VOID} is a class, --kind {asked} makes it none" if VOID in self.values and self.classes > 2 else ""

    def coded(self, array: NDArray[Any]) -> Codes:
        """Values of a file as places among the classes; 255 where there is none."""
        if self.foreground:
            return (array >= max(1, self.cut)).astype(np.uint8)
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
        """(B, H, W) codes to arrays (height, width) of the values that the training masks have; 0 and 1 where there is
        only a foreground."""
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


def _middle(found: Counter[int], lossy: bool) -> int:
    """The value from which on a pixel is nearer to white than to black, where masks hold these two and so little grey,
    some of it close to either, that packing or resizing must have made it; 0 where they hold something else."""
    first = found.most_common(1)[0][0]
    second = max((value for value in found if abs(value - first) >= APART), key=lambda v: found[v], default=first)
    low, high = sorted((first, second))
    off = {value: min(abs(value - low), abs(value - high)) for value in found if value not in (low, high)}
    made = lossy or all(any(abs(value - end) <= NEAR for value in off) for end in (low, high))
    grey = sum(found[value] * distance for value, distance in off.items()) / max(1, (high - low) / 2)
    little = low < high and grey <= GREY * min(found[low], found[high])
    return (low + high + 1) // 2 if made and little else 0


def read_labels(data: bytes) -> NDArray[Any]:
    """One picture of labels as (height, width) uint8 or uint16. Raises PictureError for one that holds colours."""
    with open_picture(data) as opened:
        picture = upright(opened, [])
    if picture.mode in ("RGB", "RGBA"):
        array = np.asarray(picture)[..., :3]
        if (array != array[..., :1]).any():
            raise ColourMask("a mask of colours; one number a pixel is expected, as in a grey or palette picture")
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

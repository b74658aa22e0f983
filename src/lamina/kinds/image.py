"""Image: a picture, decoded once to bytes of one size and one colour form."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageOps, UnidentifiedImageError
from torch import Tensor

from ..errors import KindError
from .base import ROWS, Column, Encoded, Ints, Kind, Link, Unreadable
from .depth import DEEP, GREY, deepest, plain, strange_scale

AT_ONCE = 96 * 96  # pixels, up to which pictures do not make a batch smaller
SAMPLE = 512
MAX_PIXELS = 64_000_000
LEAST_SIDE = 2
LONGEST = 64  # a side at most so many times the other
DAMAGE = (OSError, ValueError, TypeError, SyntaxError, EOFError, IndexError, struct.error, zlib.error)
PAGED = ("GIF", "TIFF", "WEBP", "PNG")  # formats of several pages; a phone's JPEG keeps a second picture for itself
NOTED = 32  # bytes of EXIF that say something
GAP = 3.0  # a picture is shrunk coarsely to so many times its size at most, then finely

Pixels = NDArray[np.uint8]

# of notes that are damaged Pillow warns on standard error; a run counts such pictures instead (`upright`)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.TiffImagePlugin")


class PictureError(ValueError):
    """One picture cannot be used; the text is the reason."""


@dataclass(frozen=True)
class Image(Kind):
    """A picture. Encoded as uint8 (height, width, channels), squeezed to one size; collated to (B, C, H, W).

    `side` asks for a longest side before fitting; 0 lets the training pictures decide, up to `most`. `top` is what
    means white where pictures come as arrays, `whole` whether the pixels of training were whole numbers. `mean` and
    `std` by channel, in shares of white.
    """

    says: ClassVar[str] = "a picture: a photo, a scan, an array of pixels"
    raw: ClassVar[tuple[str, ...]] = ("files", "arrays")
    itself: ClassVar[Link | None] = "same"

    side: int = 0
    most: int = 0
    height: int = 0
    width: int = 0
    channels: int = 0
    top: float = 255.0
    whole: bool = False
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    def fit(self, column: Column, rows: Ints) -> Self:
        picked = rows[np.linspace(0, len(rows) - 1, min(SAMPLE, len(rows))).astype(np.int64)]
        values = column.take(picked)
        if column.holds == "arrays":
            kind = self._fit_arrays(column.name, np.asarray(values))
        else:
            kind = self._fit_files(column.name, values)
        sample = kind.encode(values)
        good = np.setdiff1d(np.arange(len(picked)), list(sample.bad))
        shares = np.asarray(sample.array)[good].reshape(-1, kind.channels).astype(np.float32) / 255
        spread = [max(float(s), 1e-3) for s in shares.std(0)]
        return replace(kind, mean=tuple(float(m) for m in shares.mean(0)), std=tuple(spread))

    def _fit_arrays(self, name: str, values: NDArray[Any]) -> Self:
        shape = values.shape[1:]
        if not has_picture_shape(shape):
            raise no_pictures(name, shape)
        known = values[np.isfinite(values)]
        if not known.size or known.min() < 0:
            told = f"pixels from {known.min():g} to {known.max():g}" if known.size else "no finite pixel"
            raise KindError(
                f'column "{name}" holds {told}',
                expected="pixels from 0, black, up to white",
                fix="bring them there, as (x - x.min()) / (x.max() - x.min()) of all pictures together does",
            )
        depth = 255.0 if values.dtype == np.uint8 else 65535.0 if values.dtype == np.uint16 else float(known.max())
        height, width = self._sized(shape[0], shape[1])
        channels, whole = shape[2] if len(shape) == 3 else 1, not (known % 1).any()
        return replace(self, height=height, width=width, channels=channels, top=depth or 1.0, whole=bool(whole))

    def _fit_files(self, name: str, values: list[bytes]) -> Self:
        sizes, grey, top = [], True, 0.0
        for data in values:
            try:
                with open_picture(data) as picture:
                    sizes.append(_upright_size(picture))
                    grey = grey and picture.mode in GREY
                    top = max(top, deepest(upright(picture, [])) if picture.mode in DEEP else 0.0)
            except PictureError:
                continue
        if not sizes:
            raise KindError(f'none of {len(values)} training pictures in "{name}" can be read', expected="pictures")
        height, width = self.common_shape(sizes)
        top = top or 255.0
        return replace(self, height=height, width=width, channels=1 if grey else 3, top=top, whole=top >= 255)

    def common_shape(self, sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
        """The height and width that pictures of these widths and heights are squeezed to."""
        widths, heights = np.array(sizes).T
        ratio = float(np.median(heights / widths))
        ratio = 1.0 if 0.7 < ratio < 1.43 and len(set(sizes)) > 1 else ratio
        longest = int(np.median(np.maximum(widths, heights)))
        width = longest if ratio <= 1 else round(longest / ratio)
        height = longest if ratio >= 1 else round(longest * ratio)
        return self._sized(height, width)

    def _sized(self, height: int, width: int) -> tuple[int, int]:
        longest = max(height, width)
        side = self.side or (self.most if 0 < self.most < longest else longest)
        return max(1, round(height * side / longest)), max(1, round(width * side / longest))

    def encode(self, values: Any) -> Encoded:
        if isinstance(values, np.ndarray):
            return self._encode_arrays(values)
        array = np.zeros((len(values), self.height, self.width, self.channels), dtype=np.uint8)
        bad: dict[int, str] = {}
        converted: dict[str, int] = {}
        for i, data in enumerate(values):
            try:
                array[i], notes = self.read(data)
                for note in notes:
                    converted[note] = converted.get(note, 0) + 1
            except PictureError as error:
                bad[i] = str(error)
        return Encoded(array, bad, converted)

    def read(self, data: bytes) -> tuple[Pixels, list[str]]:
        """One encoded picture as (height, width, channels) uint8, with what was converted. Raises PictureError."""
        notes: list[str] = []
        with open_picture(data) as opened:
            side = round(GAP * max(self.width, self.height))
            opened.draft(opened.mode, (side, side))  # a JPEG far larger is decoded at a half, a quarter or an eighth
            picture = upright(opened, notes)
            picture = plain(picture, self.channels, notes, self.top)
        wide, high = picture.size
        stretch = (wide / high) / (self.width / self.height)
        if max(stretch, 1 / stretch) > 3:
            notes.append("squeezed by more than 3 to the common shape")
        if picture.size != (self.width, self.height):
            picture = picture.resize((self.width, self.height), Pictures.Resampling.BICUBIC, reducing_gap=GAP)
        pixels = np.asarray(picture, dtype=np.uint8)
        return pixels.reshape(self.height, self.width, self.channels), notes

    def _encode_arrays(self, values: NDArray[Any]) -> Encoded:
        array = values[..., None] if values.ndim == 3 else values
        same = array.shape[1:] == (self.height, self.width, self.channels)
        if same and array.dtype == np.uint8 and self.top == 255:
            return Encoded(array)
        bad = {int(i): "a pixel below 0" for i in np.flatnonzero((array < 0).any((1, 2, 3)))}
        bad |= {int(i): "a pixel that is not finite" for i in np.flatnonzero(~np.isfinite(array).all((1, 2, 3)))}
        strange, told = strange_scale(array, self.top, self.whole)
        scaled = np.clip(np.rint(np.nan_to_num(array.astype(np.float32)) * (255 / self.top)), 0, 255).astype(np.uint8)
        how = f"scaled from 0 to {self.top:g} to 8 bits" if same else "resized to the common shape"
        made = scaled if same else self._resized(scaled)
        return Encoded(made, strange | bad, {how: len(array)}, told=told)

    def _resized(self, array: Pixels) -> Pixels:
        if array.shape[3] not in (1, 3):
            raise no_pictures("x", array.shape[1:])
        out = np.empty((len(array), self.height, self.width, self.channels), dtype=np.uint8)
        for i, pixels in enumerate(array):
            picture = plain(Pictures.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels), self.channels, [])
            resized = picture.resize((self.width, self.height), Pictures.Resampling.BICUBIC)
            out[i] = np.asarray(resized).reshape(out.shape[1:])
        return out

    def collate(self, array: NDArray[Any]) -> Tensor:
        """(B, H, W, C) bytes to (B, C, H, W) bytes, a channels-last view without a copy."""
        return torch.from_numpy(array).permute(0, 3, 1, 2)

    def decode(self, output: Tensor) -> list[NDArray[np.uint8]]:
        """(B, C, H, W) shares of white to arrays of (height, width, channels) bytes."""
        pixels = (output.detach().float().clamp(0, 1) * 255).round().to(torch.uint8)
        return [x.permute(1, 2, 0).numpy() for x in pixels]

    def at_once(self) -> int:
        return max(1, min(ROWS, ROWS * AT_ONCE // max(1, self.height * self.width)))

    def show(self, value: Any) -> Pictures.Image:
        if isinstance(value, bytes):
            with open_picture(value) as opened:
                return plain(upright(opened, []), self.channels or 3, [])
        array = np.asarray(value)
        if array.dtype != np.uint8:
            array = np.clip(np.rint(array.astype(np.float32) * (255 / self.top)), 0, 255).astype(np.uint8)
        return Pictures.fromarray(array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array)

    def summary(self) -> str:
        return f"{self.height} × {self.width} {'grey' if self.channels == 1 else 'colour'}"


def has_picture_shape(shape: Sequence[int]) -> bool:
    """Whether arrays of a shape are pictures: (height, width), or (height, width, 1 or 3)."""
    return len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3))


def no_pictures(name: str, shape: Sequence[int]) -> KindError:
    """What to say of arrays of another shape, with what to type where they are pictures in another order."""
    fix = ""
    if len(shape) == 3 and shape[2] == 4:
        fix = f"{name}[..., :3], which leaves the transparency out"
    elif len(shape) == 3 and shape[0] in (1, 3, 4):
        fix = f"channels last: {name}.transpose(0, 2, 3, 1), or of a tensor {name}.permute(0, 2, 3, 1)"
    return KindError(
        f'"{name}" holds arrays of {" × ".join(map(str, shape))}',
        expected="pictures of (height, width), or (height, width, 1 or 3)",
        fix=fix,
    )


def size_of(value: Any) -> tuple[int, int]:
    """The width and height of a raw picture, a file or an array, as it is looked at. Raises PictureError."""
    if isinstance(value, np.ndarray):
        return value.shape[1], value.shape[0]
    with open_picture(value) as picture:
        return _upright_size(picture)


def _upright_size(picture: Pictures.Image) -> tuple[int, int]:
    return picture.size[::-1] if turn_of(picture) >= 5 else picture.size  # turned by a quarter


def turn_of(picture: Pictures.Image) -> int:
    """How a picture is to be turned, by the orientation of its EXIF, 1 to 8; 1 for as it is. Raises PictureError."""
    try:
        turned = picture.getexif().get(0x0112, 1)  # of another type where it is damaged, which reading it will tell
    except DAMAGE as error:  # a PNG is read to its end for it
        raise PictureError(f"cut short or damaged: {error}") from None
    return turned if isinstance(turned, int) else 1


def open_picture(data: bytes) -> Pictures.Image:
    """Open an encoded picture by its header only. Raises PictureError with the reason in the user's words."""
    if isinstance(data, Unreadable):
        raise PictureError(data.reason)
    if not data:
        raise PictureError("zero bytes")
    head = data[:256].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html", b"<?xml")) and b"<svg" not in head:
        raise PictureError("text/html, a failed download?")
    try:
        picture = Pictures.open(io.BytesIO(data))
    except UnidentifiedImageError:
        raise PictureError("not a picture that can be read") from None
    except (Pictures.DecompressionBombError, Pictures.DecompressionBombWarning):
        raise PictureError(f"more than {MAX_PIXELS:,} pixels") from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise PictureError(f"not a picture that can be read: {error}") from None
    wide, high = picture.size
    if wide * high > MAX_PIXELS:
        raise PictureError(f"{wide} × {high} is more than {MAX_PIXELS:,} pixels")
    if min(wide, high) < LEAST_SIDE or max(wide, high) > LONGEST * min(wide, high):
        raise PictureError(f"{wide} × {high} pixels, too small or too thin")
    return picture


def is_picture(data: bytes) -> bool:
    """Whether bytes begin as a picture does that can be read."""
    try:
        open_picture(data).close()
    except PictureError:
        return False
    return True


def upright(picture: Pictures.Image, notes: list[str]) -> Pictures.Image:
    """The picture turned as its EXIF orientation says. Raises PictureError when its data is cut short or damaged."""
    try:
        pages = getattr(picture, "n_frames", 1) if picture.format in PAGED else 1
        picture.load()
        turned = ImageOps.exif_transpose(picture)
    except DAMAGE as error:
        raise PictureError(f"cut short or damaged: {error}") from None
    if pages > 1:
        notes.append("the first of several pages or frames taken")
    if turn_of(picture) != 1:
        notes.append("turned upright as its EXIF says")
    elif len(picture.info.get("exif", b"")) >= NOTED and not picture.getexif():
        notes.append("left as it lies, for nothing of its EXIF can be read")
    return turned

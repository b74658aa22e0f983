"""Pictures handed over in Python, for a run whose rows are pictures: images of Pillow, and one picture as an array."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pictures

from ..data.sources.arrays import as_array
from ..data.table import Files, Table
from ..errors import KindError
from ..kinds import Field, Unreadable
from ..kinds.image import DAMAGE, Image
from ..kinds.photo import Photo

KEPT = ("1", "L", "LA", "P", "I;16", "RGB", "RGBA")  # modes of Pillow that a PNG holds as they are


def as_pictures(source: Any, asked: Field) -> Any:
    """Images of Pillow, one or a list of them, as a table of the column asked for; an array as pictures, a row each;
    anything else as it is. Raises KindError for an array that may be one picture as well as several."""
    if isinstance(source, np.ndarray | torch.Tensor) and isinstance(asked.kind, Image | Photo):
        source = _one_or_many(as_array(source), asked.kind)
    images = source if isinstance(source, list) else [source]
    if not images or not all(isinstance(one, Pictures.Image) for one in images):
        return source
    files = {str(place): _file(image) for place, image in enumerate(images)}
    return Table({asked.name: Files(asked.name, list(files), files.__getitem__)}, "pictures")


def _file(image: Pictures.Image) -> bytes:
    out = io.BytesIO()
    try:
        image.save(out, "PNG" if image.mode in KEPT else "TIFF", exif=image.getexif())
    except DAMAGE as error:
        return Unreadable(f"cut short or damaged: {error}")
    return out.getvalue()


def _one_or_many(array: NDArray[Any], kind: Image | Photo) -> Any:
    """One of (height, width) or (height, width, 1) is one picture; in colour, one of (height, width, 3 or 4) too."""
    if array.ndim != 3:
        return array[None] if array.ndim == 2 else array
    high, wide, last = array.shape
    colour = kind.channels == 3
    if colour and last == 4 and array.dtype == np.uint8:
        return Pictures.fromarray(array)
    if last == 1 or (colour and last in (3, 4)):
        return array[None]
    if last in (3, 4) and last != kind.width:
        several = f"{high} grey ones of {wide} × {last}"
        raise _unsure(array, several, f"x[None][..., :3] for one picture, x[..., None] for {high}")
    if colour and high == 3:
        raise _unsure(array, "3 grey ones", "x.transpose(1, 2, 0) for one picture, x[..., None] for 3")
    return array


def _unsure(array: NDArray[Any], several: str, fix: str) -> KindError:
    shape = " × ".join(map(str, array.shape))
    return KindError(
        f"an array of {shape} may be one picture in colour, or {several}",
        expected="pictures of (rows, height, width, 1 or 3), or one of (height, width, 3)",
        fix=fix,
    )

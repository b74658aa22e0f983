"""Pictures of any mode and depth as 8-bit grey or colour."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures

# What Pillow's modes hold, in words.
MODES = {"1": "black and white", "P": "a palette", "CMYK": "CMYK", "YCbCr": "YCbCr", "LAB": "Lab", "HSV": "HSV"}
DEEP = ("I;16", "I;16B", "I", "F")  # modes of more than 8 bits
GREY = ("1", "L", "LA", *DEEP)
BEYOND = 8  # times what was white in training, over which pixels are measured otherwise and not only brighter


def deepest(picture: Pictures.Image) -> float:
    """What is white in a picture of more than 8 bits: the most that a number of as many bits can be as its largest
    pixel has, of fractions 1 or that pixel."""
    most = float(np.nan_to_num(np.asarray(picture, dtype=np.float32), posinf=0.0).max(initial=0))
    if picture.mode == "F" and (most <= 1 or most > 255):
        return max(most, 1.0)
    return float(2 ** max(8, int(most).bit_length()) - 1)


def plain(picture: Pictures.Image, channels: int, notes: list[str], top: float = 0.0) -> Pictures.Image:
    """The picture as 8-bit grey (1 channel) or RGB (3), saying what was converted. `top` is what is white in pictures
    of more than 8 bits; 0, or the 255 of those of 8, lets the picture say."""
    if picture.mode in DEEP:
        values = np.nan_to_num(np.asarray(picture, dtype=np.float32))
        top = top if top not in (0.0, 255.0) else deepest(picture)
        picture = Pictures.fromarray(np.clip(np.rint(values * (255 / top)), 0, 255).astype(np.uint8))
        notes.append("16-bit depth scaled to 8 bits")
    wanted = "L" if channels == 1 else "RGB"
    if picture.mode == wanted:
        return picture
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        picture = Pictures.new("RGBA", rgba.size, "white")
        picture.alpha_composite(rgba)
        notes.append("transparency laid on white")
    elif picture.mode not in ("L", "RGB"):
        held = MODES.get(picture.mode, f"mode {picture.mode}")
        notes.append(f"{held} converted to {'grey' if wanted == 'L' else 'colour'}")
    elif wanted == "L":
        notes.append("colour converted to grey")
    else:
        notes.append("grey repeated as colour")
    return picture.convert(wanted)


def strange_scale(array: NDArray[Any], top: float, whole: bool) -> tuple[dict[int, str], dict[int, str]]:
    """Pictures (n, height, width, channels) whose pixels are measured otherwise than those of training, where `top` was
    white and, if `whole`, every pixel a whole number: what is wrong with each and what to hand over instead, and what
    is to be said of those that may be so.

    Fractions within 0 and 1 are shares of white where training had none. A 0 or 1 may be a black picture's too.
    """
    most = np.nan_to_num(array).max((1, 2, 3), initial=0)
    shares = (most > 0) & (most <= 1) & bool(whole and top > 1 and array.dtype.kind in "fb")
    white = f"{{}}, where white was {top:g} in training"
    typed = f"(x * {top:g}).round()" + ('.astype("uint8")' if top == 255 else "")
    bad, told = {}, {}
    for i in np.flatnonzero(shares):
        if array.dtype.kind == "f" and (array[i] % 1).any():
            bad[int(i)] = f"{white.format('pixels are fractions within 0 and 1')}: hand over {typed}"
        else:
            told[int(i)] = f"{white.format('holds no pixel above 1')}; if 1 is white in it, hand over {typed}"
    way = f": hand over x / 255{f' * {top:g}' * (top != 1)}" if array.dtype == np.uint8 else ""
    for i in np.flatnonzero(most > BEYOND * top):
        bad[int(i)] = f"pixels go up to {white.format(f'{most[i]:g}')}{way or f': hand over pixels from 0 to {top:g}'}"
    return bad, told

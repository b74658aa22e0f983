"""Pictures of any mode and depth as 8-bit grey or colour."""

from __future__ import annotations

import numpy as np
from PIL import Image as Pictures

# What Pillow's modes hold, in words.
MODES = {"1": "black and white", "P": "a palette", "CMYK": "CMYK", "YCbCr": "YCbCr", "LAB": "Lab", "HSV": "HSV"}
DEEP = ("I;16", "I;16B", "I", "F")  # modes of more than 8 bits
GREY = ("1", "L", "LA", *DEEP)


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

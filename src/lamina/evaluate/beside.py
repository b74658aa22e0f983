"""Pictures that are looked at together, as one."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image as Pictures

GAP = 4  # pixels between them
SHARP = 96  # small ones are enlarged to about that side, each pixel a square


def beside(pictures: Sequence[Pictures.Image], down: bool = False) -> Pictures.Image:
    """Pictures side by side, or one below the other, on white. There is one at least."""
    times = max(1, SHARP // max(side for picture in pictures for side in picture.size))
    mode = "L" if all(picture.mode == "L" for picture in pictures) else "RGB"
    sharp = Pictures.Resampling.NEAREST
    parts = [p.convert(mode).resize((times * p.width, times * p.height), sharp) for p in pictures]
    along = [part.height if down else part.width for part in parts]
    across = max(part.width if down else part.height for part in parts)
    long = sum(along) + GAP * (len(parts) - 1)
    made = Pictures.new(mode, (across, long) if down else (long, across), "white")
    at = 0
    for part, size in zip(parts, along, strict=True):
        made.paste(part, (0, at) if down else (at, 0))
        at += size + GAP
    return made

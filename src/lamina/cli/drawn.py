"""Where made pictures go: a folder with one file each, or one file with all of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import SourceError

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp")


def place_for(out: str, run: str) -> Path:
    """The file or folder that pictures are to go to; beside the run where nothing is said.

    Raises SourceError where something stands there, or its folder does not.
    """
    place = Path(out) if out else Path(run).with_name(f"{Path(run).name}-samples.png")
    if place.exists():
        raise SourceError(f"{place} is there already", expected="a file or folder that does not exist yet", fix="--out")
    if not place.parent.is_dir():
        raise SourceError(f"there is no folder {place.parent}", expected="a folder that is there")
    return place


def write_pictures(place: Path, pictures: Sequence[Any], whole: Any) -> None:
    """All pictures as one, `whole`, where the place is named as a picture; else a folder of numbered files."""
    if place.suffix.lower() in ENDINGS:
        whole.save(place)
        return
    place.mkdir()
    for number, picture in enumerate(pictures):
        picture.save(place / f"{number:05d}.png")

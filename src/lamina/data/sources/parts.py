"""Files that are named for a part: train-00000-of-00005.parquet, valid.csv, stsa.binary.test."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from ...errors import SourceError
from .folders import PARTS
from .reading import shown


def part_of(name: str) -> str:
    """The part that a file is named for, "" for none: of train-00000-of-00005.parquet, train."""
    words = [PARTS[word] for word in re.split(r"[-_.\s]", name.lower()) if word in PARTS]
    return words[-1] if words else ""


def parts_of(folder: Path, names: Sequence[str]) -> list[str]:
    """The part that each file of a folder is named for, "" for all where none is. Raises SourceError where only some
    are."""
    parts = [part_of(name) for name in names]
    if any(parts) and not all(parts):
        odd = names[parts.index("")]
        raise SourceError(
            f"{shown(folder)} holds {shown(odd)} beside files named for a part",
            expected="all files named train, valid or test, or none",
            fix=f"move it out, or name one file: {shown(folder / odd)}",
        )
    return parts


def siblings(path: Path) -> list[str]:
    """The files of a folder that begin with a name and end in a part's: stsa.binary.train.gz for stsa.binary."""
    start = f"{path.name}."
    names = [n for n in os.listdir(path.parent) if n.startswith(start)] if path.parent.is_dir() else []
    return sorted(n for n in names if any(word in PARTS for word in n[len(start) :].lower().split(".")))

"""Pictures with a sentence each and whether it is true, as NLVR is published: PART.json and PART-images.zip.

Suhr et al. 2017, https://aclanthology.org/P17-2034. The rows of one presentation share their drawing and often their
sentence; they stay in one part.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ...errors import SourceError
from ...findings import Findings, aside, printable
from ...kinds import Column, Image, Text, Unreadable
from ..table import Files, Table, Values
from .archive import list_archive
from .encoding import lines_of
from .folders import PARTS, Listing
from .options import ReadOptions
from .reading import fingerprint_names, shown, unique_ids

Folder = tuple[Path, Listing]

ZIP = "-images.zip"
ENDINGS = (".json", ".json.gz")


@dataclass(frozen=True)
class Zips:
    """Reads a picture by "PART/NAME", from the archive of the part."""

    by_part: Mapping[str, Callable[[str], bytes]]

    def __call__(self, name: str) -> bytes:
        part, _, inner = name.partition("/")
        return self.by_part[part](inner) if part in self.by_part else Unreadable("no such file")


def is_sentences(folder: Folder) -> bool:
    """Whether a part's .json stands beside its archive of pictures."""
    return bool(_parts(folder[1]))


def _parts(listing: Listing) -> dict[str, tuple[str, str]]:
    """Words for a part -> the names of its lines and of its pictures."""
    found = {}
    for name in listing.stamps:
        word = name.lower().removesuffix(ZIP)
        if name.lower().endswith(ZIP) and word in PARTS:
            lines = [word + end for end in ENDINGS if word + end in listing.stamps]
            if lines:
                found[word] = (lines[0], name)
    return found


def read_sentences(folder: Folder, options: ReadOptions, findings: Findings) -> Table:
    """Pictures, sentences and labels as `image`, `sentence`, `label`, and `shown`, the presentation a row is of.

    Where no part is called train, the one that is to choose by trains: rows to choose by are then taken from it.
    """
    path, listing = folder
    found = _parts(listing)
    parts = {word: PARTS[word] for word in found}
    if "train" not in parts.values():
        parts = {word: "train" if part == "valid" else part for word, part in parts.items()}
    rows: list[tuple[str, str, str, str, str]] = []  # part, picture, sentence, label, presentation
    readers: dict[str, Callable[[str], bytes]] = {}
    for word, (lines, archive) in sorted(found.items()):
        pictures = list_archive(path / archive)
        readers[word] = pictures.read
        inside = {Path(name).name: name for name in pictures.stamps}
        for number, line in enumerate(lines_of(path / lines, options.encoding), 1):
            row = _row(line, word, inside)
            if isinstance(row, str):
                findings.set_aside(parts[word], [aside(f"{printable(lines)}, line {number}", row)])
            else:
                rows.append((parts[word], *row))
    if not rows:
        raise SourceError(f"{shown(path)} holds no row that can be used", expected="a picture for each line of .json")
    names = [row[1] for row in rows]
    columns: dict[str, Column] = {"image": Files("image", names, Zips(readers))}
    for at, name in enumerate(("sentence", "label", "shown"), 2):
        columns[name] = Values(name, pa.chunked_array([pa.array([row[at] for row in rows], pa.string())]), listing.name)
    given = {name: listing.stamps[name] for pair in found.values() for name in pair}
    return Table(
        columns,
        listing.name,
        fingerprint_names(given),
        np.array([row[0] for row in rows]) if len(found) > 1 else None,
        "label",
        unique_ids(names),
        {"reader": "pictures with sentences", "pictures": len(rows), "group": "shown"},
        inputs=("image", "sentence"),
        kinds={"image": Image(), "sentence": Text()},
    )


def _row(line: str, word: str, inside: Mapping[str, str]) -> tuple[str, str, str, str] | str:
    """Picture, sentence, label and presentation of a line, or why it cannot be used."""
    try:
        row: Any = json.loads(line)
        name, sentence, label = str(row["identifier"]), str(row["sentence"]), str(row["label"]).lower()
    except (ValueError, KeyError, TypeError, RecursionError):
        return "no identifier, sentence and label in this line"
    picture = f"{word}-{name}-0.png"  # the first of the orders that its boxes are published in
    if picture not in inside:
        return f"its picture {printable(picture)} is not in the archive"
    return f"{word}/{inside[picture]}", sentence, label, f"{word}-{name.partition('-')[0]}"

"""Folders of sounds: one folder a class, or names that say which digit is spoken."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa

from ...findings import Findings
from ...kinds import Audio, Column
from ..table import Files, Table, Values
from .folders import PICTURES, SOUND, SOUNDS, Listing, read_pictures, say_unread
from .options import ReadOptions
from .reading import FolderReader, fingerprint_file, fingerprint_names, stamps_of, unique_ids

Folder = tuple[Path, Listing]

SPOKEN = re.compile(r"(?:.*/)?(?P<digit>\d)_(?P<speaker>[A-Za-z]+)_(?P<index>\d+)\.wav$")
TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
TEST = 5  # recordings of a digit by a speaker, those of the least numbers, that the publisher keeps for testing


@dataclass(frozen=True)
class Spoken:
    """A recording of one digit: its file, what is said, by whom, and which recording of that it is."""

    name: str
    digit: int
    speaker: str
    index: int


def spoken(listing: Listing) -> list[Spoken]:
    """The recordings of a folder whose sounds are all named DIGIT_SPEAKER_NUMBER.wav, as the Free Spoken Digit Dataset
    is published; none where any sound is named otherwise."""
    found = []
    for name in sorted(listing.stamps):
        if name.lower().endswith(SOUNDS):
            told = SPOKEN.match(name)
            if told is None:
                return []
            found.append(Spoken(name, int(told["digit"]), told["speaker"], int(told["index"])))
    return found if len({one.digit for one in found}) > 1 else []


def is_spoken(folder: Folder) -> bool:
    """Whether a folder holds recordings of single digits that are named for what is said."""
    return bool(spoken(folder[1]))


def is_sounds(folder: Folder) -> bool:
    """Whether a folder holds sounds, no pictures, and no table that might tell more of them."""
    names = [name.lower() for name in folder[1].stamps]
    others = any(name.endswith(PICTURES) or ("/" not in name and name.endswith(TABLES)) for name in names)
    return any(name.endswith(SOUNDS) for name in names) and not others


def is_sound(path: Path) -> bool:
    """Whether a file is named as sounds are."""
    return path.name.lower().endswith(SOUNDS)


def read_sounds(folder: Folder, options: ReadOptions, findings: Findings) -> Table:
    """Sounds by class folder, perhaps by part, as `sound` and `label`."""
    del options
    return replace(read_pictures(folder[1], findings, SOUND), kinds={"sound": Audio()})


def read_one(path: Path, options: ReadOptions, findings: Findings) -> Table:
    """One sound file as a table of one row."""
    del options, findings
    files = Files("sound", [path.name], FolderReader(str(path.parent), stamps_of(path.parent, [path.name])))
    kinds, facts = {"sound": Audio()}, {"reader": "sound"}
    return Table({"sound": files}, path.name, fingerprint_file(path), ids=[path.name], kinds=kinds, facts=facts)


def read_spoken(folder: Folder, options: ReadOptions, findings: Findings) -> Table:
    """Recordings of single digits as `sound` and `label`, with the published rule: numbers 0 to 4 are the test part."""
    del options
    listing = folder[1]
    say_unread(listing, findings)
    found = spoken(listing)
    names = [one.name for one in found]
    columns: dict[str, Column] = {
        "sound": Files("sound", names, listing.read),
        "speaker": texts("speaker", [one.speaker for one in found], listing.name),
        "label": texts("label", [str(one.digit) for one in found], listing.name),
    }
    parts = np.array(["test" if one.index < TEST else "train" for one in found])
    facts = {"reader": "spoken digits", "sounds": len(found), "speakers": len({one.speaker for one in found})}
    return Table(
        columns,
        listing.name,
        fingerprint_names({name: listing.stamps[name] for name in names}),
        parts if len(set(parts)) > 1 else None,
        "label",
        unique_ids([PurePosixPath(name).name for name in names]),
        inputs=("sound",),
        kinds={"sound": Audio()},
        facts=facts,
    )


def texts(name: str, words: list[str], origin: str) -> Values:
    """Words as a column."""
    return Values(name, pa.chunked_array([pa.array(words, pa.string())]), origin)

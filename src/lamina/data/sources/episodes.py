"""Classes to learn from, and episodes to be tested on: Omniglot as it is published, or one episode alone.

Lake et al. 2015, https://doi.org/10.1126/science.aab3050: images_background*.zip holds alphabets of characters, and
all_runs.zip runs of 20 classes with an example each and a picture to be asked for each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa

from ...errors import SourceError
from ...findings import Findings, aside, printable
from ...kinds import Image, Unreadable
from ...kinds.alike import Alike
from ..table import Files, Table, Values
from .archive import list_archive
from .folders import PICTURES, Listing
from .options import ReadOptions
from .reading import fingerprint_names, shown, unique_ids

Folder = tuple[Path, Listing]
Row = tuple[str, str, str, bool, str]  # picture, class, episode, whether it is an example, part

BACKGROUND = re.compile(r"^images_background.*\.zip$", re.IGNORECASE)
RUNS, KEY, SIDE = "all_runs.zip", "class_labels.txt", 28
GIVEN, ASKED = "training/", "test/"


@dataclass(frozen=True)
class Zips:
    """Reads a picture by "ARCHIVE:NAME"."""

    archives: Mapping[str, Callable[[str], bytes]]

    def __call__(self, name: str) -> bytes:
        archive, _, inner = name.partition(":")
        return self.archives[archive](inner) if archive in self.archives else Unreadable("no such file")


def is_omniglot(folder: Folder) -> bool:
    """Whether a folder holds an archive of alphabets, as Omniglot has them."""
    return any(BACKGROUND.match(name) for name in folder[1].stamps)


def is_episode(folder: Folder) -> bool:
    """Whether pictures in training/ stand beside pictures in test/, a file each."""
    names = [name for name in folder[1].stamps if name.lower().endswith(PICTURES)]
    sides = [[name for name in names if re.fullmatch(side + r"[^/]+", name)] for side in (GIVEN, ASKED)]
    return all(sides) and len(names) == len(sides[0]) + len(sides[1])


def read_omniglot(folder: Folder, options: ReadOptions, findings: Findings) -> Table:
    """Alphabets as training rows, runs as the test part: `image`, `character`, and `drawn`, what is split by.

    A class of training is a character; one of a run is its example, asked for once.
    """
    del options
    path, listing = folder
    rows: list[Row] = []
    archives: dict[str, Callable[[str], bytes]] = {}
    for name in sorted(listing.stamps):
        if BACKGROUND.match(name):
            inside = list_archive(path / name)
            archives[name] = inside.read
            rows += [(f"{name}:{n}", "/".join(n.split("/")[-3:-1]), "", False, "train") for n in _pictures(inside)]
    if RUNS in listing.stamps:
        inside = list_archive(path / RUNS)
        archives[RUNS] = inside.read
        for run in sorted({name.split("/")[0] for name in inside.stamps}):
            rows += _run(inside, run, findings)
    if not rows:
        raise SourceError(f"{shown(path)} holds no pictures", expected="alphabets in images_background.zip")
    used = {name: listing.stamps[name] for name in archives}
    facts: dict[str, Any] = {"reader": "omniglot", "pictures": len(rows), "group": "drawn"}
    return _table(rows, listing.name, Zips(archives), fingerprint_names(used), facts)


def read_episode(folder: Folder, options: ReadOptions, findings: Findings) -> Table:
    """One episode: pictures in training/ are examples of the class they are named for, those in test/ are asked for.
    class_labels.txt, where it is there, says what each of them is."""
    del options
    listing = folder[1]
    given = [(name, PurePosixPath(name).stem, True) for name in _pictures(listing) if name.startswith(GIVEN)]
    known = _answers(listing, KEY, findings)
    asked = [(name, known.get(name, ""), False) for name in _pictures(listing) if name.startswith(ASKED)]
    rows: list[Row] = [(name, label, listing.name or "episode", example, "") for name, label, example in given + asked]
    used = {row[0]: listing.stamps[row[0]] for row in rows}
    return _table(
        rows, listing.name, listing.read, fingerprint_names(used), {"reader": "episode", "pictures": len(rows)}
    )


def _run(inside: Listing, run: str, findings: Findings) -> list[Row]:
    known = _answers(inside, f"{run}/{KEY}", findings)
    rows: list[Row] = []
    for name in _pictures(inside):
        if name.startswith(f"{run}/{GIVEN}"):
            rows.append((f"{RUNS}:{name}", PurePosixPath(name).stem, run, True, "test"))
        elif name in known:
            rows.append((f"{RUNS}:{name}", known[name], run, False, "test"))
        elif name.startswith(f"{run}/{ASKED}"):
            findings.set_aside("test", [aside(printable(name), f"{KEY} does not say what it is")])
    return rows


def _answers(listing: Listing, key: str, findings: Findings) -> dict[str, str]:
    """Which class each picture that is asked for is of, as the file of a run says."""
    if key not in listing.stamps:
        return {}
    found = {}
    for number, line in enumerate(listing.read(key).decode("utf-8", "replace").split("\n"), 1):
        pair = line.split()
        if len(pair) == 2:
            found[pair[0]] = PurePosixPath(pair[1]).stem
        elif pair:
            findings.set_aside("test", [aside(f"{printable(key)}, line {number}", "not two names")])
    return found


def _pictures(listing: Listing) -> list[str]:
    return sorted(name for name in listing.stamps if name.lower().endswith(PICTURES))


def _table(rows: list[Row], name: str, read: Callable[[str], bytes], fingerprint: str, facts: dict[str, Any]) -> Table:
    files = [row[0] for row in rows]
    told = [{"name": row[1] or None, "episode": row[2], "example": row[3]} for row in rows]
    kind = pa.struct([("name", pa.string()), ("episode", pa.string()), ("example", pa.bool_())])
    drawn = pa.array([row[2] or row[1] for row in rows], pa.string())
    parts = np.array([row[4] for row in rows])
    return Table(
        {
            "image": Files("image", files, read),
            "character": Values("character", pa.chunked_array([pa.array(told, kind)]), name),
            "drawn": Values("drawn", pa.chunked_array([drawn]), name),
        },
        name,
        fingerprint,
        parts if len(set(parts.tolist())) > 1 else None,
        "character",
        unique_ids([file.rpartition(":")[2] for file in files]),
        facts,
        inputs=("image",),
        kinds={"image": Image(side=SIDE), "character": Alike()},
    )

"""Folders of pictures or sounds: one folder a class, perhaps under train, valid and test."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa

from ...errors import SourceError
from ...findings import Findings, printable
from ...kinds import Column
from ..table import Files, Table, Values
from .other_boxes import refuse_boxes
from .reading import FolderReader, Stamp, fingerprint_names, shown, unique_ids

PICTURES = (".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm")
SOUNDS = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au")
# What lies beside pictures and sounds without being one: notes, tables and what a desktop leaves behind.
BESIDE = (".txt", ".md", ".rst", ".json", ".csv", ".tsv", ".xml", ".yaml", ".yml", ".html", ".htm", ".pdf", ".ini")
BESIDE_NAMES = re.compile(r"(thumbs\.db|\.ds_store|readme.*|licen[sc]e.*|copying|notice|authors|checksums?)", re.I)
COPIED = "copy what the links lead to: cp -rL FOLDER COPY"
LOOKED = 100  # files of a folder that are looked into, at most
PARTS = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "val": "valid",
    "validation": "valid",
    "dev": "valid",
    "test": "test",
    "testing": "test",
    "t10k": "test",
}


@dataclass(frozen=True)
class Sort:
    """What sort of file makes a row: the column's name, what one is called, how its name ends, an example, and the
    endings to save others as."""

    column: str
    one: str
    endings: tuple[str, ...]
    example: str
    usual: str


PICTURE = Sort("image", "picture", PICTURES, "cats/1.jpg, dogs/2.jpg", ".jpg or .png")
SOUND = Sort("sound", "sound", SOUNDS, "dogs/1.wav, rain/2.wav", ".wav")


@dataclass(frozen=True)
class Listing:
    """What a folder or an archive holds: files by name with size and time, the folders, and how to read one.

    `in_order`: they are read fastest in the order in which they stand.
    """

    name: str
    stamps: Mapping[str, Stamp]
    folders: frozenset[str]
    read: Callable[[str], bytes]
    links: int = 0
    shut: tuple[str, ...] = field(default=())  # folders that may not be entered
    in_order: bool = False

    def top(self) -> set[str]:
        """The first parts of all names."""
        return {name.split("/", 1)[0] for name in (*self.stamps, *self.folders)}


def scan(root: Path) -> Listing:
    """All files under a folder. Hidden ones are skipped; links are counted and not followed."""
    stamps: dict[str, Stamp] = {}
    folders: list[str] = []
    shut: list[str] = []
    links = 0
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        try:
            entries = list(os.scandir(os.path.join(root, inside)))
        except OSError:
            shut.append(inside or shown(root))
            continue
        for entry in entries:
            name = f"{inside}/{entry.name}" if inside else entry.name
            if entry.name.startswith((".", "__MACOSX")):
                continue
            if entry.is_symlink():
                links += 1
            elif entry.is_dir():
                folders.append(name)
                waiting.append(name)
            elif entry.is_file():
                found = entry.stat(follow_symlinks=False)
                stamps[name] = (found.st_size, found.st_mtime_ns)
    return Listing(
        root.name or root.resolve().name,
        stamps,
        frozenset(folders),
        FolderReader(str(root), stamps),
        links,
        tuple(sorted(shut)),
    )


def read_pictures(listing: Listing, findings: Findings, sort: Sort = PICTURE) -> Table:
    """Files of a sort by class folder, perhaps by part, as a table of `image` (or what the sort says) and `label`;
    sorted by part, class and name, unless they stand in an order already.

    A folder without class folders gives the one column alone. Raises SourceError when there is no such file.
    """
    say_unread(listing, findings)
    if sort is PICTURE and not listing.in_order:
        refuse_boxes(listing.name, sorted(listing.stamps), listing.read)
    wrapper = _wrapper(listing, sort)
    parted = bool(_part_folders(listing, wrapper))
    depth = len(wrapper.split("/")) - 1 if wrapper else 0
    rows: list[tuple[str, str, str]] = []
    stray = []
    for name in listing.stamps:
        steps = name.split("/")[depth:]
        part = PARTS.get(steps[0].lower(), "") if parted else ""
        inner = steps[1:] if part else steps
        if (parted and not part) or not name.lower().endswith(sort.endings):
            stray.append(name)
        else:
            rows.append((part, inner[0] if len(inner) > 1 else "", name))
    if not rows:
        expected = f"{sort.one}s in one folder for each class, as {sort.example}, or another sort of source"
        fix = COPIED if listing.links else "lamina sources, which lists them all"
        raise SourceError(_nothing(listing, sort), expected=expected, fix=fix)
    classed = any(label for _, label, _ in rows)
    if classed:
        stray += [name for _, label, name in rows if not label]
        rows = [row for row in rows if row[1]]
        _empty_folders(listing, {name for _, _, name in rows}, depth, parted, findings, sort)
        inside = [name for name in stray if len(name.split("/")) > depth + parted + 1]
        _say_passed(inside, findings, sort)
        _say_loose(sorted(name for name in stray if name.lower().endswith(sort.endings)), findings, sort)
    return _table(listing, rows if listing.in_order else sorted(rows), sorted(stray), parted, sort)


def _table(listing: Listing, rows: list[tuple[str, str, str]], stray: list[str], parted: bool, sort: Sort) -> Table:
    classed = any(label for _, label, _ in rows)
    names = [name for _, _, name in rows]
    columns: dict[str, Column] = {sort.column: Files(sort.column, names, listing.read)}
    if classed:
        labels = pa.array([printable(label) for _, label, _ in rows], pa.string())
        columns["label"] = Values("label", pa.chunked_array([labels]), listing.name)
    counts = Counter(part for part, _, _ in rows)
    facts = {
        "reader": "class folders" if classed else f"{sort.one}s without classes",
        f"{sort.one}s": len(rows),
        "parts": dict(counts) if parted else {},
        "stray": [printable(name) for name in stray[:20]],
        "strays": len(stray),
        "links": listing.links,
    }
    return Table(
        columns,
        listing.name,
        fingerprint_names({name: listing.stamps[name] for name in names}),
        np.array([part for part, _, _ in rows]) if parted else None,
        "label" if classed else "",
        unique_ids(names),
        facts,
    )


def _part_folders(listing: Listing, wrapper: str) -> set[str]:
    """The folders named train, valid or test, where two parts are there, or no other folder is."""
    inside = {f[len(wrapper) :].split("/", 1)[0] for f in listing.folders if f.startswith(wrapper)} - {""}
    named = {name for name in inside if name.lower() in PARTS}
    return named if len({PARTS[name.lower()] for name in named}) > 1 or (named and named == inside) else set()


def _wrapper(listing: Listing, sort: Sort) -> str:
    """The one folder that holds all others, as archives often have, with its slash; "" where there is none."""
    top = {name.split("/", 1)[0] for name in listing.folders}
    if len(top) != 1:
        return ""
    first = next(iter(top))
    below = [f for f in listing.folders if f.startswith(first + "/")]
    direct = any(
        PurePosixPath(name).parent.as_posix() == first and name.lower().endswith(sort.endings)
        for name in listing.stamps
    )
    return "" if direct or not below or first.lower() in PARTS else first + "/"


def _empty_folders(listing: Listing, names: set[str], depth: int, parted: bool, findings: Findings, sort: Sort) -> None:
    """Stop at a class folder of training that holds no file of the sort; warn of one in another part."""
    at = depth + 1 + parted
    full = {"/".join(name.split("/")[:at]) for name in names}
    for folder in sorted(f for f in listing.folders if len(f.split("/")) == at and f not in full):
        first = folder.split("/")[depth].lower()
        if parted and first not in PARTS:
            continue
        if parted and PARTS[first] != "train":
            findings.warn(f"empty {folder}", f"the class folder {printable(folder)} holds no {sort.one}")
            continue
        findings.stop(
            SourceError(
                f"the class folder {printable(folder)} in {printable(listing.name)} holds no {sort.one}",
                expected=f"files that end in {', '.join(sort.endings[:5])} …",
                fix=COPIED if listing.links else f"put {sort.one}s into it, or delete the folder",
            )
        )


def _say_passed(names: Sequence[str], findings: Findings, sort: Sort) -> None:
    """Warn of files in class folders that are passed over for their ending, by ending."""
    folders: dict[str, list[str]] = {}
    for name in names:
        file = PurePosixPath(name)
        ending = file.suffix.lower()
        if ending not in (*sort.endings, *BESIDE) and not BESIDE_NAMES.fullmatch(file.name):
            folders.setdefault(ending, []).append(str(file.parent))
    for ending, held in sorted(folders.items()):
        told = f"{ending} file{'s' * (len(held) > 1)}" if ending else f"file{'s' * (len(held) > 1)} without an ending"
        within = f"{len(set(held)):,} folders" if len(set(held)) > 1 else printable(held[0])
        findings.warn(
            f"passed over {printable(ending)}",
            f"{len(held):,} {printable(told)} in {within} {'are' if len(held) > 1 else 'is'} not read; "
            f"save as {sort.usual} what is a {sort.one}, or take it out of the class folders",
        )


def _say_loose(names: Sequence[str], findings: Findings, sort: Sort) -> None:
    """Warn of files of the sort that lie beside the class folders, and so are of no class."""
    if names:
        told = f"1 {sort.one} lies" if len(names) == 1 else f"{len(names):,} {sort.one}s lie"
        findings.warn(
            "loose",
            f"{told} beside the class folders and {'is' if len(names) == 1 else 'are'} not read; "
            f"first: {printable(names[0])}; put each into the folder of its class",
        )


def say_unread(listing: Listing, findings: Findings) -> None:
    """Warn of links that were not followed and stop at folders that may not be entered."""
    if listing.links:
        findings.warn("links", f"{listing.links:,} links in {printable(listing.name)} were not followed")
    for folder in listing.shut:
        findings.stop(
            SourceError(f"the folder {printable(folder)} may not be entered", fix=f"chmod u+rx {printable(folder)}")
        )


def _nothing(listing: Listing, sort: Sort) -> str:
    if not listing.stamps:
        links = f" (links are not followed; it holds {listing.links:,})" if listing.links else ""
        return f"{printable(listing.name)} holds no file{links}"
    endings = Counter(PurePosixPath(name).suffix.lower() or "no ending" for name in listing.stamps).most_common(4)
    found = ", ".join(f"{n:,} × {ending}" for ending, n in endings)
    return f"{printable(listing.name)} holds no {sort.one} that is known by its ending (it holds {found})"


def lone_file(folder: Path, listing: Listing, known: Callable[[Path], str]) -> str:
    """The one file of a folder without pictures that is a source by itself, "" where there is none. `known` says what a
    file is, "" for none that is a source. Raises SourceError where there are several."""
    top = sorted(name for name in listing.stamps if "/" not in name)
    if len(top) > LOOKED or any(name.lower().endswith(PICTURES) for name in listing.stamps):
        return ""
    found = {name: said for name in top if (said := known(folder / name))}
    if len(found) > 1:
        named = "; ".join(f"{shown(name)} is {said}" for name, said in list(found.items())[:3])
        raise SourceError(
            f"{shown(folder)} holds {len(found)} files that are each a source by itself: {named}",
            expected="one of them",
            fix=f"name one of them: {shown(folder / next(iter(found)))}",
        )
    return next(iter(found), "")

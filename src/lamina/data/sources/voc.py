"""Pictures with boxes as Pascal VOC has them: JPEGImages, Annotations with an XML file for each, lists of the parts.

Everingham et al. 2010, https://doi.org/10.1007/s11263-009-0275-4. Pixels count from 1 there, and a box includes its
last one: the left edge of xmin = 1 is 0 here, the right edge of xmax is xmax.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Container
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa

from ...errors import SourceError
from ...findings import Aside, Findings, aside, printable
from ...kinds import Unreadable
from ...kinds.boxes import Boxes
from ...kinds.image import Image, PictureError, open_picture, size_of, turn_of
from ..table import Files, Table, Values
from .folders import PARTS, PICTURES, Listing, say_unread
from .options import ReadOptions
from .reading import fingerprint_names, unique_ids

SWAPPED = 0.2  # of the boxes inside out, over which they are taken to be written in another order
SLACK = 1.0  # pixels that an edge may lie outside of its picture
EDGES = ("xmin", "ymin", "xmax", "ymax")
COLUMN = re.compile(
    r"\s+-?\d+$"
)  # behind a name: whether the class of the list is there, or which of its things is meant
LARGEST = 1 << 24  # bytes of one XML file
BOX = pa.struct([("label", pa.string()), *((edge, pa.float64()) for edge in ("x0", "y0", "x1", "y1"))])
VALUE = pa.struct([("width", pa.int64()), ("height", pa.int64()), ("boxes", pa.list_(BOX))])


class NoBoxes(ValueError):
    """One XML file cannot be used; the text is the reason."""


def is_voc(found: tuple[Any, Listing]) -> bool:
    """Whether some XML file of a folder is named as a picture is."""
    listing = found[1]
    stems = {PurePosixPath(name).stem for name in listing.stamps if name.lower().endswith(PICTURES)}
    return any(name.lower().endswith(".xml") and PurePosixPath(name).stem in stems for name in listing.stamps)


def read_voc(found: tuple[Any, Listing], options: ReadOptions, findings: Findings) -> Table:
    """Pictures with boxes as a table of `image` and `boxes`; sorted by part and name.

    A box that has no width or height or lies outside its picture is left out and said; a picture without an XML file
    is set aside. Raises SourceError where more than a fifth of the boxes are inside out.
    """
    del options
    listing = found[1]
    say_unread(listing, findings)
    pictures = {PurePosixPath(n).stem: n for n in sorted(listing.stamps) if n.lower().endswith(PICTURES)}
    notes = {PurePosixPath(n).stem: n for n in sorted(listing.stamps) if n.lower().endswith(".xml")}
    listed = _listed(listing, pictures)
    parts = _parts(listed, pictures, findings)
    stems = sorted((s for s in pictures if not parts or s in parts), key=lambda s: (parts.get(s, ""), s))
    values, kept = [], []
    wrong: dict[str, list[Aside]] = {}
    tally: Counter[str] = Counter()
    odd: list[str] = []
    for stem in stems:
        part = parts.get(stem, "source")
        try:
            value = _value(listing, pictures[stem], notes.get(stem, ""), tally, odd)
        except NoBoxes as error:
            wrong.setdefault(part, []).append(aside(printable(pictures[stem]), str(error)))
            continue
        values.append(value)
        kept.append(stem)
    for part, rows in wrong.items():
        findings.set_aside(part, rows)
    _say(listing, tally, odd, [stem for stem in listed if stem not in pictures], findings)
    names = [pictures[stem] for stem in kept]
    boxes = pa.chunked_array([pa.array(values, VALUE)])
    facts = {
        "reader": "Pascal VOC",
        "pictures": len(names),
        "boxes": tally["boxes"],
        "parts": dict(Counter(parts.values())),
    }
    return Table(
        {"image": Files("image", names, listing.read), "boxes": Values("boxes", boxes, listing.name)},
        listing.name,
        fingerprint_names({name: listing.stamps[name] for name in [*names, *(notes[stem] for stem in kept)]}),
        np.array([parts[stem] for stem in kept]) if parts else None,
        "boxes",
        unique_ids(names),
        facts,
        inputs=("image",),
        kinds={"image": Image(), "boxes": Boxes()},
    )


def _listed(listing: Listing, pictures: Container[str]) -> dict[str, str]:
    """The part of each name in the lists in ImageSets. A name may hold spaces, and a number may stand behind it."""
    found: dict[str, str] = {}
    lists = [n for n in sorted(listing.stamps) if n.lower().endswith(".txt") and "ImageSets/" in n]
    for name in lists:
        part = PARTS.get(PurePosixPath(name).stem.lower(), "")
        lines = listing.read(name).decode("utf-8-sig", "replace").splitlines() if part else []
        for whole in filter(None, map(str.strip, lines)):
            bare = COLUMN.sub("", whole)
            found[bare if whole not in pictures and bare in pictures else whole] = part
    return found


def _parts(listed: dict[str, str], pictures: Container[str], findings: Findings) -> dict[str, str]:
    """The part of each picture that is listed; empty where none of them is for training, which is said."""
    parts = {stem: part for stem, part in listed.items() if stem in pictures}
    if "train" in parts.values():
        return parts
    if listed:
        told = "the lists in ImageSets name no picture for training that is there; all pictures are split anew"
        findings.warn("lists", told)
    return {}


def _value(listing: Listing, picture: str, note: str, tally: Counter[str], odd: list[str]) -> dict[str, Any]:
    """What the XML file beside a picture says, boxes that cannot be left out. Raises NoBoxes."""
    if not note:
        raise NoBoxes("no XML file says what is in the picture")
    root = _parsed(listing.read(note))
    tally["turned"] += _turned(listing.read(picture)) if root.find("object") is not None else 0
    size = [root.findtext(f"size/{side}", "") for side in ("width", "height")]
    wide, high = (int(x) if x.strip().isdigit() else 0 for x in size)
    if not wide or not high:
        try:
            wide, high = size_of(listing.read(picture))
        except PictureError as error:
            raise NoBoxes(str(error)) from None
    boxes = []
    for thing in root.iter("object"):
        label = thing.findtext("name", "").strip()
        try:
            x0, y0, x1, y1 = (float(thing.findtext(f"bndbox/{edge}", "")) for edge in EDGES)
        except ValueError:
            raise NoBoxes(f'a box of "{printable(label)}" without {", ".join(EDGES)} in {printable(note)}') from None
        tally["all"] += 1
        why = _fault(label, (x0, y0, x1, y1), wide, high)
        if why:
            tally[why] += 1
            odd.append(f"{printable(note)} ({x0:g}, {y0:g}, {x1:g}, {y1:g})")
            continue
        tally["boxes"] += 1
        edges = max(0.0, x0 - 1), max(0.0, y0 - 1), min(x1, wide), min(y1, high)
        boxes.append({"label": label, **dict(zip(("x0", "y0", "x1", "y1"), edges, strict=True))})
    return {"width": wide, "height": high, "boxes": boxes}


def _turned(data: bytes) -> bool:
    """Whether a picture says that it is to be turned; one that cannot be opened says nothing."""
    try:
        with open_picture(data) as opened:
            return turn_of(opened) != 1
    except PictureError:
        return False


def _parsed(data: bytes) -> ET.Element:
    if isinstance(data, Unreadable):
        raise NoBoxes(data.reason)
    if len(data) > LARGEST or b"<!ENTITY" in data:
        raise NoBoxes("an XML file too large, or one that defines entities")
    try:
        return ET.fromstring(data)
    except ET.ParseError as error:
        raise NoBoxes(f"its XML file is damaged: {error}") from None


def _fault(label: str, edges: tuple[float, float, float, float], wide: int, high: int) -> str:
    """Why a box cannot be used; empty where it can."""
    x0, y0, x1, y1 = edges
    if not label:
        return "without a name"
    if x1 < x0 or y1 < y0:
        return "inside out"
    if x1 == x0 or y1 == y0:
        return "of no width or height"
    outside = x0 < -SLACK or y0 < -SLACK or x1 > wide + SLACK or y1 > high + SLACK
    return "outside its picture" if outside else ""


def _say(listing: Listing, tally: Counter[str], odd: list[str], lost: list[str], findings: Findings) -> None:
    """Tell of boxes left out and of listed pictures that are not there; stop where the boxes look swapped."""
    faults = {why: n for why, n in tally.items() if why not in ("all", "boxes", "turned")}
    first = "; ".join(odd[:5])
    if faults.get("inside out", 0) + faults.get("outside its picture", 0) > SWAPPED * max(1, tally["all"]):
        told = ", ".join(f"{n:,} {why}" for why, n in faults.items())
        findings.stop(
            SourceError(
                f"{sum(faults.values()):,} of {tally['all']:,} boxes of {printable(listing.name)} cannot be: {told}; "
                f"first: {first}",
                expected="left, upper, right and lower edge in pixels; are these x, y, width, height?",
                fix="write xmax = xmin + width and ymax = ymin + height",
            )
        )
    elif faults:
        told = ", ".join(f"{n:,} {why}" for why, n in faults.items())
        findings.warn("boxes", f"of {tally['all']:,} boxes {told}; they are left out; first: {first}")
    if tally["turned"]:
        findings.warn(
            "boxes turned",
            f"{tally['turned']:,} pictures are turned upright as their EXIF says, and their boxes are taken to be "
            "measured in the upright picture",
        )
    if lost:
        shown = ", ".join(printable(name) for name in lost[:5])
        more = ", …" if len(lost) > 5 else ""
        findings.warn("listed", f"{len(lost):,} pictures are listed in ImageSets and not there: {shown}{more}")

"""Pictures with a picture of labels for each: `images/` and `masks/`, perhaps under train, valid and test."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pyarrow.csv as csv

from ...errors import SourceError
from ...findings import Findings, aside, printable
from ...kinds.image import Image, PictureError, open_picture
from ...kinds.mask import Mask
from ..table import Files, Table
from .folders import PARTS, PICTURES, Listing, say_unread
from .options import ReadOptions
from .reading import fingerprint_names, unique_ids

SHOWN = ("images", "image", "imgs", "img", "pictures", "photos", "jpegimages")
LABELS = ("masks", "mask", "labels", "label", "segmentations", "segmentation", "segmentationclass", "annotations", "gt")
ENDING = re.compile(r"[_-](mask|label|labels|seg|gt)$", re.IGNORECASE)
PART_COLUMNS = ("split", "part", "set", "subset")


@dataclass(frozen=True)
class Pair:
    """A picture and its mask, by the name they share; either may be missing."""

    picture: str
    mask: str
    part: str


def is_pairs(source: tuple[Any, Listing]) -> bool:
    """Whether a folder of pictures stands beside one of labels, and names in them agree."""
    found = _pairs(source[1])
    both = sum(bool(pair.picture and pair.mask) for pair in found.values())
    return both > 0 and 2 * both >= sum(bool(pair.picture) for pair in found.values())


def read_pairs(source: tuple[Any, Listing], options: ReadOptions, findings: Findings) -> Table:
    """Pictures and their masks as a table of `image` and `mask`; sorted by part and name.

    A table beside them with a column of names and one called split, part or set says the parts. A picture without a
    mask is set aside; a mask of another size than its picture stops everything.
    """
    del options
    listing = source[1]
    say_unread(listing, findings)
    found = _pairs(listing)
    parts = _listed_parts(listing, found)
    if parts:
        found = {key: Pair(p.picture, p.mask, parts[key]) for key, p in found.items() if key in parts}
    for _, pair in sorted(found.items()):
        if not pair.picture or not pair.mask:
            lacking = "no mask beside it" if pair.picture else "a mask without a picture"
            findings.set_aside(pair.part or "source", [aside(printable(pair.picture or pair.mask), lacking)])
    rows = sorted((pair.part, key) for key, pair in found.items() if pair.picture and pair.mask)
    pictures, masks = ([getattr(found[key], side) for _, key in rows] for side in ("picture", "mask"))
    _check_sizes(listing, pictures, masks, findings)
    counts = Counter(part for part, _ in rows)
    parted = any(counts) and "train" in counts
    return Table(
        {"image": Files("image", pictures, listing.read), "mask": Files("mask", masks, listing.read)},
        listing.name,
        fingerprint_names({name: listing.stamps[name] for name in [*pictures, *masks]}),
        np.array([part for part, _ in rows]) if parted else None,
        "mask",
        unique_ids(pictures),
        {"reader": "pictures with masks", "pictures": len(rows), "parts": dict(counts) if parted else {}},
        inputs=("image",),
        kinds={"image": Image(), "mask": Mask()},
    )


def _pairs(listing: Listing) -> dict[str, Pair]:
    """Pictures and masks by what is left of their names without the folder that says which they are."""
    found: dict[str, dict[str, str]] = {}
    for name in listing.stamps:
        path = PurePosixPath(name)
        if not name.lower().endswith(PICTURES):
            continue
        steps = [step.lower() for step in path.parts[:-1]]
        side = next((s for s, words in (("picture", SHOWN), ("mask", LABELS)) if set(steps) & set(words)), "")
        if not side:
            continue
        rest = [step for step, low in zip(path.parts[:-1], steps, strict=True) if low not in (*SHOWN, *LABELS)]
        stem = ENDING.sub("", path.stem) if side == "mask" else path.stem
        entry = found.setdefault("/".join([*rest, stem]), {})
        entry[side] = name
        entry["part"] = next((PARTS[step] for step in steps if step in PARTS), "")
    return {key: Pair(e.get("picture", ""), e.get("mask", ""), e["part"]) for key, e in found.items()}


def _listed_parts(listing: Listing, found: dict[str, Pair]) -> dict[str, str]:
    """The part of each pair, from a table beside the folders; empty where there is none."""
    for name in sorted(n for n in listing.stamps if "/" not in n and n.lower().endswith(".csv")):
        try:
            table = csv.read_csv(io.BytesIO(listing.read(name)), csv.ReadOptions(use_threads=False))
        except (ValueError, OSError):
            continue
        column = next((c for c in table.column_names if c.lower() in PART_COLUMNS), "")
        words = [PARTS.get(str(word).lower(), "") for word in table[column].to_pylist()] if column else []
        for other in table.column_names if "train" in words else ():
            keys = [PurePosixPath(str(value)).stem for value in table[other].to_pylist()]
            if other != column and 2 * sum(key in found for key in keys) >= len(keys):
                return {key: part for key, part in zip(keys, words, strict=True) if part and key in found}
    return {}


def _check_sizes(listing: Listing, pictures: list[str], masks: list[str], findings: Findings) -> None:
    """Stop where a mask is of another size than its picture; what cannot be opened is said when it is read."""
    wrong = []
    for picture, mask in zip(pictures, masks, strict=True):
        try:
            with open_picture(listing.read(picture)) as one, open_picture(listing.read(mask)) as other:
                sizes = one.size, other.size
        except PictureError:
            continue
        if sizes[0] != sizes[1] and sizes[0] != sizes[1][::-1]:
            (a, b), (c, d) = sizes
            wrong.append(f"{printable(picture)} is {a} × {b}, {printable(mask)} {c} × {d}")
    if wrong:
        findings.stop(
            SourceError(
                f"{len(wrong):,} of {len(masks):,} masks are not as large as their pictures: {'; '.join(wrong[:5])}",
                expected="a label for every pixel",
                fix="make the masks anew at the size of the pictures, or take those pairs out",
            )
        )

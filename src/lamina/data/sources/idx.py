"""Idx files, the form MNIST is published in: a header with the type and the sizes, then the values.

LeCun's page describes it: two zero bytes, a type byte, the number of axes, each axis as a big-endian 32-bit number.
"""

from __future__ import annotations

import math
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...errors import SourceError
from ...kinds import Column
from ..table import Arrays, Table, Values
from .parts import part_of
from .reading import content, fingerprint_names, shown

NAME = re.compile(r"^(?P<stem>.*?)[-_.]?(?P<what>images|labels)[-_.]idx[13](?:[-_.]ubyte)?(?:\.gz)?$", re.IGNORECASE)
TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
ORDER = {"train": 0, "valid": 1, "test": 2}


def idx_names(folder: Path) -> list[Path]:
    """The idx files of a folder, in order of name."""
    return sorted(path for path in folder.iterdir() if NAME.match(path.name) and path.is_file())


def read_idx(paths: list[Path], name: str) -> Table:
    """Pairs of image and label files, paired by the text before -images and -labels, as one table of parts."""
    pairs = _pairs(paths)
    stems = sorted(pairs, key=lambda stem: (ORDER.get(part_of(stem), 3), stem))
    pictures = [parse_idx(pairs[stem]["images"]) for stem in stems]
    for stem, found in zip(stems, pictures, strict=True):
        if found.shape[1:] != pictures[0].shape[1:] or found.ndim < 3:
            raise SourceError(
                f"{pairs[stem]['images'].name} holds arrays of {found.shape}", expected="pictures of one size"
            )
    columns: dict[str, Column] = {"image": Arrays("image", np.concatenate(pictures), name)}
    labelled = "labels" in pairs[stems[0]]
    if labelled:
        labels = [parse_idx(pairs[stem]["labels"]) for stem in stems]
        for stem, found, images in zip(stems, labels, pictures, strict=True):
            if found.shape != (len(images),):
                raise SourceError(
                    f"{pairs[stem]['labels'].name} holds labels of shape {found.shape} for {len(images):,} images",
                    expected="one label for each image",
                )
        joined = pa.array(np.concatenate(labels).astype(np.int64))
        columns["label"] = Values("label", pa.chunked_array([joined]), name)
    parts = np.repeat([part_of(stem) for stem in stems], [len(images) for images in pictures])
    stamps = {p.name: (p.stat().st_size, p.stat().st_mtime_ns) for p in paths}
    return Table(
        columns,
        name,
        fingerprint_names(stamps),
        parts if any(parts) else None,
        "label" if labelled else "",
        facts={"reader": "idx", "files": [p.name for p in paths]},
    )


def parse_idx(path: Path) -> NDArray[Any]:
    """One idx file as an array in native byte order. Raises SourceError where header and length disagree."""
    data = content(path)
    kind = TYPES.get(data[2]) if len(data) >= 4 and data[:2] == b"\0\0" else None
    if kind is None or len(data) < 4 + 4 * data[3]:
        raise SourceError(f"{shown(path)} does not start as an idx file does", expected="two zero bytes and a type")
    shape = struct.unpack(f">{data[3]}I", data[4 : 4 + 4 * data[3]])
    start, dtype = 4 + 4 * data[3], np.dtype(kind)
    promised = math.prod(shape) * dtype.itemsize
    if len(data) - start != promised:
        raise SourceError(
            f"{shown(path)}: the header says {promised:,} bytes, the file has {len(data) - start:,}",
            expected="a whole file; it may have been cut short on its way",
        )
    return np.frombuffer(data, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))


def _pairs(paths: list[Path]) -> dict[str, dict[str, Path]]:
    pairs: dict[str, dict[str, Path]] = {}
    for path in paths:
        match = NAME.match(path.name)
        if not match:
            continue
        files, what = pairs.setdefault(match["stem"], {}), match["what"].lower()
        if what in files:
            raise SourceError(f"both {files[what].name} and {path.name} are there", expected="one of them")
        files[what] = path
    labelled = any("labels" in files for files in pairs.values())
    for files in pairs.values():
        if "images" not in files or (labelled and "labels" not in files):
            lone, other = next(iter(files.values())), "labels" if "images" in files else "images"
            raise SourceError(f"{lone.name} has no file of {other} beside it", expected=f"one named …-{other}-idx…")
    return pairs

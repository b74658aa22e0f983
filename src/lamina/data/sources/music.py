"""Music as lists of notes: a .json with pieces under train, valid and test, each a list of frames of MIDI numbers.

As the chorales and folk songs of Boulanger-Lewandowski et al. 2012 are published in JSON.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ...config import parse_json
from ...errors import SourceError
from ...findings import Findings, aside
from ...kinds.notes import Notes
from ..table import Table, Values
from .folders import PARTS
from .options import ReadOptions
from .reading import content, fingerprint_file, shown

ENDINGS = (".json", ".json.gz")
LARGEST = 1 << 31
HEAD = re.compile(r'^\s*\{\s*"(\w+)"\s*:\s*\[\s*\[\s*\[\s*(-?\d|\])')


def is_music(path: Path) -> bool:
    """Whether a .json begins with a part that is a list of lists of lists of whole numbers."""
    if not path.name.lower().endswith(ENDINGS):
        return False
    found = HEAD.match(content(path)[:4000].decode("utf-8", "replace"))
    return bool(found) and found.group(1).lower() in PARTS  # type: ignore[union-attr]


def read_music(path: Path, options: ReadOptions, findings: Findings) -> Table:
    """Pieces as a column `notes`. What is no list of frames of whole numbers is set aside."""
    del options
    whole: Any = parse_json(content(path), shown(path))
    pieces, parts, ids = [], [], []
    for word, rows in whole.items():
        part = PARTS.get(word.lower(), "")
        for number, piece in enumerate(rows if part and isinstance(rows, list) else ()):
            if not _frames(piece):
                findings.set_aside(part, [aside(f"{shown(path.name)}, {word} {number}", "no list of frames of notes")])
                continue
            pieces.append(piece)
            parts.append(part)
            ids.append(f"{word} {number}")
    if not pieces:
        raise SourceError(f"{shown(path)} holds no music", expected="lists of frames under train, valid and test")
    notes = pa.array(pieces, pa.list_(pa.list_(pa.int64())))
    column = Values("notes", pa.chunked_array([notes]), path.name)
    published = np.array(parts) if len(set(parts)) > 1 else None
    facts = {"reader": "music", "pieces": len(pieces)}
    return Table(
        {"notes": column}, path.name, fingerprint_file(path), published, ids=ids, facts=facts, kinds={"notes": Notes()}
    )


def _frames(piece: Any) -> bool:
    return isinstance(piece, list) and all(
        isinstance(frame, list) and all(isinstance(note, int) and abs(note) < LARGEST for note in frame)
        for frame in piece
    )

"""Text that is no table: a label and a sentence in each line, lists under the names of parts, or running text."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...config import parse_json
from ...errors import SourceError
from ...findings import Findings, aside
from ...kinds import Text
from ...ragged import Ragged
from ..table import RaggedArrays, Table, Values
from .encoding import lines_of, text_of
from .options import ReadOptions
from .parts import part_of
from .reading import content, fingerprint_file, shown

HEAD = 1 << 16  # bytes of a file that are looked at before it is read
LABELS = 50  # different first words that may be labels
WINDOW, OVERLAP = 256, 4  # tokens of a window of a corpus; training windows begin this often in the length of one
SHORT = 8  # a window shorter than this is not proposed
TEST, VALID = 0.1, 0.05  # of a corpus, from its end
BY_PLACE = f"by place: the last {TEST:.0%} of the text for test, the {VALID:.0%} before it for validation"
LEAD = 2  # the past that is read before what a window of the later parts is scored on: one part in so many


def is_labelled(path: Path) -> bool:
    """Whether each line begins with one of a few words, and a sentence follows."""
    if _ending(path) not in ("", ".txt", ".train", ".dev", ".valid", ".val", ".test"):
        return False
    lines = [line for line in _head(path) if line.strip()]
    firsts = Counter(line.split(maxsplit=1)[0] for line in lines if len(line.split(maxsplit=1)) == 2)
    marked = all(first.startswith("__label__") or first.isdigit() for first in firsts)
    marked = marked and sum(bool(re.search(r"[^\W\d]", line)) for line in lines) > 0.9 * len(lines)
    return bool(lines) and marked and 0 < len(firsts) <= LABELS and len(lines) >= 3 * len(firsts)


def read_labelled(path: Path, options: ReadOptions, findings: Findings) -> Table:
    """Lines of "label sentence" as `text` and `label`; a line without a sentence is set aside."""
    texts, labels, asides, numbers = [], [], [], []
    for number, line in enumerate(lines_of(path, options.encoding), 1):
        label, text = (*line.strip().split(maxsplit=1), "", "")[:2]
        if label and text:
            texts.append(text)
            labels.append(label.removeprefix("__label__"))
            numbers.append(number)
        elif line.strip():
            asides.append(aside(f"{path.name}, line {number}", "a label without a sentence", line.encode()))
    findings.set_aside("source", asides)
    return _pairs(path, texts, labels, "labelled lines")


def is_parted(path: Path) -> bool:
    """Whether a .json file holds lists under the names of parts."""
    if _ending(path) != ".json":
        return False
    head = "".join(_head(path)[:50])[:4000]
    return bool(re.match(r"\s*\{", head)) and any(
        f'"{part}"'.encode() in content(path)[: 1 << 24] for part in ("train", "training")
    )


def read_parted(path: Path, options: ReadOptions, findings: Findings) -> Table:
    """{"train": [[text, label], …], "test": …} as `text` and `label`. A list such as "oos_test" goes to its part too.

    Raises SourceError for another shape.
    """
    del options
    held: Any = parse_json(content(path), shown(path))
    texts, labels, parts, ids = [], [], [], []
    for name, rows in held.items():
        part = part_of(str(name))
        if not part or not isinstance(rows, list):
            findings.warn(f"left out {name}", f'"{name}" of {path.name} is no part and was left out')
            continue
        for i, row in enumerate(rows):
            if not (isinstance(row, list) and len(row) == 2 and all(isinstance(x, str) for x in row)):
                raise SourceError(
                    f'{shown(path)}: row {i} of "{name}" is {json.dumps(row)[:60]}',
                    expected="[text, label] in each row",
                )
            texts.append(row[0])
            labels.append(row[1])
            parts.append(part)
            ids.append(f"{name}:{i}")
    table = _pairs(path, texts, labels, "parts in json")
    return Table(
        table.columns,
        path.name,
        table.fingerprint,
        np.array(parts),
        "label",
        ids,
        {**table.facts, "parts": dict(Counter(parts))},
    )


def is_corpus(path: Path) -> bool:
    """Whether a .txt holds running text: lines of several words, cut by no sign into equal numbers of fields."""
    if _ending(path) != ".txt":
        return False
    lines = [line for line in _head(path) if line.strip()]
    if len(lines) < 5 or np.mean([len(line.split()) for line in lines]) < 3:
        return False
    for sign in (",", ";", "\t", "|"):
        counts = Counter(line.count(sign) for line in lines)
        fields, times = counts.most_common(1)[0]
        if fields and times > 0.7 * len(lines):
            return False
    return True


def read_corpus(path: Path, options: ReadOptions, findings: Findings) -> Table:
    """Running text as windows of characters, to be learned from itself.

    The last tenth is the test part, the twentieth before it validation. Windows of training lie before both, and
    overlap, so that what stands at the edge of one stands in the middle of another. Each character of the later parts
    is asked for once, and with half a window of past at least, as one who reads on has it: windows begin with a lead
    that is only read, and which may reach back over the edge. So it is with all of a new text, which has no past at
    its beginning.
    """
    del findings
    text = text_of(path, options.encoding)
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int32)
    length = options.length or WINDOW
    if options.new and len(points) > 1:
        return _windows(path, points, [("", 0, len(points))], length)
    if options.new:
        raise SourceError(
            f"{shown(path)} holds {len(points)} characters", expected="2 or more: what comes next is asked"
        )
    if len(points) < 20 * length:
        raise SourceError(
            f"{shown(path)} holds {len(points):,} characters, for windows of {length:,}",
            expected=f"at least {20 * length:,}",
            fix=f"--set data.length={max(SHORT, len(points) // 40)}" if len(points) >= 20 * SHORT else "",
        )
    cuts = [0, int(len(points) * (1 - TEST - VALID)), int(len(points) * (1 - TEST)), len(points)]
    return _windows(path, points, list(zip(("train", "valid", "test"), cuts[:-1], cuts[1:], strict=True)), length)


def _windows(path: Path, points: NDArray[np.int32], spans: Sequence[tuple[str, int, int]], length: int) -> Table:
    """Windows of code points, part by part: (name, from, to), without a name where nothing is parted."""
    starts: list[int] = []
    lengths: list[int] = []
    parts: list[str] = []
    lead = length // LEAD
    for part, low, high in spans:
        if part == "train":
            here = range(low, high - length + 1, max(1, length // OVERLAP))
        else:
            here = range(max(0, low - lead - 1), high - lead - 1, length - lead - 1)
        if not part:  # what no past stands before: a row no longer than the lead is asked for as a whole
            starts.append(0)
            lengths.append(min(lead + 1, high))
            parts.append(part)
        starts.extend(here)
        lengths.extend(min(length, high - start) for start in here)
        parts.extend(part for _ in here)
    windows = Ragged(points, np.array(starts, np.int64), np.array(lengths, np.int64))
    column = RaggedArrays("text", windows, path.name, place=lambda row: f"{path.name}, character {starts[row] + 1:,}")
    facts = {"reader": "corpus", "characters": len(points), "window": length, "lead": lead, "parted": BY_PLACE}
    names = [f"{start}" for start in starts]
    kinds = {"text": Text(by="characters", lower=False, length=length, lead=lead)}
    parted = np.array(parts) if any(parts) else None
    return Table({"text": column}, path.name, fingerprint_file(path), parted, "", names, facts, (), kinds)


def _pairs(path: Path, texts: list[str], labels: list[str], reader: str) -> Table:
    if not texts:
        raise SourceError(f"{shown(path)} holds no labelled text", expected="a label and a sentence in each row")
    columns = {
        "text": Values("text", pa.chunked_array([pa.array(texts, pa.string())]), path.name),
        "label": Values("label", pa.chunked_array([pa.array(labels, pa.string())]), path.name),
    }
    facts = {"reader": reader, "rows": len(texts)}
    return Table(columns, path.name, fingerprint_file(path), None, "label", (), facts, (), {"text": Text()})


def _ending(path: Path) -> str:
    return Path(path.name.lower().removesuffix(".gz")).suffix


def _head(path: Path) -> list[str]:
    """The first whole lines of a file, whatever their encoding."""
    try:
        data = content(path) if path.name.lower().endswith(".gz") else _first(path)
        return data[:HEAD].decode("utf-8-sig", "replace").splitlines()[:400]  # only looked at; what is read is strict
    except SourceError:
        return []


def _first(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(HEAD + 1)

"""Triples of a knowledge graph, as FB15k, WN18 and their kin are published: head, relation, tail, with tabs between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa

from ...errors import SourceError
from ...findings import Findings
from ...kinds import Node, Relation
from ..table import Table, Values
from .encoding import lines_of, plain_lines
from .folders import PARTS, Listing
from .options import ReadOptions
from .reading import fingerprint_names, shown, stamps_of

Folder = tuple[Path, Listing]
Triple = tuple[str, str, str]
SNIFFED = 4_000  # bytes
BACK = " (inverse)"  # of a relation that is asked from its tail
SHARED = 0.1  # of the heads looked at that stand among the tails too, at least


def is_triples(given: Folder) -> bool:
    """Whether a folder holds a file of triples for training."""
    root, listing = given
    parts = _parts(list(listing.stamps))
    return "train" in parts and all(_holds_triples(root / name) for name in parts.values())


def _parts(names: Sequence[str]) -> dict[str, str]:
    """The files train.txt, valid.txt and test.txt of a folder by their part."""
    plain = [PurePosixPath(name) for name in names if "/" not in name]
    found = {PARTS[p.stem]: p.name for p in plain if p.stem in PARTS and p.suffix in (".txt", ".tsv")}
    return {part: found[part] for part in ("train", "valid", "test") if part in found}


def _holds_triples(path: Path) -> bool:
    """Whether a file begins with lines of head, relation and tail: three texts, and what is a head is also a tail."""
    try:
        with path.open("rb") as file:
            text = file.read(SNIFFED).decode("utf-8", "replace")
    except OSError:
        return False
    rows = [line.split("\t") for line in plain_lines(text)[:-1]]
    if len(rows) < 3 or any(len(row) != 3 or not all(cell.strip() for cell in row) for row in rows):
        return False
    heads, relations, tails = (set(column) for column in zip(*rows, strict=True))
    return len(heads & tails) >= SHARED * len(heads) and len(relations) <= len(rows) / 2


def read_triples(given: Folder, options: ReadOptions, findings: Findings) -> Table:
    """The triples of a folder, each as two rows: which tail a head and a relation lead to, and which head the relation
    comes from, read backward (Lacroix et al. 2018, https://arxiv.org/abs/1806.07297, section 3).

    The target is a list: the answer, and what else is true of the same question in any part, which is not counted
    against an answer (the filtered setting of Bordes et al. 2013). Raises SourceError naming a line that is no triple.
    """
    root, by_part = given[0], _parts(list(given[1].stamps))
    triples = {part: _read(root / name, options.encoding) for part, name in by_part.items()}
    every = [triple for part in triples.values() for triple in part]
    names = tuple(sorted({head for head, _, _ in every} | {tail for _, _, tail in every}))
    relations = tuple(sorted({relation for _, relation, _ in every}))
    _warn(triples, findings)
    true: dict[tuple[str, str], list[str]] = defaultdict(list)
    for head, relation, tail in every:
        true[head, relation].append(tail)
        true[tail, relation + BACK].append(head)
    rows = [
        row
        for part in triples.values()
        for row in [*part, *((tail, relation + BACK, head) for head, relation, tail in part)]
    ]
    answers = [[tail, *dict.fromkeys(t for t in true[head, relation] if t != tail)] for head, relation, tail in rows]
    nodes = Node(names)
    return Table(
        {
            "head": Values("head", pa.chunked_array([pa.array([head for head, _, _ in rows])]), root.name),
            "relation": Values("relation", pa.chunked_array([pa.array([how for _, how, _ in rows])]), root.name),
            "tail": Values("tail", pa.chunked_array([pa.array(answers)]), root.name),
        },
        root.name or root.resolve().name,
        fingerprint_names(stamps_of(root, list(by_part.values()))),
        np.repeat(list(triples), [2 * len(part) for part in triples.values()]),
        "tail",
        facts={"reader": "triples", "nodes": len(names), "relations": len(relations), "triples": len(every)},
        inputs=("head", "relation"),
        kinds={"head": nodes, "relation": Relation((*relations, *(how + BACK for how in relations))), "tail": nodes},
    )


def _read(path: Path, encoding: str) -> list[Triple]:
    made = []
    for number, line in enumerate(lines_of(path, encoding), 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != 3 or not all(cells):
            raise SourceError(
                f'{shown(path)}, line {number}: "{line[:60]}"', expected="head, relation and tail, with tabs between"
            )
        made.append((cells[0], cells[1], cells[2]))
    return list(dict.fromkeys(made))


def _warn(triples: Mapping[str, list[Triple]], findings: Findings) -> None:
    """Say what a later part asks for that training never had."""
    train = triples.get("train", [])
    nodes, relations, seen = {n for h, _, t in train for n in (h, t)}, {r for _, r, _ in train}, set(train)
    for part in ("valid", "test"):
        asked = triples.get(part, [])
        strange = sum(h not in nodes or t not in nodes or r not in relations for h, r, t in asked)
        if strange:
            findings.warn(f"strange {part}", f"{strange:,} triples of {part} name what no triple of training names")
        again = len(seen.intersection(asked))
        if again:
            findings.warn(f"again {part}", f"{again:,} triples of {part} stand in training too")

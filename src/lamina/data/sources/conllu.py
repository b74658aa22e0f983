"""CoNLL-U: sentences with a line a word, ten fields in each; https://universaldependencies.org/format.html."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...errors import SourceError
from ...findings import Aside, Findings, aside
from ...kinds import Each, Text
from ...kinds.text import LONG
from ..table import Table, Values
from .encoding import lines_of
from .folders import Listing, part_of
from .join import join
from .options import ReadOptions
from .reading import fingerprint_file, shown

ENDINGS = (".conllu", ".conll")
FIELDS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
KEPT = ("form", "lemma", "upos", "xpos", "deprel")  # one value a word each; the others are lists or numbers of words


def is_conllu(path: Path) -> bool:
    """Whether a file is one by its ending."""
    return path.name.lower().removesuffix(".gz").endswith(ENDINGS)


def has_conllu(source: tuple[Path, Listing]) -> bool:
    """Whether a folder holds such files at its top."""
    return any(is_conllu(Path(name)) for name in source[1].stamps if "/" not in name)


def read_conllu(path: Path, options: ReadOptions, findings: Findings) -> Table:
    """A file as one row a sentence; the words are the input, their universal parts of speech the target.

    A sentence with a line that has not ten fields is set aside. Raises SourceError where none is left.
    """
    rows: list[list[list[str]]] = []
    asides: list[Aside] = []
    ids, start, words, wrong, name = [], 1, [], "", ""
    for number, line in enumerate([*lines_of(path, options.encoding), ""], 1):
        if line.startswith("#"):
            name = line.partition("=")[2].strip() if line.startswith("# sent_id") else name
        elif line.strip():
            fields = line.split("\t")
            if len(fields) != len(FIELDS):
                wrong = f"{len(fields)} fields where {len(FIELDS)} were expected, in line {number}"
            elif fields[0].isdigit():  # not a part of a contracted word, nor an empty one
                words.append(fields)
        else:
            if wrong:
                asides.append(aside(f"{path.name}, line {start}", wrong, None))
            elif words:
                rows.append(words)
                ids.append(name or f"line {start}")
            start, words, wrong, name = number + 1, [], "", ""
    findings.set_aside("source", asides)
    if not rows:
        raise SourceError(f"{shown(path)} holds no sentence", expected="ten fields a word, an empty line a sentence")
    columns = {word: Values(word, pa.chunked_array([_column(rows, FIELDS.index(word))]), path.name) for word in KEPT}
    return Table(
        columns,
        path.name,
        fingerprint_file(path),
        target="upos",
        ids=ids,
        facts={"reader": "conll-u", "sentences": len(rows), "words": sum(map(len, rows))},
        inputs=("form",),
        kinds={"form": Text(length=LONG)} | {word: Each() for word in KEPT[1:]},
    )


def read_conllu_parts(source: tuple[Path, Listing], options: ReadOptions, findings: Findings) -> Table:
    """A folder of such files, each named for its part."""
    path, listing = source
    named: dict[str, str] = {}
    for name in sorted(n for n in listing.stamps if "/" not in n and is_conllu(Path(n))):
        named.setdefault(part_of(name) or "train", name)
    if "train" not in named:
        raise SourceError(
            f"{shown(path)} holds no training part: {', '.join(named.values())}",
            expected="a file with train in its name",
        )
    table = read_conllu(path / named["train"], options, findings)
    for part in ("valid", "test"):
        if part in named:
            table = join(table, read_conllu(path / named[part], options, findings), part, table.target, findings)
    return replace(table, name=path.name or path.resolve().name)


def _column(rows: list[list[list[str]]], field: int) -> Any:
    return pa.array([[word[field] for word in words] for words in rows], pa.list_(pa.string()))

"""Sentences with a line a word: CoNLL-U with its ten fields, https://universaldependencies.org/format.html, or a word,
perhaps more of it, and last its label, as in CoNLL 2000 and 2003, https://aclanthology.org/W03-0419, and WNUT 17.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...errors import SourceError
from ...findings import Aside, Findings, aside
from ...kinds import Each, Text
from ...kinds.text import LONG
from ..table import Table, Values
from .encoding import lines_of
from .folders import Listing
from .join import join
from .options import ReadOptions
from .parts import part_of
from .reading import fingerprint_file, shown

ENDINGS = (".conllu", ".conll", ".bio", ".iob", ".iob2", ".annotated")
DOCUMENT = "-DOCSTART-"  # a line that begins a document, which is no word


@dataclass(frozen=True)
class Form:
    """What stands in the line of a word: its fields, those that are kept, which is the target, what is between them
    (None: blanks), and whether the first one counts the words of a sentence."""

    fields: tuple[str, ...]
    kept: tuple[str, ...]
    target: str
    apart: str | None = "\t"
    counted: bool = False

    def of(self, line: str) -> list[str]:
        """The fields of a word."""
        return line.split(self.apart)


UNIVERSAL = Form(
    ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc"),
    ("form", "lemma", "upos", "xpos", "deprel"),  # one value a word each; the others are lists or numbers of words
    "upos",
    counted=True,
)


def is_conllu(path: Path) -> bool:
    """Whether a file is one by its ending."""
    return path.name.lower().removesuffix(".gz").endswith(ENDINGS)


def has_conllu(source: tuple[Path, Listing]) -> bool:
    """Whether a folder holds such files at its top."""
    return any(is_conllu(Path(name)) for name in source[1].stamps if "/" not in name)


def form_of(path: Path, lines: Sequence[str]) -> Form:
    """The form of a file, by its first word. Raises SourceError where there is none."""
    remarks = (x.startswith(DOCUMENT) or (x.startswith("#") and "\t" not in x) for x in lines)
    first = next((x for x, remark in zip(lines, remarks, strict=True) if x.strip() and not remark), "")
    if len(first.split("\t")) == len(UNIVERSAL.fields) or ".conllu" in path.name.lower():
        return UNIVERSAL
    apart = "\t" if "\t" in first else None
    count = len(first.split(apart))
    if count < 2:
        raise SourceError(
            f"{shown(path)} holds no sentence",
            expected="a word and its label a line, or the ten fields of CoNLL-U; an empty line a sentence",
        )
    names = ("form", *(f"field{i}" for i in range(2, count)), "label")
    return Form(names, names, "label", apart)


def read_conllu(path: Path, options: ReadOptions, findings: Findings) -> Table:
    """A file as one row a sentence; the words are the input, their labels or universal parts of speech the target.

    A sentence with a line that has other fields than the first is set aside. Raises SourceError where none is left.
    """
    rows: list[list[list[str]]] = []
    asides: list[Aside] = []
    lines = lines_of(path, options.encoding)
    form = form_of(path, lines)
    ids, start, words, wrong, name = [], 1, [], "", ""
    for number, line in enumerate([*lines, ""], 1):
        if form.counted and line.startswith("#"):
            name = line.partition("=")[2].strip() if line.startswith("# sent_id") else name
        elif line.strip() and not line.startswith(DOCUMENT):
            fields = form.of(line)
            if len(fields) != len(form.fields):
                wrong = f"{len(fields)} fields where {len(form.fields)} were expected, in line {number}"
            elif not form.counted or fields[0].isdigit():  # not a part of a contracted word, nor an empty one
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
        expected = f"{len(form.fields)} fields a word, an empty line a sentence"
        raise SourceError(f"{shown(path)} holds no sentence", expected=expected)
    columns = {word: Values(word, pa.chunked_array([_column(rows, form, word)]), path.name) for word in form.kept}
    return Table(
        columns,
        path.name,
        fingerprint_file(path),
        target=form.target,
        ids=ids,
        facts={
            "reader": "conll-u" if form.counted else "labelled words",
            "sentences": len(rows),
            "words": sum(map(len, rows)),
        },
        inputs=("form",),
        kinds={"form": Text(length=LONG)} | {word: Each() for word in form.kept[1:]},
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


def _column(rows: list[list[list[str]]], form: Form, word: str) -> Any:
    place = form.fields.index(word)
    return pa.array([[fields[place] for fields in words] for words in rows], pa.list_(pa.string()))

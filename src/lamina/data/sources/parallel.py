"""Folders of parallel texts: PART.LANGUAGE, line by line the same in other words, as WMT and Multi30k are published."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from ...errors import SourceError
from ...findings import Aside, Findings, aside
from ...kinds import Column, Text
from ..table import Table, Values
from .encoding import lines_of
from .folders import Listing
from .options import ReadOptions
from .parts import part_of
from .reading import fingerprint_file, shown

NAME = re.compile(r"^(?P<part>[^/]+)\.(?P<language>[a-z]{2})$")
OTHERS = ("ts", "md", "py", "gz", "xz", "db", "js", "sh", "rs", "go")  # two letters that end files of other sorts
ORDER = ("train", "valid", "test")

Folder = tuple[Path, Listing]
Named = dict[str, dict[str, str]]  # part as it is named -> language -> file


def is_parallel(folder: Folder) -> bool:
    """Whether texts of one name stand there in two languages or more."""
    return any(len(files) > 1 for files in _named(folder[1]).values())


def read_parallel(folder: Folder, options: ReadOptions, findings: Findings) -> Table:
    """A column a language and a row a line. Of each part the first file by name is used, the others are said.

    The target is the language asked for; else the folder's name says it (`en-de`: from the first to the second), else
    it is the second by name. The other is the input. A line that is empty in either is set aside. Raises SourceError
    for texts of unequal numbers of lines.
    """
    path, listing = folder
    found = {part: files for part, files in _named(listing).items() if len(files) > 1}
    languages = sorted(set.intersection(*(set(files) for files in found.values())))
    if len(languages) < 2:
        raise SourceError(
            f"{shown(path)} holds no two languages in all its texts: {', '.join(sorted(found))}",
            expected="each part in the same two languages",
        )
    source, target, why = direction(listing.name, languages, options.target)
    used, unused = _parts(found)
    texts: dict[str, list[str]] = {source: [], target: []}
    parts, ids = [], []
    for part, name in used.items():
        rows, lost = _rows(path, {language: found[name][language] for language in (source, target)}, options.encoding)
        findings.set_aside("source", lost)
        for number, *pair in rows:
            for language, text in zip((source, target), pair, strict=True):
                texts[language].append(text)
            parts.append(part)
            ids.append(f"{name}:{number}")
    if unused:
        findings.warn("parts not used", f"not used, since their part is taken by another: {', '.join(unused)}")
    place: Callable[[int], str] = ids.__getitem__
    columns: dict[str, Column] = {
        language: Values(language, pa.chunked_array([pa.array(column, pa.string())]), path.name, place=place)
        for language, column in texts.items()
    }
    facts = {
        "reader": "parallel texts",
        "from": source,
        "to": target,
        "direction": why,
        "used": used,
        "not used": unused,
    }
    return Table(
        columns,
        listing.name,
        _fingerprint([path / found[name][language] for name in used.values() for language in (source, target)]),
        np.array(parts) if len(used) > 1 else None,
        target,
        ids,
        facts,
        inputs=(source,),
        kinds={source: Text(), target: Text()},
    )


def is_lines(path: Path, column: str) -> bool:
    """Whether a file holds one text a line, and is no table with the column."""
    plain = path.name.lower().removesuffix(".gz")
    if not (plain.endswith(".txt") or NAME.match(plain)) or not path.is_file():
        return False
    head = next(iter(lines_of(path)[:1]), "")
    return column not in re.split(r"[\t,;|]", head)


def read_lines(path: Path, column: str) -> Table:
    """One text a line as a table of one column; an empty line is a row like the others, without a text."""
    texts = pa.chunked_array([pa.array(lines_of(path), pa.string())])
    return Table({column: Values(column, texts, path.name, 1)}, path.name, fingerprint_file(path))


def direction(name: str, languages: list[str], asked: str) -> tuple[str, str, str]:
    """From which language to which, and why."""
    if asked in languages:
        return next(x for x in languages if x != asked), asked, "asked for with --target"
    said = [word for word in re.split(r"[^a-z]+", name.lower()) if word in languages]
    if len(said) == 2 and said[0] != said[1]:
        return said[0], said[1], f"as the folder's name says; --target {said[0]} turns it round"
    return languages[0], languages[1], f"the second by name; --target {languages[0]} turns it round"


def _named(listing: Listing) -> Named:
    found: Named = {}
    for name in sorted(listing.stamps):
        match = NAME.match(name.removesuffix(".gz"))
        if match and match["language"] not in OTHERS:
            found.setdefault(match["part"], {})[match["language"]] = name
    return found


def _parts(found: Named) -> tuple[dict[str, str], list[str]]:
    """The name of the text of each part, in order, and the names of those that are not used."""
    used: dict[str, str] = {}
    for name in sorted(found):
        part = part_of(name)
        if part or len(found) == 1:
            used.setdefault(part or "train", name)
    if "train" not in used:
        raise SourceError(
            f"none of these texts is to be trained on: {', '.join(sorted(found))}",
            expected="files named train.LANGUAGE",
        )
    return {part: used[part] for part in ORDER if part in used}, sorted(set(found) - set(used.values()))


def _rows(path: Path, files: dict[str, str], encoding: str) -> tuple[list[tuple[int, str, str]], list[Aside]]:
    """Line numbers with the line of either text, and the lines that are empty in one."""
    texts = [lines_of(path / file, encoding) for file in files.values()]
    one, other = files.values()
    if len(texts[0]) != len(texts[1]):
        raise SourceError(
            f"{shown(path / one)} holds {len(texts[0]):,} lines and {shown(path / other)} {len(texts[1]):,}",
            expected="a line for each line: which belong together is told by their place alone",
        )
    rows, lost = [], []
    for number, pair in enumerate(zip(*texts, strict=True), 1):
        empty = [file for file, text in zip(files.values(), pair, strict=True) if not text.strip()]
        if empty:
            lost.append(aside(f"{' and '.join(empty)}, line {number}", "an empty line", "\n".join(pair).encode()))
        else:
            rows.append((number, pair[0].strip(), pair[1].strip()))
    return rows, lost


def _fingerprint(files: list[Path]) -> str:
    return hashlib.sha256("+".join(fingerprint_file(file) for file in files).encode()).hexdigest()

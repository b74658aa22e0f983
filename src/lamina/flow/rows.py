"""New rows, as tables with the columns that a run knows: files, folders, standard input, frames and arrays."""

from __future__ import annotations

import dataclasses
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ..data.sources import FILES, KNOWN, PICTURES, ReadOptions, open_source
from ..data.sources.folders import SOUNDS
from ..data.sources.lines import read_corpus
from ..data.sources.parallel import is_lines, read_lines
from ..data.sources.pictures import named_files, pictures_at
from ..data.table import Table, Values
from ..errors import KindError, SourceError
from ..findings import Aside, Findings, printable
from ..kinds import Audio, Category, Image, Kind, Schema, Tags, Text
from ..kinds.infer import IDENTIFIER
from ..kinds.photo import Photo
from ..predict import Answer
from ..teller import Teller
from .handed import as_pictures
from .request import Request, settled

AT = re.compile(r"(?:line|row) (\d+)$")


@dataclass(frozen=True)
class Known:
    """What a run knows of its rows: the schema, what was asked, whether its source had a line of names, its reader."""

    schema: Schema
    request: Request
    header: str = ""
    reader: str = ""

    @property
    def picture(self) -> str:
        """The picture column, where pictures are all that a row is."""
        inputs = self.schema.inputs
        return inputs[0].name if len(inputs) == 1 and isinstance(inputs[0].kind, Image | Photo) else ""

    @property
    def sound(self) -> str:
        """The sound column, where sounds are all that a row is."""
        inputs = self.schema.inputs
        return inputs[0].name if len(inputs) == 1 and isinstance(inputs[0].kind, Audio) else ""

    @property
    def text(self) -> str:
        """The text column, where one text is all that a row is, and no window on a longer one."""
        inputs = self.schema.inputs
        whole = len(inputs) == 1 and isinstance(inputs[0].kind, Text) and not self.corpus
        return inputs[0].name if whole else ""

    @property
    def corpus(self) -> bool:
        """Whether rows are windows on running text."""
        return self.reader == "corpus"

    @property
    def options(self) -> ReadOptions:
        """New rows are read as the source was: with a line of names where it had one, without where it had none."""
        asked = self.request
        header: Any = asked.header if asked.header != "auto" or not self.header else self.header
        length = settled(asked.config, asked.settings).data.length
        text = tuple(f.name for f in self.schema.fields if _is_text(f.kind))
        said = (header, asked.missing, asked.encoding, asked.delimiter, asked.target)
        tags = isinstance(self.schema.target.kind, Tags)
        return ReadOptions(*said, length=length, new=True, text=text, tags=tags)

    def restored(self) -> ReadOptions:
        """The same for rows with their answers, of which smaller copies are made where the run learned from such."""
        return dataclasses.replace(self.options, shrink=settled(self.request.config, self.request.settings).data.shrink)


def _is_text(kind: Kind) -> bool:
    """Whether values of a kind are text, though some rows of them may look like numbers: 2.0 among 1.10 and A."""
    return isinstance(kind, Text) or (isinstance(kind, Category) and any(isinstance(x, str) for x in kind.labels))


@dataclass(frozen=True)
class Opened:
    """A table, and what its reader could not make fit: rows by their place among all rows, and files by name."""

    table: Table
    lost: Mapping[int, Answer]
    files: Sequence[Aside] = ()

    def merge(self, answers: Sequence[Answer]) -> list[Answer]:
        """An answer for each row that came in, in order: the lost ones with their problem, and lost files last."""
        return [*self._rows(answers), *(Answer(a.where, problem=a.reason) for a in self.files)]

    def _rows(self, answers: Sequence[Answer]) -> list[Answer]:
        if not self.lost:
            return list(answers)
        left, named = iter(answers), len(self.table.ids) > 0
        out = []
        for place in range(len(answers) + len(self.lost)):
            if place in self.lost:
                out.append(self.lost[place])
            else:
                answer = next(left)
                out.append(answer if named else dataclasses.replace(answer, id=str(place)))
        return out


@contextmanager
def opened(known: Known, sources: Sequence[Any], teller: Teller, labelled: bool = False) -> Iterator[list[Opened]]:
    """What was handed over, in order; a stream is kept in a folder for as long as the block runs.

    Raises SourceError for what cannot be read, KindError for rows that are not those of the run.
    """
    folder = Path(tempfile.mkdtemp(prefix="lamina-"))
    try:
        yield [_open(known, _landed(source, folder, i, known), teller, labelled) for i, source in enumerate(sources)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _open(known: Known, source: Any, teller: Teller, labelled: bool) -> Opened:
    alike = known.schema.target.link in ("alike", "paired")  # rows say what they are, or ask it
    if known.picture and not (labelled or alike) and isinstance(source, str | Path) and _plain(Path(source)):
        return Opened(named_files(known.picture, [str(path) for path in pictures_at(Path(source))], "pictures"), {})
    if isinstance(source, list) and source and all(isinstance(one, str | Path) for one in source):
        return Opened(_listed(known, [str(one) for one in source], labelled or alike), {})
    if known.text and not labelled and isinstance(source, str | Path) and is_lines(Path(source), known.text):
        return Opened(read_lines(Path(source), known.text), {})
    if known.corpus and isinstance(source, str | Path) and Path(source).suffix.lower() == ".txt":
        return Opened(read_corpus(Path(source), known.options, Findings()), {})
    if known.picture and not labelled:
        source = as_pictures(source, known.schema.inputs[0])
    if isinstance(source, str | Path):
        _refuse_strange(known, Path(source))
    found = Findings()
    options = known.restored() if labelled else known.options
    table = source if isinstance(source, Table) else open_source(source, options, found)
    if known.header == "none" and known.options.header == "none":
        table = _headed(table, known, source, found)
    found.raise_errors()
    for code, text in found.warnings.items():
        if not code.startswith("headerless"):
            teller.warn(text)
    alone = known.picture or known.sound
    if alone and alone not in table.columns:
        table = _renamed(table, alone)
    asides = [a for rows in found.asides.values() for a in rows]
    placed = [a for a in asides if AT.search(a.where)]
    files = [a for a in asides if not AT.search(a.where)]
    return Opened(identified(table, known.schema), _lost(table, placed), files)


def _listed(known: Known, texts: Sequence[str], labelled: bool) -> Table:
    """Texts as rows of the only text column, or as paths of pictures or sounds. Raises KindError for other runs."""
    if known.text and not labelled:
        return Table({known.text: Values(known.text, pa.chunked_array([pa.array(texts, pa.string())]))}, "texts")
    if (known.picture or known.sound) and not labelled:
        return named_files(known.picture or known.sound, texts, "pictures" if known.picture else "sounds")
    wanted = known.schema.fields if labelled else known.schema.inputs
    row = ", ".join(f'"{printable(name)}": …' for name in dict.fromkeys(f.name for f in wanted))
    taken = "a .txt of running text" if known.corpus else f"rows by name, [{{{row}}}, …], a frame, or a table in a file"
    raise KindError(
        f'a list of texts, the first "{printable(texts[0])[:40]}", holds no rows of this run', expected=taken
    )


def _refuse_strange(known: Known, path: Path) -> None:
    """Raises SourceError for a file that no reader knows, in the words of a run whose rows are pictures or sounds."""
    sorts = {known.picture: ("picture", PICTURES), known.sound: ("sound", SOUNDS)}
    sorts.pop("", None)
    ending = Path(path.name.lower().removesuffix(".gz")).suffix
    for one, endings in sorts.values():
        if path.is_file() and ending not in (*KNOWN, *endings) and not any(reader.claims(path) for reader in FILES):
            raise SourceError(
                f"{path} is no {one} that is known by its ending",
                expected=f"a {one} ({', '.join(endings)}), a folder of {one}s, or a table or archive of some",
            )


def _landed(source: Any, folder: Path, number: int, known: Known) -> Any:
    """What comes as a stream of bytes, as a file whose ending says what it holds."""
    if not hasattr(source, "read"):
        return source
    data = source.read()
    data = data.encode() if isinstance(data, str) else data
    if not data.strip():
        raise SourceError("standard input is empty", expected="a table, JSON lines, or a picture")
    folder = folder / str(number)
    folder.mkdir()
    ending, text = _ending(data), known.text
    if known.corpus:
        ending = ".txt"
    if text and ending == ".csv" and text not in re.split(r"[\t,;|]", data.decode("utf-8", "replace").splitlines()[0]):
        ending = ".txt"
    path = folder / f"input{ending}"
    path.write_bytes(data)
    return path


def _ending(data: bytes) -> str:
    signs = {b"PAR1": ".parquet", b"\x93NUMPY": ".npy", b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"GIF8": ".gif"}
    packed = {
        b"PK\x03\x04": ".zip",
        b"\x1f\x8b": ".csv.gz",
        b"BM": ".bmp",
        b"RIFF": ".webp",
        b"II*\0": ".tif",
        b">": ".fasta",
    }
    for sign, ending in {**signs, **packed}.items():
        if data.startswith(sign):
            return ending
    return ".jsonl" if data.lstrip().startswith(b"{") else ".csv"


def _headed(table: Table, known: Known, source: Any, found: Findings) -> Table:
    """Rows without names, of a run whose rows had none: by place, with or without the target.

    Raises KindError for rows that are wider or narrower, since nothing then says which column is which.
    """
    if not isinstance(source, str | Path):
        return table
    names = sorted((*(f.name for f in known.schema.fields), *known.schema.left_out), key=_place)
    first = [_first(column) for column in table.columns.values()]
    if set(first) <= set(names):
        for said in (found.errors, found.asides, found.warnings):
            said.clear()
        return open_source(source, dataclasses.replace(known.options, header="first"), found)
    target = [f.name for f in known.schema.fields if f.role == "target"]
    bare = [name for name in names if name not in target]
    for wanted in (names, bare):
        if len(table.columns) == len(wanted):
            columns = zip(wanted, table.columns.values(), strict=True)
            return dataclasses.replace(table, columns={n: dataclasses.replace(c, name=n) for n, c in columns})  # type: ignore[type-var]
    raise KindError(
        f"{table.name} has {len(table.columns)} columns and no names",
        expected=f"{len(bare)} columns in the order of the run's source, or {len(names)} with the target among them",
    )


def _place(name: str) -> tuple[int, str]:
    number = re.sub(r"\D", "", name)
    return int(number) if number else 0, name


def _first(column: Any) -> Any:
    return column.array[0].as_py() if isinstance(column, Values) and len(column) else None


def identified(table: Table, schema: Schema) -> Table:
    """Rows named by the column that training left out as an identifier, where there is one and only one."""
    told = {name for name, why in schema.left_out.items() if "identifier" in why and IDENTIFIER.search(name)}
    found = [name for name in table.columns if name in told]
    if len(table.ids) or len(found) != 1:
        return table
    column = table.columns[found[0]]
    return dataclasses.replace(
        table, ids=["" if v is None else str(v) for v in column.take(np.arange(len(table))).to_pylist()]
    )


def _lost(table: Table, asides: Sequence[Aside]) -> dict[int, Answer]:
    """The answers of rows that a reader set aside, by their place among all rows; where rows are named by the line they
    begin at, theirs are too."""
    if not asides:
        return {}
    column = next(iter(table.columns.values()))
    places = [int(found[1]) for a in asides if (found := AT.search(a.where))]
    if any(AT.search(a.where) and " row " in f" {a.where}" for a in asides):
        return {n - 1: Answer(str(n - 1), problem=a.reason) for n, a in zip(places, asides, strict=True)}
    lined = len(table.ids) > 0 and AT.search(table.id_of(0)) is not None
    names = [table.id_of(row) if lined else column.where(row) for row in range(len(table))]
    kept = [int(found[1]) for name in names if (found := AT.search(name))]
    order = {line: place for place, line in enumerate(sorted([*places, *kept]))}
    return {
        order[n]: Answer(f"line {n}" if lined else str(order[n]), problem=a.reason)
        for n, a in zip(places, asides, strict=True)
    }


def _plain(path: Path) -> bool:
    return path.is_dir() or path.suffix.lower() in PICTURES


def _renamed(table: Table, name: str) -> Table:
    """The table with its only column of pictures or sounds under the name the run knows it by."""
    found = [known for known, column in table.columns.items() if column.holds != "values"]
    if len(found) != 1:
        return table
    column = dataclasses.replace(table.columns[found[0]], name=name)  # type: ignore[type-var]
    return dataclasses.replace(table, columns={**table.columns, name: column})

"""Where data comes from: names of built-in sets, files, folders, archives, arrays and frames, each to a `Table`."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...errors import SourceError
from ...findings import Findings
from ..schema import make_schema
from ..table import Files, Table
from .archive import list_archive
from .arrays import read_npy
from .builtin import BUILTIN, read_builtin
from .conllu import has_conllu, is_conllu, read_conllu, read_conllu_parts
from .delimited import read_delimited
from .episodes import is_episode, is_omniglot, read_episode, read_omniglot
from .folders import PICTURES, Listing, lone_file, read_pictures, scan
from .frames import read_json_lines
from .graphs import is_gin, is_graphs, read_gin, read_graphs
from .handed import read_handed
from .idx import NAME, idx_names, read_idx
from .join import join
from .lines import is_corpus, is_labelled, is_parted, read_corpus, read_labelled, read_parted
from .music import is_music, read_music
from .network import is_network, is_nodes, read_network, read_nodes
from .options import ReadOptions
from .pairs import is_pairs, read_pairs
from .parallel import is_parallel, read_parallel
from .parquet import is_parquet, read_parquet, read_parts
from .parts import part_of, siblings
from .played import PLAYED
from .reading import FolderReader, fingerprint_file, shown, stamps_of
from .restore import restorable
from .sentences import is_sentences, read_sentences
from .shards import is_shard, is_shards, read_shard, read_shards
from .sounds import is_sound, is_sounds, is_spoken, read_one, read_sounds, read_spoken
from .squad import is_squad, read_squad
from .strings import read_strings
from .structures import is_fasta, is_structure, is_structures, read_fasta, read_structure, read_structures
from .triples import is_triples, read_triples
from .ts import has_ts, is_ts, read_ts, read_ts_parts
from .voc import is_voc, read_voc

DELIMITED = (".csv", ".tsv", ".tab", ".txt", ".data")
JSON_LINES = (".jsonl", ".ndjson")
PICKLED = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt")
KNOWN = (*DELIMITED, *JSON_LINES, ".parquet", ".npy", ".npz", ".zip")


@dataclass(frozen=True)
class Reader:
    """How one sort of file or folder is read. `claims` says by name and content whether it is of the sort; the first
    reader that claims a source reads it, so the narrow stand before the wide."""

    name: str
    says: str
    claims: Callable[[Any], bool]
    read: Callable[[Any, ReadOptions, Findings], Table]


# Files that a reader knows by their path, before their ending decides.
FILES: tuple[Reader, ...] = (
    Reader("graphs in text", "a .txt of graphs with a label each, as the GIN paper publishes them", is_gin, read_gin),
    Reader("sound", "one sound file: .wav, or .flac, .ogg and others with the extra audio", is_sound, read_one),
    Reader("tar", "pictures in one .tar, as in a folder of them", is_shard, read_shard),
    Reader("structure", "one protein structure: .pdb, .ent or .cif, .gz or not", is_structure, read_structure),
    Reader("fasta", "proteins by letters alone: .fasta, .fa, .faa, .gz or not", is_fasta, read_fasta),
    Reader("conll-u", "sentences with a line a word: ten fields, or the word and its label", is_conllu, read_conllu),
    Reader("questions", "questions with answers in a text, a .json in the form of SQuAD", is_squad, read_squad),
    Reader("music", "a .json of pieces, frames of MIDI numbers, under train, valid and test", is_music, read_music),
    Reader("parts in json", "a .json with lists of [text, label] under train, valid and test", is_parted, read_parted),
    Reader("labelled lines", "a text file with a label and a sentence in each line", is_labelled, read_labelled),
    Reader("corpus", "a .txt of running text, to be learned from itself", is_corpus, read_corpus),
    Reader(
        "series in .ts", "labelled series as the UCR and UEA archives publish them, .ts, .gz or not", is_ts, read_ts
    ),
)

# Folders that a reader knows by the names in them, before pictures and tables are looked for; (path, listing) is given.
FOLDERS: tuple[Reader, ...] = (
    Reader("graphs", "a folder of graphs with a label each: by GIN or TU Dortmund", is_graphs, read_graphs),
    Reader("nodes", "one graph as the Open Graph Benchmark has it: raw/edge.csv, node-feat …", is_nodes, read_nodes),
    Reader("parquet parts", "a folder of .parquet files that are one table, or its parts", is_parquet, read_parts),
    Reader("tar shards", "pictures in .tar files, in class folders or keyed as WebDataset is", is_shards, read_shards),
    Reader("network", "nodes.csv and edges.csv, or edges.csv alone: one graph", is_network, read_network),
    Reader("triples", "train.txt, valid.txt, test.txt: head, relation and tail by tabs", is_triples, read_triples),
    Reader("structures", "a folder of protein structures: .pdb, .ent or .cif", is_structures, read_structures),
    Reader("boxes", "pictures with boxes: an XML file for each, as Pascal VOC has them", is_voc, read_voc),
    Reader("masks", "pictures in images/ and a picture of labels for each in masks/ or labels/", is_pairs, read_pairs),
    Reader("omniglot", "images_background*.zip beside all_runs.zip, as Omniglot has them", is_omniglot, read_omniglot),
    Reader("episode", "training/ with examples, a picture a class, and test/ to be asked", is_episode, read_episode),
    Reader("picture, sentence", "PART.json beside PART-images.zip, as NLVR has", is_sentences, read_sentences),
    Reader("spoken digits", "recordings named DIGIT_SPEAKER_NUMBER.wav; numbers 0 to 4 test", is_spoken, read_spoken),
    Reader(
        "sounds", "a folder with one folder of sounds for each class, perhaps under train …", is_sounds, read_sounds
    ),
    Reader(
        "parallel texts", "texts in two languages, line for line: train.en beside train.de", is_parallel, read_parallel
    ),
    Reader("conll-u parts", "files of a line a word, .conllu, .conll, .iob …, by part", has_conllu, read_conllu_parts),
    Reader("series in .ts, parts", "files …_TRAIN.ts and …_TEST.ts beside each other", has_ts, read_ts_parts),
)


def _strings(folder: str, findings: Findings) -> Table:
    path = Path(folder).expanduser()
    if path.is_dir():
        return read_strings(scan(path), findings)
    raise _no_such(path)


# What is no file as it is, asked for as NAME:REST.
MADE: dict[str, tuple[str, Callable[[str, Findings], Table]]] = {
    "strings": ("strings:FOLDER, spoken digits one after another, to be written down", _strings),
    **PLAYED,
}

SOURCES: dict[str, str] = {
    "built-in": f"a name: {', '.join(BUILTIN)}",
    "class folders": "a folder with one folder of pictures for each class, perhaps under train, valid and test",
    "archive": "the same in a .zip, read in place",
    "idx": "a folder of idx files as MNIST is published, .gz or not",
    "table": ".csv, .tsv, .tab or .txt, .gz or not: delimiter, header and types are recognised and said",
    "parquet": ".parquet",
    "json lines": ".jsonl or .ndjson, .gz or not: one object a line",
    "table parts": "a folder of table files named train, valid, test",
    "arrays": ".npy, .npz, or numpy arrays in Python: x, (x, y), {name: array}; x may be a frame, y a series",
    "frame": "a pandas, polars or pyarrow frame, or a list of rows by name, in Python; {part: frame} of parts",
    "picture": "one picture file",
    **{reader.name: reader.says for reader in (*FILES, *FOLDERS)},
    **{name: says for name, (says, _) in MADE.items()},
}


def open_source(source: Any, options: ReadOptions | None = None, findings: Findings | None = None) -> Table:
    """Any source as a table. What is odd goes to `findings`; what cannot be read at all raises SourceError."""
    options = options or ReadOptions()
    findings = findings if findings is not None else Findings()
    if isinstance(source, str) and source in BUILTIN:
        table = read_builtin(source)
    elif isinstance(source, str) and source.startswith(tuple(f"{name}:" for name in MADE)):
        name, _, rest = source.partition(":")
        table = MADE[name][1](rest, findings)
    elif isinstance(source, str | os.PathLike):
        table = _open_path(Path(source).expanduser(), options, findings)
    else:
        table = read_handed(source, options, findings)
    if not len(table):
        raise SourceError(f"{table.name} holds no rows", expected="at least one row")
    if options.shrink > 1:
        table = restorable(table, options.shrink)
    return replace(table, target=options.target) if options.target in table.columns else table


def _open_path(path: Path, options: ReadOptions, findings: Findings) -> Table:
    try:
        folder, file = path.is_dir(), path.is_file()
        parts = [] if folder or file else siblings(path)
    except (OSError, ValueError):  # no name that a path may have
        raise _no_such(path) from None
    try:
        if folder:
            return _open_folder(path, options, findings)
        if file:
            return _open_file(path, options, findings)
        if parts:
            return _open_parts(path.parent, parts, options, findings, path.name)
    except PermissionError:
        raise SourceError(f"permission denied: {shown(path)}", fix=f"chmod u+r {shown(path)}") from None
    except OSError as error:
        raise SourceError(f"{shown(path)} cannot be read: {error.strerror}", expected="data that can be read") from None
    raise _no_such(path)


def _open_file(path: Path, options: ReadOptions, findings: Findings, part: str = "source") -> Table:
    name = path.name.lower()
    ending = Path(name.removesuffix(".gz")).suffix
    if NAME.match(path.name):
        return read_idx([path], path.name)
    for reader in FILES:
        if reader.claims(path):
            return reader.read(path, options, findings)
    if ending in DELIMITED:
        return read_delimited(path, options, findings, part)
    if ending in JSON_LINES:
        return read_json_lines(path, options, findings, part)
    if ending == ".parquet":
        return read_parquet(path, findings)
    if ending in (".npy", ".npz"):
        return read_npy(path, options, findings)
    if ending == ".zip":
        return _pictures(list_archive(path), findings, fingerprint_file(path))
    if ending in PICTURES:
        stamps = stamps_of(path.parent, [path.name])
        files = Files("image", [path.name], FolderReader(str(path.parent), stamps))
        return Table({"image": files}, path.name, fingerprint_file(path), ids=[path.name], facts={"reader": "picture"})
    if ending in PICKLED:
        raise SourceError(
            f"{shown(path)} holds Python objects, which may run code when loaded; it is never loaded",
            expected="data in a plain form",
            fix="save it as Parquet: frame.to_parquet(…), or numpy.savez(…); "
            "of weights: lamina import FILE --out weights.safetensors",
        )
    raise SourceError(f"{shown(path)} ends in a way no reader knows", expected=f"one of {', '.join(KNOWN)}")


def _open_folder(path: Path, options: ReadOptions, findings: Findings) -> Table:
    found = idx_names(path)
    if found:
        return read_idx(found, path.name or path.resolve().name)
    listing = scan(path)
    for reader in FOLDERS:
        if reader.claims((path, listing)):
            return reader.read((path, listing), options, findings)
    if any(name.lower().endswith(PICTURES) and "/" in name for name in listing.stamps):
        tables = []
    else:
        tables = sorted(n for n in listing.stamps if "/" not in n and _is_table(n))
    if not tables:
        name = lone_file(path, listing, _source_of)
        return _open_file(path / name, options, findings) if name else _pictures(listing, findings)
    if len(tables) == 1:
        return _open_file(path / tables[0], options, findings)
    return _open_parts(path, tables, options, findings)


def _source_of(path: Path) -> str:
    """What a file is that is a source by itself, "" for one that is none."""
    ending = {".zip": "an archive of pictures", ".npz": "arrays", ".npy": "an array"}.get(path.suffix.lower(), "")
    return next((reader.says for reader in FILES if reader.claims(path)), ending)


def _is_table(name: str) -> bool:
    ending = Path(name.lower().removesuffix(".gz")).suffix
    return ending in (*DELIMITED, *JSON_LINES, ".parquet") and not name.lower().startswith(("readme", "license"))


def _open_parts(path: Path, names: list[str], options: ReadOptions, findings: Findings, called: str = "") -> Table:
    """A folder of table files, each named for its part."""
    by_part: dict[str, str] = {}
    for name in names:
        if part_of(name):
            by_part.setdefault(part_of(name), name)
    if "train" not in by_part or len(by_part) < len([n for n in names if not n.lower().endswith(".txt")]):
        raise SourceError(
            f"{shown(path)} holds {len(names)} tables: {', '.join(shown(n) for n in names[:5])}",
            expected="one table, or tables named train, valid and test",
            fix=f"name one of them: {shown(path / names[0])}",
        )
    table = _open_file(path / by_part["train"], options, findings, "train")
    for part in ("valid", "test"):
        if part in by_part:
            extra = _open_file(path / by_part[part], options, findings, part)
            table = join(table, extra, part, options.target, findings)
    return replace(table, name=called or path.name or path.resolve().name)


def _pictures(listing: Listing, findings: Findings, fingerprint: str = "") -> Table:
    table = read_pictures(listing, findings)
    return replace(table, fingerprint=fingerprint) if fingerprint else table


def _no_such(path: Path) -> SourceError:
    """Neither a built-in name nor a path: with the nearest of each."""
    try:
        beside = [name for name in os.listdir(path.parent) if not name.startswith(".")]
    except OSError:
        beside = []
    near = difflib.get_close_matches(path.name, BUILTIN, n=1) if path.name == str(path) else []
    near += [shown(path.parent / name) for name in difflib.get_close_matches(path.name, beside, n=1)]
    hint = f"did you mean {' or '.join(near)}?" if near else f"a path, or one of: {', '.join(BUILTIN)}"
    return SourceError(f"there is no file, folder or built-in set called {shown(path)}", expected=hint)


__all__ = [
    "BUILTIN",
    "FILES",
    "FOLDERS",
    "KNOWN",
    "PICTURES",
    "SOURCES",
    "ReadOptions",
    "Reader",
    "join",
    "make_schema",
    "open_source",
]

"""Folders and files of protein structures, as PDB or mmCIF, to a table of chains; and FASTA, letters alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ...errors import SourceError
from ...findings import Aside, Findings, aside, printable
from ...kinds import Column, Unreadable
from ...kinds.protein import Protein
from ...kinds.structure import Structure
from ...ragged import Ragged
from ..table import RaggedArrays, Table, Values
from .chains import Found, NoChain, chains_of
from .encoding import lines_of
from .folders import PARTS, Listing, say_unread
from .options import ReadOptions
from .reading import FolderReader, at_lines, fingerprint_file, fingerprint_names, shown, stamps_of, unique_ids

ENDINGS = (".pdb", ".ent", ".cif", ".mmcif")
STRUCTURES = tuple(f"{ending}{packed}" for ending in ENDINGS for packed in ("", ".gz"))
FASTA = tuple(f"{ending}{packed}" for ending in (".fasta", ".fa", ".faa", ".fas") for packed in ("", ".gz"))
WORD = 5  # letters of a word that related chains share
ALIKE = 0.5  # of the words of the shorter one, from which on two chains are one protein; about 87 % of letters alike
TOLD = {  # what was met while reading, and what was done with it
    "models": "{n:,} files hold several models of one structure: the first is read",
    "places": "{n:,} atoms stand in several places: the likeliest is read",
    "modified": "{n:,} modified amino acids are read as those they were made from (MSE as M)",
    "unknown": "{n:,} residues are of no known amino acid: X",
    "unseen": "{n:,} residues are in the sequence and not among the atoms: they have letters and no places",
    "breaks": "{n:,} breaks in chains whose whole sequence is not told; {bridged:,} residues their numbers lack: X",
    "nucleic": "{n:,} chains of DNA or RNA are left out",
}


def is_structure(path: Path) -> bool:
    """Whether a file is named as structures are."""
    return path.name.lower().endswith(STRUCTURES)


def is_structures(folder: tuple[Any, Listing]) -> bool:
    """Whether a folder holds structures."""
    return any(name.lower().endswith(STRUCTURES) for name in folder[1].stamps)


def read_structure(path: Path, options: ReadOptions, findings: Findings) -> Table:
    """The chains of one file."""
    del options
    stamps = stamps_of(path.parent, [path.name])
    listing = Listing(path.name, stamps, frozenset(), FolderReader(str(path.parent), stamps))
    return _table(listing, findings, fingerprint_file(path))


def read_structures(folder: tuple[Any, Listing], options: ReadOptions, findings: Findings) -> Table:
    """The chains of all structures in a folder and below it, as `sequence` and `structure`, a row a chain.

    `family` numbers chains that are nearly one protein, so that none is learned from and tested on; `file` is where a
    chain comes from. Folders named train, valid and test at the top are kept as parts. A file or chain that cannot be
    used is set aside. Raises SourceError where none is left.
    """
    del options
    say_unread(folder[1], findings)
    return _table(folder[1], findings)


def _table(listing: Listing, findings: Findings, fingerprint: str = "") -> Table:
    names = sorted(name for name in listing.stamps if name.lower().endswith(STRUCTURES))
    tops = {name.split("/")[0] for name in names if "/" in name}
    parted = len({PARTS[top.lower()] for top in tops if top.lower() in PARTS}) > 1
    rows: list[tuple[str, str, Found]] = []
    tally: Counter[str] = Counter()
    for name in names:
        part = PARTS.get(name.split("/")[0].lower(), "") if parted else ""
        data = listing.read(name)
        try:
            if isinstance(data, Unreadable):
                raise NoChain(data.reason)
            found, faults = chains_of(name, data, tally)
        except NoChain as error:
            findings.set_aside(part or "source", [aside(printable(name), str(error), data)])
            continue
        rows += [(part, name, chain) for chain in found]
        lost = [Aside(f"{printable(name)} {printable(chain)}", why) for chain, why in faults.items()]
        findings.set_aside(part or "source", lost)
    if not rows:
        first = next((a for rows in findings.asides.values() for a in rows), None)
        raise SourceError(
            f"{printable(listing.name)} holds no chain that can be used"
            + (f"; {first.where}: {first.reason}" if first else ""),
            expected="proteins as .pdb, .ent or .cif, packed with gzip or not",
        )
    for code, text in TOLD.items():
        if tally[code]:
            findings.warn(f"structures: {code}", text.format(n=tally[code], bridged=tally["bridged"]))
    ids = unique_ids([f"{name} {chain.name}".strip() for _, name, chain in rows])
    kin = families([chain.sequence for _, _, chain in rows])
    if len(set(kin)) < len(kin):
        findings.warn(
            "structures: families",
            f"{len(kin):,} chains are {len(set(kin)):,} proteins, nearly equal sequences counted once; those of "
            "one stay in one part (--group file splits by files instead)",
        )
    columns: dict[str, Column] = {
        "sequence": Values("sequence", _texts([chain.sequence for _, _, chain in rows]), place=ids.__getitem__),
        "structure": RaggedArrays("structure", Ragged.of([c.atoms for _, _, c in rows]), place=ids.__getitem__),
        "family": Values("family", pa.chunked_array([pa.array(kin)]), place=ids.__getitem__),
        "file": Values("file", _texts([printable(name) for _, name, _ in rows]), place=ids.__getitem__),
    }
    return Table(
        columns,
        listing.name,
        fingerprint or fingerprint_names({name: listing.stamps[name] for name in names}),
        np.array([part for part, _, _ in rows]) if parted else None,
        "structure",
        ids,
        {"reader": "structures", "files": len(names), "chains": len(rows), "group": "family"},
        inputs=("sequence",),
        kinds={"sequence": Protein(), "structure": Structure()},
    )


def _texts(words: list[str]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(words, pa.string())])


def families(sequences: list[str]) -> list[int]:
    """A number for each chain, the same for chains that share half the five-letter words of the shorter one.

    A chain joins the first that it is like, as in Li & Godzik 2006, https://doi.org/10.1093/bioinformatics/btl158.
    """
    heads: dict[str, list[int]] = {}  # a word -> the chains that stand for a family and have it
    sizes: dict[int, int] = {}
    made = []
    for number, sequence in enumerate(sequences):
        words = {sequence[i : i + WORD] for i in range(max(1, len(sequence) - WORD + 1))}
        shared = Counter(head for word in words for head in heads.get(word, ()))
        kin = [head for head, n in shared.items() if n >= ALIKE * min(len(words), sizes[head])]
        made.append(min(kin, default=number))
        if not kin:
            sizes[number] = len(words)
            for word in words:
                heads.setdefault(word, []).append(number)
    return made


def is_fasta(path: Path) -> bool:
    """Whether a file is named as FASTA is."""
    return path.name.lower().endswith(FASTA)


def read_fasta(path: Path, options: ReadOptions, findings: Findings) -> Table:
    """Sequences by name: a line with > and a name, then letters. Raises SourceError for what is no such file."""
    del findings
    names: list[str] = []
    letters: list[list[str]] = []
    lines: list[int] = []
    for number, line in enumerate(lines_of(path, options.encoding), 1):
        if line.startswith(">"):
            names.append((line[1:].split() or [f"row {len(names) + 1}"])[0])
            letters.append([])
            lines.append(number)
        elif line.strip() and not line.startswith(";"):
            if not letters:
                raise SourceError(
                    f"{shown(path)} begins with {line[:30]!r}",
                    expected="FASTA: a line with > and a name before letters",
                )
            letters[-1].append(line.strip())
    if not names:
        raise SourceError(f"{shown(path)} holds no sequence", expected="FASTA: a line with > and a name, then letters")
    column = Values("sequence", _texts(["".join(parts) for parts in letters]), place=at_lines(shown(path.name), lines))
    return Table(
        {"sequence": column},
        path.name,
        fingerprint_file(path),
        ids=unique_ids(names),
        facts={"reader": "fasta", "sequences": len(names)},
        kinds={"sequence": Protein()},
    )

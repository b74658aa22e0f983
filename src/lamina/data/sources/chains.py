"""One file of a protein structure to its chains: letters, and N, Cα and C of each residue. Read with gemmi.

What is done with what such files hold, and counted: of several models the first is read; of an atom that stands in
several places the likeliest; a modified amino acid is read as the one it was made from; residues that the file names
and could not see have letters and no places; where the chain breaks off and its numbers jump, X stands for what is
missing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...extras import extra
from ...files import CHANGED, what_is
from ...kinds.protein import COMMON, UNKNOWN
from ...kinds.structure import ATOMS, CA, FEWEST
from .reading import PackedError, unpacked

BOND = 2.5  # Å from C to the next N, over which two residues are not bound to each other (1.33 is usual)
STEP = 5.0  # Å from Cα to the next, where C or N is not known (3.8 is usual)
JUMP = 50  # residues that may be missing where a chain breaks off
NUCLEIC = ("Dna", "Rna", "DnaRnaHybrid")


class NoChain(ValueError):
    """A file or a chain of it cannot be used; the text is the reason."""


@dataclass(frozen=True)
class Found:
    """One chain: its name, its letters and places (T, 3, 3) of N, Cα and C, NaN where an atom is not known."""

    name: str
    sequence: str
    atoms: NDArray[np.float32]


def chains_of(name: str, data: bytes, tally: Counter[str]) -> tuple[list[Found], dict[str, str]]:
    """The chains in a file, and why some cannot be used, by chain. `tally` counts what was met, by the words above.

    Raises NoChain for a file that is none or not whole, ExtraError where gemmi is not installed.
    """
    try:
        return _chains(library(), name, _unpacked(name, data), tally)
    except UnicodeDecodeError as error:
        raise NoChain(f"it is damaged: a name in it holds byte 0x{error.object[error.start]:02x}, no UTF-8") from None


def _chains(gemmi: Any, name: str, data: bytes, tally: Counter[str]) -> tuple[list[Found], dict[str, str]]:
    structure = _parsed(gemmi, name, data)
    tally["models"] += len(structure) > 1
    found, faults = [], {}
    for chain in structure[0]:
        polymer = chain.get_polymer()
        kind = polymer.check_polymer_type().name if len(polymer) else ""
        if not kind.startswith("Peptide"):
            tally["nucleic"] += kind in NUCLEIC
            continue
        entity = structure.get_entity_of(polymer)
        try:
            found.append(_chain(gemmi, chain.name, polymer, entity, tally))
        except NoChain as error:
            faults[chain.name] = str(error)
    if not found and not faults:
        raise NoChain("it holds no chain of amino acids")
    return found, faults


def library() -> Any:
    """The library gemmi. Raises ExtraError where it is not installed."""
    with extra("gemmi", "protein structures are read"):
        import gemmi
    return gemmi


def _unpacked(name: str, data: bytes) -> bytes:
    try:
        return unpacked(data) if name.lower().endswith(".gz") else data
    except PackedError as error:
        raise NoChain(str(error)) from None


def _parsed(gemmi: Any, name: str, data: bytes) -> Any:
    """The structure in a text of PDB or mmCIF. Raises NoChain for a text that is none, or is not whole."""
    told = what_is(data)
    if told != CHANGED or not data.strip():
        raise NoChain(told if told != CHANGED else "it holds nothing but blanks")
    if not data.endswith((b"\n", b"\r")):
        raise NoChain(f"it is cut: its last line, after {len(data):,} bytes, does not end")
    try:
        if is_mmcif(name):
            made = gemmi.make_structure_from_block(gemmi.cif.read_string(data)[0])
        else:
            _whole(data)
            made = gemmi.read_pdb_string(data)
        made.setup_entities()
        made.assign_label_seq_id()
    except UnicodeDecodeError:
        raise
    except (ValueError, RuntimeError, IndexError) as error:
        said = " ".join(str(error).split())[:120]
        raise NoChain(f"it is damaged: {said}") from None
    if not len(made) or not any(len(chain) for chain in made[0]):
        raise NoChain("it holds no atom")
    return made


def is_mmcif(name: str) -> bool:
    """Whether a file is named as mmCIF is, packed or not."""
    return name.lower().removesuffix(".gz").endswith((".cif", ".mmcif"))


def _whole(data: bytes) -> None:
    """Raise NoChain for a PDB file with a head and no end, or whose own count of atoms is another."""
    lines = data.splitlines()
    ends = [line for line in lines[-3:] if line.startswith(b"END")]
    if lines[0].startswith(b"HEADER") and any(line.startswith(b"CRYST1") for line in lines) and not ends:
        atoms = sum(line.startswith((b"ATOM", b"HETATM")) for line in lines)
        raise NoChain(f"it is cut: it begins with a header and has no END after {atoms:,} atoms")


def _chain(gemmi: Any, name: str, polymer: Any, entity: Any, tally: Counter[str]) -> Found:
    residues = list(polymer.first_conformer())
    letters, places = [], []
    for residue in residues:
        letters.append(_letter(gemmi, residue.name, tally))
        places.append(_places(residue, tally))
    atoms = np.array(places, np.float32)
    here = np.isfinite(atoms[:, CA]).all(-1)
    if not here.any():
        raise NoChain(f"none of its {len(atoms):,} residues has a Cα")
    if here.sum() < FEWEST:
        raise NoChain(f"the Cα of {here.sum()} residues is known; {FEWEST} are the least")
    full = [] if entity is None else [gemmi.Entity.first_mon(item) for item in entity.full_sequence]
    at = [residue.label_seq for residue in residues]
    if full and all(place is not None and 1 <= place <= len(full) for place in at) and (np.diff(at) > 0).all():
        whole = np.full((len(full), len(ATOMS), 3), np.nan, np.float32)
        whole[np.array(at) - 1] = atoms
        tally["unseen"] += len(full) - len(at)
        told = Counter[str]()  # what is modified was counted above
        return Found(name, "".join(_letter(gemmi, item, told) for item in full), whole)
    return _bridged(Found(name, "".join(letters), atoms), [residue.seqid.num for residue in residues], tally)


def _letter(gemmi: Any, name: str, tally: Counter[str]) -> str:
    known = gemmi.find_tabulated_residue(name)
    letter = known.one_letter_code.upper() if known.is_amino_acid() else UNKNOWN
    letter = letter if letter in COMMON else UNKNOWN
    if letter == UNKNOWN:
        tally["unknown"] += 1
    elif not known.is_standard():
        tally["modified"] += 1
    return letter


def _places(residue: Any, tally: Counter[str]) -> list[list[float]]:
    """Of each atom its place, the one that is occupied most where there are several."""
    found = []
    for name in ATOMS:
        same = [atom for atom in residue if atom.name == name]
        best = max(same, key=lambda atom: atom.occ, default=None)
        tally["places"] += len(same) > 1
        found.append([np.nan] * 3 if best is None else [best.pos.x, best.pos.y, best.pos.z])
    return found


def _bridged(found: Found, numbers: list[int | None], tally: Counter[str]) -> Found:
    """The chain with an X for each residue that is missing where it breaks off, as its numbers say."""
    letters, places = [found.sequence[0]], [found.atoms[:1]]
    for i in range(1, len(numbers)):
        if apart(found.atoms[i - 1], found.atoms[i]):
            here, before = numbers[i], numbers[i - 1]
            missing = 0 if here is None or before is None else here - before - 1
            missing = missing if 0 < missing <= JUMP else 0
            tally["breaks"] += 1
            tally["bridged"] += missing
            letters.append(UNKNOWN * missing)
            places.append(np.full((missing, len(ATOMS), 3), np.nan, np.float32))
        letters.append(found.sequence[i])
        places.append(found.atoms[i : i + 1])
    return Found(found.name, "".join(letters), np.concatenate(places))


def apart(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Whether two residues (3, 3) that follow each other are too far apart to be bound."""
    bond = float(np.linalg.norm(other[0] - one[2]))
    step = float(np.linalg.norm(other[CA] - one[CA]))
    return bond > BOND if np.isfinite(bond) else step > STEP

"""Protein structures: what real files hold, what odd ones do, and what becomes of damaged ones."""

from __future__ import annotations

import gzip
import sys
from collections import Counter

import numpy as np
import pytest

from lamina.data.sources import open_source
from lamina.data.sources.chains import NoChain, chains_of
from lamina.data.sources.structures import families
from lamina.errors import ExtraError, SourceError
from lamina.evaluate.baselines.chains import helix
from lamina.findings import Findings
from lamina.kinds.structure import Chain

LETTERS = "MKVLAAGIVTAHDE"


def atom(serial: int, name: str, residue: str, number: str, place, **told) -> str:
    """A line of a PDB file; `number` is that of the residue, its insertion code behind it."""
    x, y, z = place
    other, chain, occupancy = told.get("other", " "), told.get("chain", "A"), told.get("occupancy", 1.0)
    sort = told.get("sort", "ATOM")
    return (
        f"{sort:<6}{serial:5d}  {name:<3}{other}{residue} {chain}{number:>5}   "
        f"{x:8.3f}{y:8.3f}{z:8.3f}{occupancy:6.2f}  0.00          {name[0]:>2}"
    )


def lines(letters: str = LETTERS) -> list[str]:
    """The lines of a helix."""
    return Chain(letters, helix(len(letters)).astype(np.float32)).as_file()[1].decode().splitlines()


def read(text: str | list[str], name: str = "x.pdb"):
    text = text if isinstance(text, str) else "\n".join(text) + "\n"
    tally: Counter[str] = Counter()
    found, faults = chains_of(name, text.encode(), tally)
    return found, faults, tally


# --- real files -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def proteins(data):
    folder = data / "proteins"
    if not folder.is_dir():
        pytest.skip("there are no proteins in the data folder")
    findings = Findings()
    return open_source(folder, findings=findings), findings


def test_real_chains_are_read_from_every_sort_of_file(proteins):
    table, findings = proteins
    assert len(table) == 32
    assert not findings.errors
    assert not findings.asides
    lengths = dict(zip(table.ids, table.columns["structure"].ragged.lengths.tolist(), strict=True))
    assert {name: lengths[name] for name in list(lengths)[:6]} == {
        "1aki.pdb A": 129,
        "1dix.pdb A": 208,
        "1k6p.pdb A": 99,
        "1k6p.pdb B": 99,
        "1l2y.pdb.gz A": 20,
        "3o5r.cif A": 128,
    }
    sequences = dict(zip(table.ids, table.columns["sequence"].array.to_pylist(), strict=True))
    assert sequences["1l2y.pdb.gz A"] == "NLYIQWLKDGGPSSGRPPPS"
    assert sequences["1aki.pdb A"].startswith("KVFGRCELAAAMKRHGLDNYRGYSLGNW")
    assert all(len(sequences[name]) == lengths[name] for name in lengths)
    assert table.kinds.keys() == {"sequence", "structure"}


def test_neighbours_in_real_chains_are_bound(proteins):
    structure = proteins[0].columns["structure"].ragged
    steps = np.concatenate([np.linalg.norm(np.diff(row[:, 1], axis=0), axis=-1) for row in structure])
    assert abs(np.nanmedian(steps) - 3.8) < 0.02  # Å


def test_what_was_done_with_what_files_hold_is_said(proteins):
    said = " ".join(proteins[1].warnings.values())
    assert "1 files hold several models" in said
    assert "atoms stand in several places" in said
    assert "32 chains are 31 proteins" in said  # both chains of a protease


# --- odd ones ---------------------------------------------------------------------------------------------------------


def test_a_modified_amino_acid_is_read_as_the_one_it_was_made_from_and_water_is_left():
    text = [line.replace("MET", "MSE").replace("ATOM  ", "HETATM") if "MET" in line else line for line in lines()]
    water = atom(99, "O", "HOH", "101", (9, 9, 9), sort="HETATM")
    (chain,), _, tally = read([*text[:-2], water, "TER", "END"])
    assert chain.sequence == LETTERS
    assert tally["modified"] == 1


def test_of_an_atom_in_several_places_the_likeliest_is_read():
    text = lines()
    number = next(i for i, line in enumerate(text) if " CA  LYS" in line)
    text[number : number + 1] = [
        atom(5, "CA", "LYS", "2 ", (1, 2, 3), other="A", occupancy=0.3),
        atom(5, "CA", "LYS", "2 ", (4, 5, 6), other="B", occupancy=0.7),
    ]
    (chain,), _, tally = read(text)
    assert chain.atoms[1, 1].tolist() == [4, 5, 6]
    assert tally["places"] == 1


def test_residues_with_insertion_codes_follow_each_other():
    text = [line.replace("GLY A   7 ", "GLY A   6A") for line in lines()]
    (chain,), _, _ = read(text)
    assert chain.sequence == LETTERS


def test_residues_that_the_file_names_and_could_not_see_have_letters_and_no_places():
    codes = ["MET", "LYS", "VAL", "LEU", "ALA", "ALA", "GLY", "ILE", "VAL", "THR", "ALA", "HIS", "ASP", "GLU"]
    heads = [
        "SEQRES   1 A   14  " + " ".join(codes[:13]) + "          ",
        "SEQRES   2 A   14  GLU",
    ]
    seen = [line for line in lines() if " A   5 " not in line and " A   1 " not in line]
    (chain,), _, tally = read([*heads, *seen])
    assert chain.sequence == LETTERS
    assert np.flatnonzero(np.isnan(chain.atoms[:, 1, 0])).tolist() == [0, 4]
    assert tally["unseen"] == 2


def test_where_a_chain_breaks_off_what_its_numbers_lack_is_unknown():
    seen = [line for line in lines() if " A   5 " not in line and " A   6 " not in line]
    (chain,), _, tally = read(seen)
    assert chain.sequence == "MKVLXXGIVTAHDE"
    assert (tally["breaks"], tally["bridged"]) == (1, 2)
    renumbered = [line.replace(" A   9 ", " A  19 ") for line in lines()]  # numbers jump, the chain does not
    (chain,), _, tally = read(renumbered)
    assert (chain.sequence, tally["breaks"]) == (LETTERS, 0)


def test_of_several_models_the_first_is_read():
    one, two = lines()[:-1], [line.replace(" 0.00 ", " 1.00 ") for line in lines("A" * 14)[:-1]]
    (chain,), _, tally = read(["MODEL        1", *one, "ENDMDL", "MODEL        2", *two, "ENDMDL", "END"])
    assert chain.sequence == LETTERS
    assert tally["models"] == 1


def test_nucleic_acid_is_left_out_and_counted():
    strand = [atom(100 + i, "P", " DA", f"{i} ", (9 * i, 40, 40), chain="B") for i in range(1, 6)]
    (chain,), _, tally = read([*lines()[:-1], *strand, "TER", "END"])
    assert (chain.name, tally["nucleic"]) == ("A", 1)


def test_an_atom_that_is_not_there_is_not_known():
    (chain,), _, _ = read([line for line in lines() if " C   ALA A   5" not in line])
    assert np.isnan(chain.atoms[4, 2]).all()
    assert np.isfinite(chain.atoms[4, :2]).all()


# --- damaged ones -----------------------------------------------------------------------------------------------------

WHOLE = "\n".join(lines()) + "\n"
CIF = "data_x\n#\nloop_\n_atom_site.id\n_atom_site.type_symbol\n1 C\n2\n"


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("cut.pdb", WHOLE.encode()[: len(WHOLE) // 2 + 5], "it is cut: its last line"),
        ("cut.pdb.gz", gzip.compress(WHOLE.encode())[:-40], "it is cut: its packed data ends too soon"),
        ("head.pdb", ("HEADER    X\nCRYST1\n" + WHOLE[:810]).encode(), "has no END after 10 atoms"),
        ("page.pdb", b"<!DOCTYPE html><html>not found</html>\n", "a web page, a failed download"),
        ("empty.pdb", b"", "zero bytes"),
        ("blank.pdb", b" \n\n", "nothing but blanks"),
        ("zip.pdb.gz", b"no gzip", "cannot be unpacked"),
        ("zeros.pdb", bytes(80), "are all zero"),
        ("loop.cif", CIF.encode(), "it is damaged"),
        ("words.pdb", b"these are words\n", "no atom"),
        ("water.pdb", (atom(1, "O", "HOH", "1 ", (0, 0, 0)) + "\n").encode(), "no chain of amino acids"),
    ],
)
def test_a_damaged_file_has_its_reason(name, data, why):
    with pytest.raises(NoChain, match=why):
        chains_of(name, data, Counter())


def test_a_chain_without_alpha_carbons_or_hardly_any_residue_has_its_reason():
    _, faults, _ = read([line for line in lines() if " CA " not in line])
    assert faults == {"A": "none of its 14 residues has a Cα"}
    _, faults, _ = read(lines("MKVLA"))
    assert faults == {"A": "the Cα of 5 residues is known; 8 are the least"}


def test_damaged_files_are_set_aside_and_the_rest_is_read(tmp_path):
    (tmp_path / "a.pdb").write_text(WHOLE)
    (tmp_path / "b.ent.gz").write_bytes(gzip.compress(WHOLE.encode()))
    (tmp_path / "page.pdb").write_text("<html>gone</html>\n")
    (tmp_path / "short.pdb").write_text("\n".join(lines("MKVLA")) + "\n")
    findings = Findings()
    table = open_source(tmp_path, findings=findings)
    assert list(table.ids) == ["a.pdb A", "b.ent.gz A"]
    asides = {a.where: a.reason for a in findings.asides["source"]}
    assert list(asides) == ["page.pdb", "short.pdb A"]
    assert "web page" in asides["page.pdb"]
    assert findings.asides["source"][0].sha256


def test_a_folder_without_a_usable_chain_is_refused_with_the_first_reason(tmp_path):
    (tmp_path / "a.pdb").write_bytes(b"")
    with pytest.raises(SourceError, match=r"holds no chain that can be used; a\.pdb: it holds zero bytes"):
        open_source(tmp_path)


def test_folders_named_for_parts_are_kept_as_such(tmp_path):
    for part in ("train", "test"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "a.pdb").write_text(WHOLE)
    table = open_source(tmp_path)
    assert sorted(zip(table.ids, table.parts.tolist(), strict=True)) == [
        ("test/a.pdb A", "test"),
        ("train/a.pdb A", "train"),
    ]


def test_without_gemmi_one_line_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "a.pdb").write_text(WHOLE)
    monkeypatch.setitem(sys.modules, "gemmi", None)
    with pytest.raises(ExtraError, match=r"pip install 'lamina\[proteins\]'"):
        open_source(tmp_path / "a.pdb")


def test_nearly_equal_chains_are_one_family():
    draw = np.random.default_rng(0)
    one, other = ("".join(draw.choice(list("ACDEFGHIKLMNPQRSTVWY"), 100)) for _ in range(2))
    mutant = one[:30] + "W" + one[31:70] + "G" + one[71:]
    assert families([one, other, mutant, one[10:90], one[::-1]]) == [0, 1, 0, 0, 4]


# --- letters alone ----------------------------------------------------------------------------------------------------


def test_fasta_is_read_by_name(tmp_path):
    (tmp_path / "a.fasta").write_text("; a comment\n>sp|P02185|MYG whale\nMVLS\nEGEW\n\n>two\nMKV\n>\nMK\n")
    table = open_source(tmp_path / "a.fasta")
    assert list(table.ids) == ["sp|P02185|MYG", "two", "row 3"]
    assert table.columns["sequence"].array.to_pylist() == ["MVLSEGEW", "MKV", "MK"]
    assert table.columns["sequence"].where(1) == "a.fasta, line 6"


@pytest.mark.parametrize(("text", "why"), [("MVLS\n", "begins with 'MVLS'"), ("\n", "holds no sequence")])
def test_what_is_no_fasta_is_refused(tmp_path, text, why):
    (tmp_path / "a.fa").write_text(text)
    with pytest.raises(SourceError, match=why):
        open_source(tmp_path / "a.fa")

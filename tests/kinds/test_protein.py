"""Proteins by letters, and backbones beside them: what is read, what is refused, and the file of an answer."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

import lamina
from lamina.data.table import RaggedArrays, Values
from lamina.errors import KindError
from lamina.evaluate.baselines.chains import helix
from lamina.kinds.infer import infer
from lamina.kinds.protein import LETTERS, Protein
from lamina.kinds.structure import Chain, Structure
from lamina.ragged import Ragged
from lamina.teller import Quiet

GLOBIN = "MVLSEGEWQLVLHVWAKVEADVAGHGQDILIRLFKSHPETLEKFDRFKHLKTEAEMKASEDLKKHGVTVLTALGAILKKKGH"


def column(*texts: str | None) -> Values:
    return Values("v", pa.chunked_array([pa.array(texts, pa.string())]))


def encoded(*texts: str | None):
    return Protein().encode(pa.array(texts, pa.string()))


def test_letters_come_back_whatever_their_size_and_blanks():
    made = encoded(GLOBIN, "acd efg\nhik*")
    assert not made.bad
    assert Protein().decode(made.array) == [GLOBIN, "ACDEFGHIK"]
    assert Protein().collate(made.array)[1, 9:].sum() == 0


def test_rare_amino_acids_are_unknown_and_said():
    made = encoded("ACDEFUZB", "ACDE")
    assert Protein().decode(made.array)[0] == "ACDEFXXX"
    assert list(made.converted.values()) == [1]
    assert made.told == {0: "holds B, U, Z, read as X"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "no sequence"),
        ("  ", "no sequence"),
        ("MK-LV", "gaps of an alignment"),
        ("MK1LV", '"1" is no letter'),
        ("ACGTACGTACGTACGTACGTAC", "DNA or RNA"),
        ("M" * 513, r"513 residues, more than the 512 .*Protein\(length=513\)"),
    ],
)
def test_what_is_no_protein_has_its_reason(text, why):
    made = encoded(GLOBIN, text)
    assert list(made.bad) == [1]
    with pytest.raises(AssertionError, match=why):
        raise AssertionError(made.bad[1])
    assert made.array.lengths.tolist() == [len(GLOBIN), 0]


def test_a_longer_chain_is_read_where_that_is_asked_for():
    assert not Protein(length=600).encode(pa.array(["M" * 513])).bad


def test_a_column_without_a_protein_is_refused():
    with pytest.raises(KindError, match="holds no protein in 2 training rows"):
        Protein().fit(column("ACGT" * 9, None), np.arange(2))


def test_a_column_of_long_runs_of_amino_acids_is_taken_for_proteins():
    draw = np.random.default_rng(0)
    proteins = ["".join(draw.choice(list(LETTERS[:20]), 60)) for _ in range(60)]
    assert infer("text", column(*proteins), "input")[0] == Protein()
    assert infer("text", column(*("ACGT" * 15 + "ACGT"[i % 4] * i for i in range(60))), "input")[0] != Protein()
    words = ("the cat sat on the mat", "a dog had a map in its hat", "it is late and the city sleeps")
    assert infer("text", column(*(f"{words[i % 3]} {'so ' * i}" for i in range(60))), "input")[0] != Protein()
    assert infer("text", column(*(f"{word[:4]}{i}" for i, word in enumerate(proteins))), "input")[0] != Protein()


def test_a_class_of_proteins_is_learned_beside_a_linear_model_of_their_letters(tmp_path):
    draw = np.random.default_rng(0)
    classes = {"membrane": "AILMFVWGLLIVAF", "soluble": "DEKRQNSTGAEKDR"}
    lines = ["sequence,where"]
    for i in range(120):
        name = ("membrane", "soluble")[i % 2]
        lines.append("".join(draw.choice(list(classes[name] + LETTERS[:20]), 40)) + f",{name}")
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    run = lamina.fit(tmp_path / "t.csv", out=tmp_path / "run", steps=30, settings=["model.width=16"], teller=Quiet())
    assert json.loads((run.path / "schema.json").read_text())["fields"][0]["kind"] == "Protein"
    scores = json.loads((run.path / "scores.json").read_text())
    assert scores["baseline"]["linear"]["accuracy"]["value"] > 0.8
    assert run.scores["accuracy"].value > 0.6


def rows(*chains) -> Ragged:
    return Ragged.of([np.asarray(chain, np.float64) for chain in chains], np.float64, (3, 3))


def test_a_backbone_needs_some_atoms_that_are_known():
    gone = np.full((12, 3, 3), np.nan)
    gone[:7] = helix(7)
    made = Structure().encode(rows(helix(12), gone))
    assert made.bad == {1: "the Cα of 7 residues is known; 8 are the least"}
    kind = Structure().fit(RaggedArrays("v", rows(helix(12), gone)), np.arange(2))
    assert (kind.residues, kind.known) == (12.0, 1.0)
    with pytest.raises(KindError, match="holds no structure"):
        Structure().fit(RaggedArrays("v", rows(gone)), np.arange(1))


def test_places_of_another_shape_are_refused():
    made = Structure().encode(Ragged.of([np.zeros((12, 2))]))
    assert made.bad == {0: "places of 2; three atoms in three dimensions are read"}


def test_residues_and_letters_have_to_be_as_many():
    sequences = encoded("ACDEFGHIKL", "ACDEFGHIK").array
    found = Structure().misfits(Structure().encode(rows(helix(10), helix(10))).array, {"sequence": sequences})
    assert found == {1: "10 residues lie beside 9 letters"}


def test_an_answer_is_a_file_that_a_reader_of_such_files_reads():
    gemmi = pytest.importorskip("gemmi")
    atoms = helix(30).astype(np.float32) * -7
    chain = Structure().onto(atoms, [" mkvlx" + GLOBIN[:25].lower()])
    ending, data = chain.as_file()
    assert ending == ".pdb"
    read = gemmi.read_pdb_string(data)[0]["A"]
    assert gemmi.one_letter_code([residue.name for residue in read]) == ("MKVLX" + GLOBIN[:25])
    places = [[read[i].find_atom(name, "*").pos.tolist() for name in ("N", "CA", "C")] for i in range(30)]
    np.testing.assert_allclose(places, atoms, atol=6e-4)
    assert [residue.find_atom("CA", "*").element.name for residue in read] == ["C"] * 30
    assert all(len(line) == 80 for line in data.decode().splitlines() if line.startswith("ATOM"))


def test_as_json_an_answer_has_letters_and_places():
    said = Chain("MK", helix(2).astype(np.float32)).as_json()
    assert said["sequence"] == "MK"
    assert [len(said[name]) for name in ("N", "CA", "C")] == [2, 2, 2]
    assert str(Chain("MK", helix(2))) == Structure().show(helix(2)) == "2 residues"


def test_fewer_long_chains_are_answered_together():
    assert (Protein(length=64).at_once(), Protein().at_once(), Protein(length=5_000).at_once()) == (128, 16, 1)

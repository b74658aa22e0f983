"""Proteins from a folder to backbones: found without flags, scored beside kin, answered as files, resumed."""

from __future__ import annotations

import csv
import json
import shutil

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from tests.conftest import Stopper

import lamina
from lamina.cli.answers import write_answers
from lamina.errors import Stopped
from lamina.evaluate.baselines.chains import helix
from lamina.kinds.structure import Chain
from lamina.metrics.structure import lddt
from lamina.predict import as_mapping
from lamina.teller import Quiet

gemmi = pytest.importorskip("gemmi")
SMALL = [
    "model.width=32",
    "model.pair=16",
    "model.depth=1",
    "augment.stretch=24",
    "train.average=0.9",
    "optimizer.rate=0.005",
]
LETTERS = "ACDEFHIKLMNQRSTVWY"  # without G and P, of which turns are made


def bent(draw: np.random.Generator) -> Chain:
    """Two helices with a turn of GPG between them."""
    first, second = (int(n) for n in draw.integers(10, 16, 2))
    letters = "".join(draw.choice(list(LETTERS), first)) + "GPG" + "".join(draw.choice(list(LETTERS), second))
    atoms = helix(len(letters))
    at = atoms[first + 1, 1]
    turn = Rotation.from_euler("x", 110, degrees=True).as_matrix()
    atoms[first + 1 :] = (atoms[first + 1 :] - at) @ turn.T + at
    return Chain(letters, atoms.astype(np.float32))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root, draw = tmp_path_factory.mktemp("chains"), np.random.default_rng(0)
    for i in range(24):
        (root / f"{i:02d}.pdb").write_bytes(bent(draw).as_file()[1])
    return root


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("folded") / "run"
    return lamina.fit(folder, out=out, steps=250, settings=SMALL, teller=Quiet())


def test_all_is_found_without_flags(run):
    recipe = json.loads((run.path / "recipe.json").read_text())["recipe"]
    assert recipe["model"]["name"] == "evoformer"
    assert recipe["objective"] == "supervised"
    fields = {f["name"]: (f["kind"], f["role"]) for f in json.loads((run.path / "schema.json").read_text())["fields"]}
    assert fields == {"sequence": ("Protein", "input"), "structure": ("Structure", "target")}


def test_it_folds_better_than_one_helix_and_is_scored_beside_kin(run):
    scores = json.loads((run.path / "scores.json").read_text())
    assert set(scores["baseline"]) == {"helix", "nearest chain"}
    assert scores["test"]["lddt"]["value"] > 0.5
    assert scores["test"]["rmsd"]["value"] < scores["baseline"]["helix"]["rmsd"]["value"]
    assert repr(run.score()["lddt"]) == repr(run.scores["lddt"])


def test_the_report_shows_distance_maps(run):
    (plate,) = json.loads((run.path / "exhibits" / "exhibits.json").read_text())["plates"]
    assert plate["title"] == "Distance maps"
    assert "lDDT" in plate["items"][0]["caption"]
    assert all((run.path / item["picture"]).is_file() for item in plate["items"])
    assert "Distance maps" in (run.path / "report.html").read_text()


def test_letters_alone_are_answered_with_a_file_each(run, folder, tmp_path):
    truth = bent(np.random.default_rng(9))
    (tmp_path / "new.fasta").write_text(f">one\n{truth.sequence}\n>dna\n{'ACGT' * 8}\n>two\n{truth.sequence[:20]}\n")
    answers = run.predict(tmp_path / "new.fasta")
    assert [answer.id for answer in answers] == ["one", "dna", "two"]
    assert "DNA or RNA" in answers[1].problem
    assert isinstance(answers[0].value, Chain)
    assert answers[0].value.sequence == truth.sequence
    assert lddt(truth.atoms[:, 1], answers[0].value.atoms[:, 1]) > 0.4
    write_answers(tmp_path / "out.csv", answers)
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
    assert [row["answer"] for row in rows] == ["out/00000-one.pdb", "", "out/00002-two.pdb"]
    read = gemmi.read_pdb_string((tmp_path / rows[0]["answer"]).read_bytes())
    assert gemmi.one_letter_code([residue.name for residue in read[0]["A"]]) == truth.sequence
    assert json.loads(json.dumps(as_mapping(answers[0])))["value"]["sequence"] == truth.sequence


def test_an_answer_is_the_same_beside_other_rows(run, tmp_path):
    long, short = bent(np.random.default_rng(9)).sequence, bent(np.random.default_rng(4)).sequence[:18]
    (tmp_path / "two.fasta").write_text(f">a\n{short}\n>b\n{long}\n")
    (tmp_path / "one.fasta").write_text(f">a\n{short}\n")
    beside, alone = (run.predict(tmp_path / name)[0].value.atoms for name in ("two.fasta", "one.fasta"))
    np.testing.assert_allclose(beside, alone, atol=1e-2)


def test_a_damaged_file_among_those_to_answer_says_so(run, folder, tmp_path):
    shutil.copy(folder / "03.pdb", tmp_path / "good.pdb")
    (tmp_path / "bad.pdb").write_text("<html>gone</html>\n")
    answers = run.predict(tmp_path)
    assert [(a.id, bool(a.problem)) for a in answers] == [("good.pdb A", False), ("bad.pdb", True)]
    assert "web page" in answers[1].problem


def test_a_run_that_was_stopped_goes_on_to_the_same_bits(folder, tmp_path):
    whole = lamina.fit(folder, out=tmp_path / "whole", steps=12, settings=SMALL, teller=Quiet())
    with pytest.raises(Stopped):
        lamina.fit(folder, out=tmp_path / "cut", steps=12, settings=SMALL, teller=Stopper(5))
    again = lamina.resume(tmp_path / "cut", teller=Quiet())
    weights = [(run.path / "weights.safetensors").read_bytes() for run in (whole, again)]
    assert weights[0] == weights[1]
    assert (whole.path / "log.jsonl").read_bytes() == (again.path / "log.jsonl").read_bytes()


def test_too_many_damaged_files_stop_a_fit(folder, tmp_path):
    source = shutil.copytree(folder, tmp_path / "source")
    (source / "bad.pdb").write_text("<html>gone</html>\n")
    with pytest.raises(lamina.errors.SourceError, match=r"1 of 25 source rows cannot be used .*bad\.pdb"):
        lamina.fit(source, out=tmp_path / "run", steps=1, teller=Quiet())

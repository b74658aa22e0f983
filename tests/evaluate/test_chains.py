"""What a folded protein is compared with, and how it is shown."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.evaluate.baselines.chains import filled, helix, homologs
from lamina.evaluate.baselines.task import Task
from lamina.evaluate.chains import drawn
from lamina.kinds import Field, Schema
from lamina.kinds.protein import Protein
from lamina.kinds.structure import Structure
from lamina.metrics.structure import distances, lddt
from lamina.ragged import Ragged

LETTERS = "MKVLAAGIVTAHDEWFYNNQ"


def test_a_helix_has_the_sides_of_one():
    atoms = helix(30)
    apart = distances(atoms[:, 1])
    assert abs(np.diagonal(apart, 1) - 3.8).max() < 0.05  # Å from one Cα to the next
    assert abs(np.diagonal(apart, 4) - 6.2).max() < 0.2
    bond = np.linalg.norm(atoms[1:, 0] - atoms[:-1, 2], axis=-1)
    assert abs(bond - 1.33).max() < 0.25  # C to the next N
    assert abs(np.linalg.norm(atoms[:, 1] - atoms[:, 0], axis=-1) - 1.46).max() < 0.15
    steps = np.diff(atoms[:, 1], axis=0)
    assert (np.einsum("ij,ij->i", np.cross(steps[:-2], steps[1:-1]), steps[2:]) > 0).all()  # turning to the right


def test_what_is_not_known_is_drawn_straight():
    atoms = np.zeros((7, 1, 3))
    atoms[:, 0, 0] = [np.nan, 0, 2, np.nan, np.nan, 8, np.nan]
    made = filled(atoms)
    np.testing.assert_allclose(made[:, 0, 0], [-3.8, 0, 2, 4, 6, 8, 11.8])
    np.testing.assert_allclose(made[:, 0, 1:], 0)


def test_a_training_chain_is_answered_with_itself_and_its_kin_from_it():
    pytest.importorskip("gemmi")
    bent = helix(20)
    bent[10:] = bent[10:, :, [0, 2, 1]]
    kind = Protein()
    rows = [LETTERS, LETTERS[::-1], "W" * 20]
    inputs = {"sequence": kind.encode(rows).array}
    schema = Schema((Field("sequence", kind, "input"), Field("structure", Structure(), "target")))
    task = Task(schema, inputs, Ragged.of([bent, helix(20), helix(20)]))
    straight, nearest = homologs(task, None)
    asked = {"sequence": kind.encode([LETTERS, LETTERS[:8] + LETTERS[10:], None]).array}
    whole, kin, nothing = nearest.answer(asked)
    np.testing.assert_allclose(whole, bent, atol=1e-5)
    assert lddt(np.delete(bent, (8, 9), axis=0)[:, 1], kin[:, 1]) > 0.9
    assert len(nothing) == 0
    assert "one of 3 training chains" in nearest.says
    assert [len(row) for row in straight.answer(asked)] == [20, 18, 0]


def test_near_residues_are_light_far_ones_dark_and_unknown_ones_grey():
    picture = np.asarray(drawn(np.array([[0.0, 60.0], [np.nan, 0.0]])))
    assert picture.shape == (360, 360, 3)
    assert picture[10, 10].tolist() == [255, 247, 188]
    assert picture[10, 300].tolist() == [12, 44, 132]
    assert picture[300, 10].tolist() == [224, 224, 224]

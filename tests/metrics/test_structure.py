"""lDDT and RMSD: by hand, beside a peer, and of what is lacking."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lamina.kinds.structure import Structure
from lamina.metrics import scored
from lamina.metrics.structure import lddt, rmsd
from lamina.ragged import Ragged

LINE = np.array(
    [[0.0, 0, 0], [10, 0, 0], [20, 0, 0], [24, 0, 0]]
)  # apart: 10, 10, 4, 14; and 20, 24, which are too far


def points(n: int = 40, seed: int = 0) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).normal(size=(n, 3)) * 2.2, axis=0)


def test_the_distances_that_are_kept_are_counted_at_four_widths():
    said = LINE.copy()
    said[3, 0] = 25.5  # 1.5 too far from the third and from the second; the pair of the first two is as it was
    kept = [2 / 4, 2 / 4, 4 / 4, 4 / 4]  # under 0.5, 1, 2, 4 Å
    assert lddt(LINE, said) == pytest.approx(np.mean(kept))
    assert lddt(LINE, LINE * [-1, 1, 1]) == 1.0  # distances alone count


def test_what_an_answer_lacks_is_not_kept_and_what_the_truth_lacks_does_not_count():
    lacking = LINE.copy()
    lacking[0] = np.nan
    assert lddt(LINE, lacking) == pytest.approx(3 / 4)
    assert lddt(lacking, LINE) == 1.0
    assert np.isnan(lddt(LINE[:1], LINE[:1]))


def test_it_is_that_of_a_peer():
    biotite = pytest.importorskip("biotite.structure")
    true = points()
    for noise in (0.1, 0.7, 3.0):
        said = true + np.random.default_rng(1).normal(size=true.shape) * noise
        rows = []
        for place in (true, said):
            atoms = biotite.AtomArray(len(place))
            atoms.coord, atoms.atom_name[:], atoms.res_id[:] = place, "CA", np.arange(len(place))
            rows.append(atoms)
        theirs = biotite.lddt(*rows, inclusion_radius=15, distance_bins=(0.5, 1.0, 2.0, 4.0))
        assert lddt(true, said) == pytest.approx(float(theirs), abs=2e-3)  # they count in float32


def test_what_is_turned_and_moved_lies_on_the_truth_and_its_mirror_image_does_not():
    true = points()
    moved = true @ Rotation.from_euler("xyz", (50, 20, 110), degrees=True).as_matrix().T + [3, -40, 7]
    assert rmsd(true, moved) == pytest.approx(0, abs=1e-5)
    assert rmsd(true, moved * [1, 1, -1]) > 1


def test_the_rmsd_is_that_of_a_peer():
    true, said = points(), points(seed=0) + np.random.default_rng(2).normal(size=(40, 3))
    _, squares = Rotation.align_vectors(true - true.mean(0), said - said.mean(0))
    assert rmsd(true, said) == pytest.approx(squares / np.sqrt(40), rel=1e-6)


def test_a_chain_without_an_answer_counts_nothing_kept():
    atoms = [np.repeat(points(12, seed)[:, None], 3, axis=1) for seed in range(3)]
    truth, answer = Ragged.of(atoms), Ragged.of(atoms)
    whole = scored(Structure(), truth, answer, resamples=50)
    assert whole["lddt"]["value"] == 1.0
    assert whole["rmsd"]["value"] == pytest.approx(0, abs=1e-4)
    lost = Ragged(answer.values, answer.starts, np.where(np.arange(3) == 1, 0, answer.lengths))
    found = scored(Structure(), truth, lost, resamples=50)
    assert found["lddt"]["value"] == pytest.approx(2 / 3)
    assert (found["lddt"]["n"], found["rmsd"]["n"]) == (3, 2)

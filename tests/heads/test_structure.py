"""A chain in space: what turning, moving and mirroring change, the errors written out, and what is not known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from torch.testing import assert_close

from lamina.evaluate.baselines.chains import helix
from lamina.forms import Pairs
from lamina.heads.structure import BACKBONE, BINS, FARTHEST, NEAREST, PointAttention, StructureHead, errors
from lamina.layers.frames import Frames, through

T, WIDTH = 9, 8


def chain(length: int = T) -> torch.Tensor:
    """A bent helix, (1, T, 3, 3)."""
    atoms = helix(length)
    atoms[length // 2 :] = atoms[length // 2 :] @ Rotation.from_euler("x", 70, degrees=True).as_matrix().T
    return torch.from_numpy(atoms).float()[None]


def form(rows: int = 1, length: int = T, mask: torch.Tensor | None = None) -> Pairs:
    draw = torch.Generator().manual_seed(1)
    pair, single = (torch.randn(rows, *shape, WIDTH, generator=draw) for shape in ((length, length), (length,)))
    return Pairs(pair, mask, single)


@pytest.fixture
def head() -> StructureHead:
    torch.manual_seed(0)
    made = StructureHead(WIDTH)
    with torch.no_grad():
        made.step.weight.mul_(5)  # so that frames turn and move a good deal
    return made.eval()


def turned() -> torch.Tensor:
    return torch.from_numpy(Rotation.from_euler("xyz", (20, 130, -70), degrees=True).as_matrix()).float()


def test_turning_and_moving_the_truth_changes_nothing(head):
    true = chain()
    moved = true @ turned().T + torch.tensor([5.0, -9.0, 2.0])
    assert_close(head.loss(form(), moved)[0], head.loss(form(), true)[0], rtol=1e-4, atol=1e-5)


def test_the_mirror_image_is_another_chain(head):
    true = chain()
    mirrored = true * torch.tensor([1.0, 1.0, -1.0])
    assert abs(head.loss(form(), mirrored)[0].item() - head.loss(form(), true)[0].item()) > 1e-3
    frames = through(*true.unbind(2))
    here = torch.ones(1, T, 3, dtype=torch.bool)
    assert float(errors(frames, true, here)) < 2e-3
    assert float(errors(frames, mirrored, here)) > 0.1  # though every distance is the same


def test_residues_read_the_same_however_the_whole_is_turned():
    torch.manual_seed(0)
    attend, given = PointAttention(WIDTH, heads=2), form()
    frames, mask = through(*chain().unbind(2)), torch.ones(1, T, dtype=torch.bool)
    whole = Frames(turned(), torch.tensor([3.0, 1.0, -8.0]))
    elsewhere = Frames(whole.turn @ frames.turn, frames.move @ whole.turn.T + whole.move)
    there, here = (attend(given.single, given.x, each, mask) for each in (elsewhere, frames))
    assert_close(there, here, rtol=1e-3, atol=1e-4)
    nearer = Frames(frames.turn, frames.move / 2)
    assert not torch.allclose(attend(given.single, given.x, nearer, mask), here, atol=1e-3)


def test_errors_are_those_of_every_place_in_every_frame():
    """Algorithm 28 with loops: clamped at 10 Å, a tenth of it not, in units of 10 Å."""
    true, draw = chain(), torch.Generator().manual_seed(3)
    said = through(*(true + 6 * torch.randn(1, T, 3, 3, generator=draw)).unbind(2))
    here = torch.ones(1, T, 3, dtype=torch.bool)
    here[0, 2, 0] = False  # a residue without N has no frame, and its Cα counts all the same
    here[0, 5] = False
    truth, total, count = through(*true.unbind(2)), 0.0, 0
    for i in range(T):
        for j in range(T):
            if i in (2, 5) or j == 5:
                continue
            one, other = (each.turn[0, i].T @ (each.move[0, j] - each.move[0, i]) for each in (said, truth))
            error = float(((one - other).square().sum() + 1e-4).sqrt())
            total, count = total + 0.9 * min(error, 10) + 0.1 * error, count + 1
    assert count == 7 * 8
    assert_close(errors(said, true, here), torch.tensor([total / count / 10]), rtol=1e-4, atol=1e-5)


def test_the_distogram_learns_how_far_residues_lie_apart(head):
    true, here = torch.zeros(1, 2, 3), torch.ones(1, 2, dtype=torch.bool)
    true[0, 1, 0] = 7.0
    given = form(length=2)
    logits = head.distogram(given.x + given.x.transpose(1, 2))[0].log_softmax(-1)
    far = int(np.ceil((7.0 - NEAREST) / ((FARTHEST - NEAREST) / (BINS - 2))))
    wanted = -(logits[0, 0, 0] + logits[1, 1, 0] + logits[0, 1, far] + logits[1, 0, far]) / 4
    assert_close(head.told(given, true, here)[0], wanted)


def test_what_is_not_known_counts_nothing_and_harms_nothing(head):
    true = chain()
    gone = true.clone()
    gone[0, 4] = torch.nan
    loss = head.loss(form(), gone)[0]
    loss.backward()
    assert loss.isfinite()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in head.parameters())
    assert abs(loss.item() - head.loss(form(), true)[0].item()) > 1e-5


def test_what_stands_after_the_end_of_a_chain_changes_nothing(head):
    short, mask = form(), (torch.arange(T + 4) < T)[None]
    x = torch.nn.functional.pad(short.x, (0, 0, 0, 4, 0, 4), value=7.0)
    padded = Pairs(x, mask, torch.nn.functional.pad(short.single, (0, 0, 0, 4), value=-5.0))
    true = chain()
    longer = torch.cat([true, torch.full((1, 4, 3, 3), torch.nan)], dim=1)
    assert_close(head.loss(padded, longer)[0], head.loss(short, true)[0], rtol=1e-4, atol=1e-5)
    answer = head.decode(padded)
    assert_close(answer.x[:, :T], head.decode(short).x, rtol=1e-4, atol=1e-4)
    assert torch.equal(answer.mask, mask)
    wrong = Pairs(x, None, padded.single)
    assert not torch.allclose(head.decode(wrong).x[:, :T], head.decode(short).x, atol=1e-3)  # and the test can fail


def test_what_is_not_finite_is_a_loss_that_is_not_finite(head):
    broken = form()
    broken.x[0, 1, 2] = torch.nan
    assert not head.loss(broken, chain())[0].isfinite()


def test_every_residue_has_its_bonds(head):
    atoms = head.decode(form()).x[0].detach()  # (T, 3, 3)
    apart = torch.linalg.vector_norm(atoms[:, 1:] - atoms[:, :-1], dim=-1)  # N to Cα, Cα to C
    assert_close(apart, torch.tensor([1.461, 1.526]).expand(T, 2), rtol=0, atol=2e-3)
    assert_close(head.backbone, torch.tensor(BACKBONE))


def test_one_chain_is_learned():
    torch.manual_seed(0)
    head, given = StructureHead(WIDTH), form()
    true, moves = chain(), torch.optim.Adam(head.parameters(), lr=0.01)
    first = head.loss(given, true)[0].item()
    for _ in range(60):
        loss, count = head.loss(given, true)
        moves.zero_grad()
        loss.backward()
        moves.step()
    assert count == 1
    assert loss.item() < 0.6 * first

"""Points from distances: given back up to how they lie, turning to the right, whatever is beside them."""

from __future__ import annotations

import torch
from torch.testing import assert_close

from lamina.evaluate.baselines.chains import helix
from lamina.layers.scaling import along, laid_out, turning

HELIX = torch.from_numpy(helix(20)[:, 1]).float()[None]  # (1, 20, 3)
WHOLE = torch.ones(1, 20, dtype=torch.bool)


def bent() -> torch.Tensor:
    points = HELIX.clone()
    points[0, 10:, [0, 2]] = points[0, 10:, [2, 0]] * torch.tensor([1.0, -1.0])  # a quarter turn of its later half
    return points


def test_points_are_given_back_with_their_distances_and_their_hand():
    for points in (HELIX, bent()):
        apart = torch.cdist(points, points)
        made = laid_out(apart, WHOLE)
        assert_close(torch.cdist(made, made), apart, rtol=1e-3, atol=1e-2)
        assert turning(points, WHOLE) > 0
        assert_close(turning(made, WHOLE), turning(points, WHOLE), rtol=1e-2, atol=1e-2)
        mirrored = points * torch.tensor([1.0, 1.0, -1.0])
        assert turning(mirrored, WHOLE) < 0
        assert turning(laid_out(torch.cdist(mirrored, mirrored), WHOLE), WHOLE) > 0  # distances alone do not tell


def test_a_row_lies_alike_beside_others_and_before_its_padding():
    points = bent()
    alone = laid_out(torch.cdist(points, points), WHOLE)
    apart = 5 * torch.rand(2, 26, 26)
    apart[0, :20, :20] = torch.cdist(points, points)[0]
    mask = torch.stack([torch.arange(26) < 20, torch.arange(26) < 26])
    assert_close(laid_out(apart, mask)[0, :20], alone[0], rtol=1e-3, atol=1e-2)


def test_frames_along_a_chain_look_to_the_next_point_wherever_it_ends():
    mask = (torch.arange(24) < 20)[None]
    frames = along(torch.cat([bent(), torch.randn(1, 4, 3)], dim=1), mask)
    alone = along(bent(), WHOLE)
    assert_close(frames.turn[:, :20], alone.turn)
    ahead = alone.seen(bent().roll(-1, 1).unsqueeze(2))[0, :-1, 0]  # the next point, as each frame sees it
    assert_close(ahead[:, 1:], torch.zeros(19, 2), rtol=0, atol=1e-4)
    assert (ahead[:, 0] > 3).all()
    assert_close(torch.linalg.det(alone.turn), torch.ones(1, 20))


def test_a_chain_of_one_or_two_residues_lies_somewhere():
    for length in (1, 2):
        mask = torch.ones(1, length, dtype=torch.bool)
        points = laid_out(3.8 * (1 - torch.eye(length))[None], mask)
        assert points.shape == (1, length, 3)
        assert points.isfinite().all()
        assert along(points, mask).turn.isfinite().all()

"""Frames: made of three points, moved, and what they see."""

from __future__ import annotations

import torch
from scipy.spatial.transform import Rotation
from torch.testing import assert_close

from lamina.layers.frames import Frames, stepped, through


def some(*shape: int) -> Frames:
    draw = torch.Generator().manual_seed(0)
    return through(*torch.randn(3, *shape, 3, generator=draw, dtype=torch.float64))


def test_three_points_make_a_right_handed_frame():
    first, middle, last = torch.randn(3, 5, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    frames = through(first, middle, last)
    assert_close(frames.turn.mT @ frames.turn, torch.eye(3, dtype=torch.float64).expand(5, 3, 3))
    assert_close(torch.linalg.det(frames.turn), torch.ones(5, dtype=torch.float64))
    seen = frames.seen(torch.stack([first, middle, last], dim=1))  # (5, 3, 3)
    assert_close(seen[:, 1], torch.zeros(5, 3, dtype=torch.float64))
    assert_close(seen[:, 2, 1:], torch.zeros(5, 2, dtype=torch.float64))  # the last lies on the first axis
    assert_close(seen[:, 0, 2], torch.zeros(5, dtype=torch.float64))  # the first in the plane of the first two
    assert (seen[:, 2, 0] > 0).all()
    assert (seen[:, 0, 1] > 0).all()


def test_what_is_seen_and_put_out_again_is_where_it_was():
    frames, points = some(2, 4), torch.randn(2, 4, 7, 3, dtype=torch.float64)
    assert_close(frames.out(frames.seen(points)), points)
    assert not torch.allclose(frames.seen(points), points)


def test_frames_after_frames_are_seen_through_both():
    one, points = some(6), torch.randn(6, 2, 3, dtype=torch.float64)
    other = Frames(one.turn.flip(0), one.move.flip(0))
    assert_close(one.then(other).out(points), one.out(other.out(points)))
    still = Frames.still(torch.zeros(6, 9, dtype=torch.float64))
    assert_close(one.then(still).out(points), one.out(points))


def test_a_step_turns_as_its_quaternion_says():
    update = torch.randn(8, 6, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    made = stepped(update)
    quaternions = torch.cat([update[:, :3], torch.ones(8, 1)], dim=1)  # scipy has the real part last
    assert_close(made.turn, torch.from_numpy(Rotation.from_quat(quaternions.numpy()).as_matrix()))
    assert_close(made.move, update[:, 3:])
    assert_close(stepped(torch.zeros(1, 6)).turn[0], torch.eye(3))


def test_held_frames_pass_nothing_back_to_their_turns():
    turn, move = torch.eye(3).requires_grad_(), torch.zeros(3).requires_grad_()
    Frames(turn, move).held().out(torch.ones(1, 3)).sum().backward()
    assert turn.grad is None
    assert move.grad is not None

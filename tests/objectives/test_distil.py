"""A student learns what its teacher says."""

from __future__ import annotations

import numpy as np
import torch
from scipy.special import softmax
from torch import nn
from torch.testing import assert_close

from lamina.forms import Batch, Vector
from lamina.heads import CategoryHead
from lamina.objectives.distil import Distil, DistilPlan, soft_loss
from lamina.rng import Rng


class Net(nn.Module):
    def __init__(self, width: int = 4, seed: int = 0):
        super().__init__()
        torch.manual_seed(seed)
        self.body, self.head = nn.Linear(3, width), CategoryHead(width, 3)

    def forward(self, inputs):
        return Vector(self.body(inputs["x"]).tanh())


def batch(rows: int = 64) -> Batch:
    draw = torch.Generator().manual_seed(0)
    return Batch(
        {"x": torch.randn(rows, 3, generator=draw)},
        {"y": torch.randint(3, (rows,), generator=draw)},
        torch.arange(rows),
    )


def test_the_lesson_is_the_divergence_of_softened_chances():
    draw = np.random.default_rng(0)
    said, told = draw.normal(size=(5, 4)), draw.normal(size=(5, 4))
    p, q = softmax(told / 4, 1), softmax(said / 4, 1)
    assert_close(soft_loss(torch.tensor(said), torch.tensor(told), 4.0).item(), 16 * (p * np.log(p / q)).sum(1).mean())


def test_at_high_heat_it_is_the_squared_error_of_centred_logits():
    """Hinton et al. 2015, section 2.1, of logits with mean zero: 1 / (2 classes) of it."""
    draw = torch.Generator().manual_seed(0)
    said, told = (torch.randn(6, 5, generator=draw, dtype=torch.float64) for _ in range(2))
    said, told = said - said.mean(1, keepdim=True), told - told.mean(1, keepdim=True)
    assert_close(soft_loss(said, told, 1000.0), (said - told).square().sum(1).mean() / 10, rtol=1e-3, atol=1e-5)


def test_a_student_comes_to_agree_with_its_teacher_against_the_answers():
    teacher, student = Net(seed=1), Net(seed=2)
    game, rows = Distil(student, "y", teacher, DistilPlan(share=1.0)), batch()
    before = {name: x.clone() for name, x in teacher.state_dict().items()}
    mover = torch.optim.Adam(student.parameters(), 0.05)
    for step in range(200):
        turn = next(game.turns(rows, Rng(0, step)))
        mover.zero_grad()
        turn.loss.backward()
        mover.step()
    told, said = (n.head.logits(n(rows.inputs)).argmax(1) for n in (teacher, student))
    assert (told == said).float().mean() > 0.95
    assert (said == rows.targets["y"]).float().mean() < 0.6  # the answers here are chance
    assert all(torch.equal(before[name], x) for name, x in teacher.state_dict().items())


def test_without_a_share_it_learns_from_answers_alone():
    student, rows = Net(), batch()
    turn = next(Distil(student, "y", Net(seed=1), DistilPlan(share=0.0)).turns(rows, Rng(0)))
    assert_close(turn.loss, student.head.loss(student(rows.inputs), rows.targets["y"])[0])

"""Prototypes: the formula, a draw for each turn, and new classes told apart by a net that never saw them."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

from lamina.errors import KindError, SettingError
from lamina.forms import Batch, Vector
from lamina.heads.alike import AlikeHead, by_prototypes
from lamina.kinds import Alike
from lamina.metrics.alike import case_of
from lamina.objectives import game_of
from lamina.objectives.prototypes import Prototypes, PrototypesPlan, turned
from lamina.rng import Rng


def written_out(x, target, shots):
    """Equations 1 and 2 of the paper, one row after the other."""
    classes = [c for c in target.unique().tolist() if int((target == c).sum()) > shots]
    places = {c: (target == c).nonzero().flatten().tolist() for c in classes}
    middle = torch.stack([x[places[c][:shots]].mean(0) for c in classes])
    losses = []
    for at, c in enumerate(classes):
        for i in places[c][shots:]:
            losses.append(F.cross_entropy(-(x[i] - middle).square().sum(1)[None], torch.tensor([at])))
    return torch.stack(losses)


@pytest.mark.parametrize("shots", [1, 2])
def test_it_is_the_papers_loss(shots):
    torch.manual_seed(0)
    x, target = torch.randn(20, 5), torch.tensor([3, 9, 9, 4] * 5)
    target[0] = 11  # a class with a single row, which nothing can be asked of
    found = by_prototypes(x, target, shots)
    want = written_out(x, target, shots)
    assert int(found[:, 1].sum()) == len(want)
    assert_close(found[:, 2].sum(), want.sum(), rtol=1e-5, atol=1e-5)
    loss, count = AlikeHead(shots).loss(Vector(x * 5**0.25), target)
    assert count == len(want)
    assert_close(loss, want.mean(), rtol=1e-5, atol=1e-5)


def test_the_scores_of_an_episode_are_those_of_its_loss():
    torch.manual_seed(1)
    x, target = torch.randn(12, 4), torch.arange(12) % 3
    figures = by_prototypes(x, target, 1)
    truth = np.stack([target.numpy(), np.zeros(12, int), np.arange(12) < 3], 1)
    assert_close(torch.from_numpy(case_of(None, truth, x.numpy()).figures), figures.double(), rtol=1e-5, atol=1e-5)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.ReLU(), torch.nn.Linear(32, 8))
        self.head = AlikeHead()

    def forward(self, inputs):
        return Vector(self.body(inputs["x"]))


def clouds(draw, classes, rows=6):
    """A class is a direction in the first four of sixteen numbers; the rest is noise, and much of it."""
    middles = 2 * torch.randn(classes, 4, generator=draw)
    target = torch.arange(classes).repeat_interleave(rows)
    x = 2 * torch.randn(len(target), 16, generator=draw)
    x[:, :4] = middles[target] + 0.3 * torch.randn(len(target), 4, generator=draw)
    return Batch({"x": x}, {"y": target}, torch.arange(len(target)))


def test_classes_it_never_saw_are_told_by_one_example():
    torch.manual_seed(0)
    draw = torch.Generator().manual_seed(0)
    game = Prototypes(Net(), "y", PrototypesPlan())
    new = clouds(draw, 10)

    def error():
        with torch.no_grad():
            figures = game.figures(new, Rng(0))
        return float(figures[:, 0].sum() / figures[:, 1].sum())

    before, adam = error(), torch.optim.Adam(game.net.parameters(), 0.005)
    for step in range(150):
        (turn,) = game.turns(clouds(draw, 20), Rng(0, step))
        adam.zero_grad()
        turn.loss.backward()
        adam.step()
    assert before > 0.5  # and the test can fail
    assert error() < 0.5 * before


def test_each_turn_draws_its_examples():
    game, rows = Prototypes(Net(), "y", PrototypesPlan()), clouds(torch.Generator().manual_seed(0), 5)
    (one,), (same,), (other,) = (game.turns(rows, Rng(0, step)) for step in (1, 1, 2))
    assert one.loss == same.loss != other.loss


def test_a_class_is_turned_as_a_whole():
    pixels = torch.arange(9).view(1, 1, 3, 3).expand(8, 1, 3, 3)
    classes = torch.arange(8) // 2
    made = turned(Batch({"x": pixels}, {"y": classes}, torch.arange(8)), classes, Rng(0)).inputs["x"]
    assert all(torch.equal(made[i], made[i + 1]) for i in range(0, 8, 2))
    assert len(made.unique(dim=0)) > 1
    assert_close(made.flatten(1).sort().values, pixels.flatten(1))


def test_classes_of_one_row_each_are_refused():
    class Column:
        name = "y"

        def take(self, rows):
            return [str(row) for row in rows]

    with pytest.raises(KindError, match="no two of them twice"):
        Alike().fit(Column(), np.arange(5))


def test_an_unknown_setting_is_refused():
    with pytest.raises(SettingError, match='no setting "shot"'):
        game_of("prototypes", {"shot": 2})

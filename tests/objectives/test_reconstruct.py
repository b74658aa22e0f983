"""Giving back what came in."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.testing import assert_close

from lamina.forms import Batch
from lamina.heads.picture import PictureHead
from lamina.models.autoencoder import Autoencoder, AutoencoderPlan
from lamina.objectives.reconstruct import Reconstruct, ReconstructPlan
from lamina.rng import Rng


class Share(nn.Module):
    """Bytes around zero."""

    def forward(self, inputs):
        return inputs["x"].float() / 127.5 - 1


class Net(nn.Module):
    def __init__(self, code: int = 2):
        super().__init__()
        torch.manual_seed(0)
        self.entry, self.body = Share(), Autoencoder(AutoencoderPlan(width=8, code=code, stages=1), 1, 8, 8)
        self.head = PictureHead(8, 1)

    def forward(self, inputs):
        return self.body(self.entry(inputs))


def squares(rows: int = 64, seed: int = 0) -> Batch:
    """White squares that stand in one of 5 × 5 places: two numbers say all there is to a picture."""
    draw = np.random.default_rng(seed)
    pixels = np.zeros((rows, 1, 8, 8), np.uint8)
    for picture, (row, column) in zip(pixels, draw.integers(0, 5, (rows, 2)), strict=True):
        picture[0, row : row + 4, column : column + 4] = 255
    x = torch.from_numpy(pixels)
    return Batch({"x": x}, {"x": x}, torch.arange(rows))


def learned(plan: ReconstructPlan, steps: int = 300) -> Net:
    net = Net()
    game, mover = Reconstruct(net, "x", plan), torch.optim.Adam(net.parameters(), 0.005)
    for step in range(steps):
        turn = next(game.turns(squares(seed=step), Rng(0, step)))
        mover.zero_grad()
        turn.loss.backward()
        mover.step()
    return net.eval()


def test_two_numbers_are_enough_for_squares_where_pca_needs_more():
    test, net = squares(seed=999), learned(ReconstructPlan())
    with torch.no_grad():
        ours = net.head.loss(net(test.inputs), test.targets["x"])[0].item()
    flat = squares(500, seed=1).inputs["x"].flatten(1).numpy() / 255
    mean, basis = flat.mean(0), np.linalg.svd(flat - flat.mean(0), full_matrices=False)[2][:2]
    rows = test.inputs["x"].flatten(1).numpy() / 255 - mean
    pca = np.square(rows - rows @ basis.T @ basis).mean()
    assert ours < 0.7 * pca, (ours, pca)


def test_the_answer_is_the_picture_without_the_noise():
    batch, net = squares(), Net()
    plain = next(Reconstruct(net, "x").turns(batch, Rng(0))).loss
    noisy = next(Reconstruct(net, "x", ReconstructPlan(noise=1.0)).turns(batch, Rng(0))).loss
    assert_close(plain, net.head.loss(net(batch.inputs), batch.targets["x"])[0])
    given = net.entry(batch.inputs) + Rng(0).normal(64, 1, 8, 8)
    assert_close(noisy, net.head.loss(net.body(given), batch.targets["x"])[0])
    assert plain != noisy


def test_the_figures_add_up_to_the_loss():
    batch, net = squares(), Net()
    form = net(batch.inputs)
    error, rows = net.head.figures(form, batch.targets["x"]).sum(0)
    assert_close(error / rows, net.head.loss(form, batch.targets["x"])[0])
    assert rows == 64

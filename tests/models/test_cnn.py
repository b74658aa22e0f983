"""The plain convolution net finds its own depth."""

import pytest
import torch

from lamina.models.cnn import Cnn, CnnPlan
from lamina.shapes import shape_line, solve


@pytest.mark.parametrize(
    ("height", "width", "last"),
    [(8, 8, (4, 4)), (28, 28, (7, 7)), (32, 32, (8, 8)), (72, 72, (5, 5)), (96, 128, (6, 8)), (128, 128, (8, 8))],
)
def test_the_last_map_is_four_to_eight_pixels(height, width, last):
    body = Cnn(CnnPlan(width=2), 1, height, width)
    x = torch.zeros(2, 1, height, width)
    assert body(x).x.shape[2:] == last


def test_a_picture_of_28_gets_the_three_stages_of_the_page():
    body = Cnn(CnnPlan(), 1, 28, 28)
    kernels = [tuple(p.shape[:2]) for p in body.parameters() if p.dim() == 4]
    assert kernels == [(32, 1), (32, 32), (64, 32), (64, 64), (128, 64), (128, 128)]
    line = shape_line(Cnn.__doc__)
    sizes = {"B": 2, "C": 1, "H": 28, "W": 28, "D": 128, "S": 4}
    assert body(torch.zeros(solve(line.given, sizes))).x.shape == solve(line.gives, sizes)


def test_an_odd_last_row_reaches_the_map():
    body = Cnn(CnnPlan(width=4, depth=1), 1, 9, 9).eval()
    x = torch.zeros(1, 1, 9, 9)
    changed = x.clone()
    changed[..., 8, :] = 1.0
    assert body(x).x.shape[2:] == (5, 5)
    assert not torch.equal(body(x).x[..., 4, :], body(changed).x[..., 4, :])


def test_dropout_silences_whole_channels_and_only_in_training():
    body = Cnn(CnnPlan(width=16, drop=0.5), 1, 16, 16)
    x = torch.randn(4, 1, 16, 16)
    silent = (body(x).x == 0).all(dim=(2, 3)).float().mean()
    assert 0.25 < silent < 0.75
    assert (body.eval()(x).x == 0).all(dim=(2, 3)).float().mean() < 0.25

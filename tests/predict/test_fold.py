"""Batch norms folded into the convolutions before them: the same answers, and nothing that is kept is touched."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

import lamina
from lamina.models.alphazero import AlphaZero, AlphaZeroPlan
from lamina.models.cnn import Cnn, CnnPlan
from lamina.models.fcos import Fcos, FcosPlan
from lamina.models.resnet import ResNet, ResNetPlan
from lamina.models.unet import UNet, UNetPlan
from lamina.predict.fold import fold_norms
from lamina.run import RunDirectory
from lamina.run.tensors import from_bytes
from lamina.teller import Quiet

ONE = (1, 1, 1, 1)
PAGES = {
    "cnn": lambda: Cnn(CnnPlan(width=8), 3, 32, 32),
    "resnet": lambda: ResNet(ResNetPlan(width=8, blocks=ONE), 3, 32, 32),
    "resnet, bottlenecks, wide stem": lambda: ResNet(
        ResNetPlan(block="bottleneck", width=8, blocks=ONE, small=False), 3, 32, 32
    ),
    "fcos": lambda: Fcos(FcosPlan(blocks=ONE, stem=8, width=8), 3, 64, 64),
    "alphazero": lambda: AlphaZero(AlphaZeroPlan(width=8, depth=2), 3, 8, 8),
    "unet": lambda: UNet(UNetPlan(width=8), 3, 32, 32),
    "side by side": lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 4, 1)),
}


def lived(net):
    """A net whose norms have seen something, in the mode of answering."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, std=0.5)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.5)
    return net.eval()


def told(form):
    return form if isinstance(form, torch.Tensor) else form.x


@pytest.mark.parametrize("page", PAGES)
def test_a_folded_net_answers_as_before(page):
    torch.manual_seed(0)
    net = lived(PAGES[page]())
    folded = copy.deepcopy(net)
    norms = sum(isinstance(m, nn.BatchNorm2d) for m in net.modules())
    assert fold_norms(folded) == norms > 0
    assert not any(isinstance(m, nn.BatchNorm2d) for m in folded.modules())
    side = 8 if page == "alphazero" else 64
    pixels = torch.randn(4, 3, side, side)
    with torch.inference_mode():
        wanted, made = told(net(pixels)), told(folded(pixels))
    torch.testing.assert_close(made, wanted, rtol=1e-5, atol=1e-5 * float(wanted.abs().max()))


def test_a_norm_that_follows_no_convolution_is_left_alone():
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.BatchNorm2d(8), nn.Linear(8, 8), nn.BatchNorm1d(8)).eval()
    assert fold_norms(net) == 0
    assert isinstance(net[2], nn.BatchNorm2d)


def test_a_net_that_learns_is_not_folded():
    with pytest.raises(AssertionError):
        fold_norms(Cnn(CnnPlan(width=8), 3, 32, 32).train())


def test_what_is_served_is_folded_and_what_is_kept_is_not(tmp_path):
    digits = load_digits()
    data = ((digits.images[:300] * 16).clip(0, 255).astype(np.uint8), digits.target[:300])
    run = lamina.fit(data, steps=20, model="cnn", out=tmp_path / "run", teller=Quiet())
    served = run.predictor().net
    assert not any(isinstance(m, nn.BatchNorm2d) for m in served.modules())
    kept = from_bytes(RunDirectory.open(run.path).read_bytes("weights.safetensors"), "weights.safetensors")
    assert any(name.endswith("norm.running_mean") for name in kept)
    first, again = (run.predict(data[0][:5]) for _ in range(2))
    assert [a.probabilities for a in first] == [a.probabilities for a in again]

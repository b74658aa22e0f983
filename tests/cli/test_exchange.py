"""Nets that come from other libraries and go to them, through the command."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

SHAPES = {"embedding_size": 4, "hidden_sizes": [4, 8, 16, 32], "depths": [2, 2, 2, 2], "layer_type": "basic"}


@pytest.fixture
def pictures(tmp_path):
    """A folder of two classes of small pictures."""
    draw = np.random.default_rng(0)
    for at, name in enumerate(("dark", "light")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(24):
            pixels = draw.integers(100 * at, 100 * at + 120, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{number}.png")
    return tmp_path / "photos"


def test_a_peers_checkpoint_goes_all_the_way_to_features(lamina, tmp_path, pictures):
    from transformers import ResNetConfig, ResNetForImageClassification

    torch.manual_seed(0)
    theirs = ResNetForImageClassification(ResNetConfig(**SHAPES)).eval()
    for norm in theirs.modules():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.uniform_(norm.running_var, 0.5, 1.5)
            nn.init.normal_(norm.bias, std=0.1)
    torch.save({"model": nn.DataParallel(theirs).state_dict(), "epoch": 3}, tmp_path / "best.pth")

    refused = lamina(
        "fit", pictures, "--model", "resnet18", "--weights", tmp_path / "best.pth", "--out", tmp_path / "no"
    )
    assert refused.code == 2
    assert f"lamina import {tmp_path / 'best.pth'} --out weights.safetensors" in refused.err

    weights = tmp_path / "weights.safetensors"
    said = lamina("import", tmp_path / "best.pth", "--out", weights)
    assert said.code == 0
    assert "of its key model" in said.err
    assert '"module." taken off' in said.err
    assert "epoch (a number)" in said.err
    assert f"next      lamina fit PHOTOS --model resnet18 --weights {weights}" in said.err

    small = ["--set", "model.width=4", "--set", "model.small=false", "--set", "train.freeze=body", "--steps", "1"]
    words = ["fit", pictures, "--model", "resnet18", "--weights", weights, "--out", tmp_path / "run", *small]
    assert lamina(*words, "--set", "train.batch=16").code == 0

    import lamina as door

    net = door.load(tmp_path / "run").predictor().net
    with torch.no_grad():
        pixels = torch.arange(2 * 3 * 32 * 32).reshape(2, 3, 32, 32).remainder(251).byte()
        entered = net.entry({"image": pixels})
        torch.testing.assert_close(net.body(entered).x, theirs.resnet(entered).last_hidden_state, rtol=1e-4, atol=1e-4)


def test_import_prints_one_object(lamina, tmp_path):
    torch.save({"state_dict": {"w": torch.ones(2), "v": torch.ones(3)}, "epoch": 1}, tmp_path / "w.pt")
    said = lamina("import", tmp_path / "w.pt", "--out", tmp_path / "w.safetensors", "--json")
    assert (said.code, said.err) == (0, "")
    assert said.json == {
        "out": str(tmp_path / "w.safetensors"), "tensors": 2, "numbers": 5, "key": "state_dict", "wrappers": [],
        "left_out": ["epoch (a number)"], "shared": [], "model": "", "next": "",
    }  # fmt: skip


def test_export_says_what_was_made_and_held_against_the_run(lamina, trained, tmp_path):
    said = lamina("export", trained, "--out", tmp_path / "served")
    assert said.code == 0
    assert "image (rows × 1 × 8 × 8, uint8)" in said.err
    assert "256 test rows, 1, 7, 256 at once" in said.err
    assert f"{tmp_path / 'served'}: model.onnx, model.json, README.md" in said.err
    again = lamina("export", trained, "--out", tmp_path / "served", "--json")
    assert (again.code, again.err) == (2, "")
    assert again.json["error"]["fix"] == f"--out {tmp_path / 'served-2'}"

"""ResNet against another library's, and what is its own: the small form and blocks that begin as the identity."""

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from transformers import ResNetConfig, ResNetModel

from lamina.models.resnet import RESNET18, RESNET34, RESNET50, ResNet, ResNetPlan
from lamina.weights import read_backbone


def reference(layer, depths, sizes):
    torch.manual_seed(0)
    theirs = ResNetModel(
        ResNetConfig(layer_type=layer, depths=depths, hidden_sizes=sizes, embedding_size=64, num_channels=3)
    ).eval()
    for norm in theirs.modules():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.uniform_(norm.weight, 0.5, 1.0)
            nn.init.normal_(norm.bias, std=0.1)
            nn.init.normal_(norm.running_mean, std=0.1)
            nn.init.uniform_(norm.running_var, 0.5, 1.5)
    return theirs


@pytest.mark.parametrize(
    ("plan", "layer", "sizes"),
    [(RESNET18, "basic", [64, 128, 256, 512]), (RESNET50, "bottleneck", [256, 512, 1024, 2048])],
    ids=["resnet18", "resnet50"],
)
def test_with_the_same_weights_it_is_the_other_librarys_net(plan, layer, sizes, tmp_path):
    theirs = reference(layer, list(plan.blocks), sizes)
    theirs.save_pretrained(tmp_path)  # the file their users have, with their names
    ours = ResNet(plan, 3, 64, 80)
    loaded = read_backbone(tmp_path / "model.safetensors", ours)
    assert set(loaded.loaded) == set(ours.state_dict())
    pixels = torch.randn(2, 3, 64, 80)
    with torch.no_grad():
        expected = theirs(pixels).last_hidden_state
        torch.testing.assert_close(ours.eval()(pixels).x, expected, rtol=0, atol=1e-5 * float(expected.abs().max()))


def test_parameters_have_the_names_and_counts_that_torchvision_publishes():
    counts = {plan: sum(p.numel() for p in ResNet(plan, 3, 224, 224).parameters()) for plan in (RESNET18, RESNET34)}
    # 11,689,512 and 21,797,672 with a last layer of 513,000
    assert counts == {RESNET18: 11_689_512 - 513_000, RESNET34: 21_797_672 - 513_000}
    body = ResNet(RESNET50, 3, 224, 224)
    assert sum(p.numel() for p in body.parameters()) == 25_557_032 - 2_049_000
    names = {
        "conv1.weight": (64, 3, 7, 7),
        "bn1.running_mean": (64,),
        "layer1.0.downsample.0.weight": (256, 64, 1, 1),
        "layer2.0.downsample.1.num_batches_tracked": (),
        "layer3.5.conv2.weight": (256, 256, 3, 3),
        "layer4.2.bn3.bias": (2048,),
    }
    state = body.state_dict()
    assert {name: tuple(state[name].shape) for name in names} == names
    assert len(state) == 318


def test_a_block_begins_as_the_identity():
    torch.manual_seed(0)
    body = ResNet(ResNetPlan(width=8), 3, 16, 16)
    x = torch.rand(2, 8, 16, 16)
    torch.testing.assert_close(body.layer1(x), x)
    nn.init.ones_(body.layer1[0].bn2.weight)
    assert not torch.allclose(body.layer1(x), x)


@pytest.mark.parametrize(
    ("side", "small", "last"), [(32, None, 4), (63, None, 8), (64, None, 2), (64, True, 8), (32, False, 1)]
)
def test_small_pictures_are_not_shrunk_before_the_first_block(side, small, last):
    body = ResNet(ResNetPlan(width=2, small=small), 1, side, side)
    assert body(torch.zeros(2, 1, side, side)).x.shape == (2, 16, last, last)
    assert body.conv1.kernel_size == ((3, 3) if last in (4, 8) else (7, 7))


def test_kernels_are_drawn_by_fan_out():
    torch.manual_seed(0)
    kernel = ResNet(RESNET18, 3, 224, 224).layer3[0].conv1.weight  # 128 channels to 256
    assert abs(kernel.std() / (2 / (256 * 9)) ** 0.5 - 1) < 0.02


def test_the_names_of_a_torchvision_file_are_ours(tmp_path):
    body, other = (ResNet(ResNetPlan(width=2), 3, 64, 64) for _ in range(2))
    save_file(
        body.state_dict() | {"fc.weight": torch.zeros(10, 16), "fc.bias": torch.zeros(10)}, tmp_path / "w.safetensors"
    )
    read_backbone(tmp_path / "w.safetensors", other)
    x = torch.randn(2, 3, 64, 64)
    assert torch.equal(other.eval()(x).x, body.eval()(x).x)

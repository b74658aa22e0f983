"""Weights of other libraries: what is read, what is refused, and that a refusal changes nothing."""

import pytest
import torch
from safetensors.torch import save_file

from lamina.errors import PlanError, SourceError
from lamina.models import build
from lamina.models.resnet import ResNet, ResNetPlan
from lamina.run import RunDirectory
from lamina.run.tensors import to_bytes
from lamina.weights import read_backbone, read_run
from lamina.weights.names import our_name

PLAN = ResNetPlan(width=2, blocks=(1, 1, 1, 1))


def page(channels=3, plan=PLAN, side=64):
    return ResNet(plan, channels, side, side)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "w.safetensors"
    save_file(page().state_dict() | {"fc.weight": torch.ones(5, 16), "fc.bias": torch.ones(5)}, path)
    return path


def refused(error, path, model, match):
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(error, match=match) as caught:
        read_backbone(path, model)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    return str(caught.value)


def test_the_report_says_what_was_read_and_what_was_left(file):
    model = page()
    loaded = read_backbone(file, model)
    assert loaded.loaded == {name: tuple(t.shape) for name, t in model.state_dict().items()}
    assert sorted(loaded.left) == ["fc.bias", "fc.weight"]
    assert loaded.notes == ()
    assert loaded.summary().startswith(f"{len(loaded.loaded)} tensors from w.safetensors; left out: fc.")


def test_a_grey_picture_is_seen_as_its_three_equal_channels_were(file):
    colour, grey = page(3), page(1)
    read_backbone(file, colour)
    loaded = read_backbone(file, grey)
    assert "summed" in loaded.summary()
    x = torch.randn(2, 1, 64, 64)
    torch.testing.assert_close(grey.eval()(x).x, colour.eval()(x.expand(2, 3, 64, 64)).x)


@pytest.mark.parametrize("name", ["w.pt", "w.bin", "w.safetensors"])
def test_a_pickle_is_refused_whatever_it_is_called(name, tmp_path):
    torch.save(page().state_dict(), tmp_path / name)
    said = refused(SourceError, tmp_path / name, page(), "a pickle can run code")
    assert f"lamina import {tmp_path / name} --out weights.safetensors" in said
    (tmp_path / "old.safetensors").write_bytes(b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00.")
    refused(SourceError, tmp_path / "old.safetensors", page(), "a pickle can run code")


def test_a_header_of_128_bytes_is_no_pickle(tmp_path):
    path = tmp_path / "one.safetensors"
    path.write_bytes((128).to_bytes(8, "little") + b"{}".ljust(128))
    assert path.read_bytes()[:1] == b"\x80"
    refused(PlanError, path, page(), "missing: conv1.weight")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda data: data[:-100], "cut short, damaged"),
        (lambda data: data[:40], "cut short, damaged"),
        (lambda data: b"", "cut short, damaged"),
        (lambda data: b"\xff" * 8 + data[8:], "cut short, damaged"),
        (lambda data: b"\n<!DOCTYPE html><html>404</html>", "web page"),
    ],
    ids=["cut", "cut in the header", "empty", "endless header", "html"],
)
def test_a_damaged_file_is_named(change, match, file):
    file.write_bytes(change(file.read_bytes()))
    assert str(file) in refused(SourceError, file, page(), match)


def test_a_file_that_is_not_there_is_named(tmp_path):
    refused(SourceError, tmp_path / "gone.safetensors", page(), r"cannot read the weights .*gone\.safetensors")
    refused(SourceError, tmp_path, page(), "cannot read the weights")


def test_weights_of_another_net_are_refused_and_at_most_ten_names_listed(file):
    said = refused(PlanError, file, page(plan=ResNetPlan(width=3, blocks=(1, 1, 1, 1))), "of another shape")
    assert said.count("in the file") == 10
    assert "more" in said
    assert "conv1.weight (2 × 3 × 7 × 7 in the file, 3 × 3 × 7 × 7 here)" in said
    refused(PlanError, file, page(plan=ResNetPlan(width=2)), "missing: layer1.1")
    bigger = page(plan=ResNetPlan(width=2))
    save_file(bigger.state_dict(), file)
    refused(PlanError, file, page(), "unknown here: layer1.1")


def test_the_small_stem_says_how_to_take_the_wide_one(file):
    assert "--set model.small=false" in refused(PlanError, file, page(side=32), "of another shape")


def test_numbers_that_are_not_finite_are_refused(file):
    state = page().state_dict()
    state["layer2.0.conv1.weight"][0, 0, 0, 0] = float("nan")
    save_file(state, file)
    refused(SourceError, file, page(), r"not finite in layer2\.0\.conv1\.weight")


def test_half_precision_is_read_as_float32(file):
    save_file({name: t.half() if t.is_floating_point() else t for name, t in page().state_dict().items()}, file)
    model = page()
    read_backbone(file, model)
    assert model.conv1.weight.dtype == torch.float32


def test_hugging_face_names_become_ours():
    pairs = {
        "resnet.embedder.embedder.normalization.running_var": "bn1.running_var",
        "encoder.stages.0.layers.1.layer.0.convolution.weight": "layer1.1.conv1.weight",
        "encoder.stages.3.layers.0.shortcut.convolution.weight": "layer4.0.downsample.0.weight",
        "encoder.stages.3.layers.0.shortcut.normalization.weight": "layer4.0.downsample.1.weight",
        "layer1.0.bn2.bias": "layer1.0.bn2.bias",
    }
    assert {name: our_name(name) for name in pairs} == pairs


def test_the_body_of_another_run_is_read_and_its_head_is_not(tmp_path):
    page = build("mlp", {"width": 8, "depth": 1}, (4,))
    tensors = {f"body.{name}": x + 1 for name, x in page.state_dict().items()} | {"head.out.weight": torch.zeros(2, 8)}
    run = RunDirectory.create(tmp_path / "run", {"source": "x"})
    run.write("weights.safetensors", to_bytes(tensors))
    before = {name: x.clone() for name, x in page.state_dict().items()}
    found = read_run(tmp_path / "run", page)
    assert found.left == ("head.out.weight",)
    assert all(torch.equal(x, before[name] + 1) for name, x in page.state_dict().items())
    with pytest.raises(PlanError):
        read_run(tmp_path / "run", build("mlp", {"width": 16, "depth": 1}, (4,)))

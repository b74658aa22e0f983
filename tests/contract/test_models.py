"""The exam that every page sits."""

import copy

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from lamina.errors import SettingError
from lamina.forms import Map, Vector
from lamina.models import PAGES, build, form_of

# each page on the least it is made for, and on odd, oblong and larger inputs
SHAPES = {
    "mlp": [(5,), (1,), (3, 8, 6)],
    "cnn": [(1, 8, 8), (1, 28, 28), (3, 1, 1), (3, 29, 17), (3, 65, 75)],
    "lenet": [(1, 28, 28), (3, 12, 12), (1, 13, 40)],
    "resnet18": [(1, 8, 8), (3, 29, 17), (3, 65, 75)],
    "resnet34": [(3, 33, 32)],
    "resnet50": [(1, 9, 12), (3, 64, 70)],
}
SMALLER = {"mlp": {"width": 16}, "cnn": {"width": 4}, "resnet18": {"width": 4}, "resnet34": {"width": 4}}
SMALLER["resnet50"] = {"width": 4}
CASES = [(name, shape) for name, shapes in SHAPES.items() for shape in shapes]
FIRST = [(name, shapes[0]) for name, shapes in SHAPES.items()]


def made(name, shape, seed=0):
    torch.manual_seed(seed)
    return build(name, SMALLER.get(name, {}), shape)


def inputs(shape, rows=3):
    return torch.randn(rows, *shape, generator=torch.Generator().manual_seed(1))


def test_every_page_sits_the_exam():
    assert list(SHAPES) == list(PAGES)
    assert all(name == page.name and page.says for name, page in PAGES.items())


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_a_page_gives_the_form_and_width_it_says(name, shape):
    body = made(name, shape).eval()
    form = body(inputs(shape))
    assert type(form) is form_of(body)
    assert form.x.shape[:2] == (3, body.width)
    assert form.x.dim() == {Vector: 2, Map: 4}[type(form)]
    assert form.x.isfinite().all()


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_a_batch_of_one_answers_as_it_does_in_company(name, shape):
    body, x = made(name, shape).eval(), inputs(shape)
    torch.testing.assert_close(body(x[:1]).x, body(x).x[:1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_every_parameter_gets_a_gradient(name, shape):
    body = made(name, shape)
    for module in body.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)  # a block that begins as the identity passes nothing back
    form = body(inputs(shape, rows=8))
    (form.x * torch.randn_like(form.x)).sum().backward()
    for part, parameter in body.named_parameters():
        assert parameter.grad is not None, part
        assert parameter.grad.isfinite().all(), part
        assert parameter.grad.any(), part


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_saved_and_loaded_it_answers_the_same(name, shape, tmp_path):
    body, other, x = made(name, shape), made(name, shape, seed=1), inputs(shape)
    body(x)  # so that the norms' running means are not those they began with
    save_file(body.state_dict(), tmp_path / "weights.safetensors")
    assert not torch.equal(other.eval()(x).x, body.eval()(x).x)
    other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    assert torch.equal(other(x).x, body(x).x)


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_a_seed_decides_the_weights(name, shape):
    one, same, another = (made(name, shape, seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[part], same[part]) for part in one)
    assert any(not torch.equal(one[part], another[part]) for part in one)


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_it_is_one_graph_for_the_compiler(name, shape):
    torch.compiler.reset()
    body, x = made(name, shape).eval(), inputs(shape)
    compiled = torch.compile(body, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x).x, body(x).x)


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_bfloat16_and_channels_last_agree_with_float32(name, shape):
    body, x = made(name, shape).eval(), inputs(shape)
    exact = body(x).x
    if len(shape) == 3:
        body, x = copy.deepcopy(body).to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        rough = body(x).x.float()
    assert (rough - exact).norm() < 0.05 * exact.norm()


@pytest.mark.parametrize("name", PAGES)
def test_an_unknown_setting_is_refused_with_the_nearest(name):
    shape = SHAPES[name][0]
    with pytest.raises(SettingError, match='did you mean "width"'):
        build(name, {"widht": 8}, shape)
    with pytest.raises(SettingError, match=r"model\.width"):
        build(name, {"width": 0}, shape)

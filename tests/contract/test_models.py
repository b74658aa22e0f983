"""The exam that every page sits."""

import copy
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from lamina.errors import SettingError
from lamina.forms import Channels, Future, Map, Pairs, Pyramid, Tokens, Vector
from lamina.models import PAGES, build, form_of
from lamina.train.recompute import blocks, recompute

# each page on the least it is made for, and on odd, oblong and larger inputs
SHAPES = {
    "mlp": [(5,), (1,)],
    "cnn": [(1, 8, 8), (1, 28, 28), (3, 1, 1), (3, 29, 17), (3, 65, 75)],
    "convrnn": [(21, 6), (1, 1), (8, 3)],
    "fuse": [((3, 8, 8), (7, 5)), ((7, 5), (4,)), ((1, 9, 14), (7, 5), (3,), (1, 1)), ((2,),)],
    "lenet": [(1, 28, 28), (3, 12, 12), (1, 13, 40)],
    "resnet18": [(1, 8, 8), (3, 29, 17), (3, 65, 75)],
    "resnet34": [(3, 33, 32)],
    "resnet50": [(1, 9, 12), (3, 64, 70)],
    "alphazero": [(3, 3, 3), (2, 1, 5), (4, 8, 8)],
    "unet": [(1, 16, 16), (3, 29, 17), (3, 130, 141)],
    "fcos": [(3, 32, 32), (1, 65, 75)],
    "edsr": [(1, 4, 4), (3, 9, 14)],
    "lstm": [(7, 5), (1, 1), (30, 16)],
    "gru": [(7, 5), (1, 16)],
    "rnn": [(7, 5), (1, 16)],
    "transformer": [(7, 5), (1, 1), (30, 16)],
    "bert": [(7, 5), (1, 1), (30, 16)],
    "gpt": [(7, 5), (1, 1), (30, 16)],
    "evoformer": [(7, 5), (1, 1), (30, 16)],
    "seq2seq": [(7, 5), (4, 1), (30, 16)],
    "t5": [(7, 5), (1, 1), (200, 16)],
    "autoencoder": [(1, 8, 8), (3, 29, 17), (1, 1, 5)],
    "vae": [(1, 8, 8), (3, 29, 17)],
    "dcgan": [(4, 1, 8, 8), (0, 3, 29, 17)],
    "ddpm_unet": [(4, 1, 8, 8), (0, 3, 29, 17), (4, 1, 28, 31)],
    "dlinear": [(7, 5), (1, 1), (30, 16)],
    "patchtst": [(20, 5), (16, 1), (40, 3)],
    "tcn": [(7, 5), (1, 1), (30, 16)],
    "tide": [((20, 5), (26, 2)), ((7, 3),), ((1, 1), (7, 1))],
}
SMALLER = {"mlp": {"width": 16}, "cnn": {"width": 4}, "resnet18": {"width": 4}, "resnet34": {"width": 4}}
SMALLER |= {"unet": {"width": 4}, "fcos": {"stem": 4, "width": 8}, "edsr": {"width": 8, "depth": 2}}
SMALLER |= {"resnet50": {"width": 4}, "convrnn": {"width": 16}, "fuse": {"width": 16, "pixels": 4, "drop": 0.0}}
SMALLER |= {name: {"width": 16, "depth": 2} for name in ("lstm", "gru", "rnn", "transformer", "bert", "gpt")}
SMALLER |= {name: {"width": 16, "depth": 2} for name in ("seq2seq", "t5")}
SMALLER |= {"evoformer": {"width": 16, "pair": 8, "depth": 2, "drop": 0.0}}
SMALLER |= {"tcn": {"width": 16}, "patchtst": {"drop": 0.0}}
SMALLER |= {"tide": {"width": 16, "steps": 6, "drop": 0.0}}
SMALLER |= {"autoencoder": {"width": 8}, "vae": {"width": 16}, "dcgan": {"width": 8, "noise": 16}}
SMALLER |= {"alphazero": {"width": 8, "depth": 1}}
SMALLER |= {"ddpm_unet": {"width": 8, "depth": 1}}
WHOLE = {"lenet", "vae", "dlinear"}  # pages that are not stacked from blocks
EVEN = {"dlinear", "patchtst", "tide"}  # pages whose rows are of one length
BARE = {"dlinear"}  # pages without weights of their own
SETTING = {"dlinear": "window"}  # a setting of each page; "width" where nothing else is said
CASES = [(name, shape) for name, shapes in SHAPES.items() for shape in shapes]
FIRST = [(name, shapes[0]) for name, shapes in SHAPES.items()]


def made(name, shape, seed=0):
    torch.manual_seed(seed)
    return build(name, SMALLER.get(name, {}), shape)


def inputs(shape, rows=3, even=False):
    """What a page of a shape takes: a tensor, or tokens of unequal length; `even` gives them one length. Of several
    shapes, one of each."""
    if isinstance(shape[0], tuple):
        return tuple(inputs(one, rows, even) for one in shape)
    x = torch.randn(rows, *shape[-3:], generator=torch.Generator().manual_seed(1))
    if len(shape) != 2:
        return x
    if even:
        return Tokens(x)
    lengths = 1 + torch.arange(shape[0] - 1, shape[0] - 1 + rows)[:, None] % shape[0]  # the first row is a full one
    return Tokens(x, torch.arange(shape[0]) < lengths)


def first(x):
    """A batch of the first row."""
    if isinstance(x, tuple):
        return tuple(map(first, x))
    return replace(x, x=x.x[:1], mask=x.mask if x.mask is None else x.mask[:1]) if isinstance(x, Tokens) else x[:1]


def written(rows, width):
    """Four tokens that a page has written so far."""
    x = torch.randn(4, width, generator=torch.Generator().manual_seed(2))
    return Tokens(x.expand(rows, -1, -1))


CONDITIONED = ("dcgan", "ddpm_unet")  # pages that are told a condition beside noise, or how noisy a picture is
GIVEN = {"seq2seq": written, "t5": written}  # what a page is given beside its inputs


def answer(body, name, x):
    """The form that a page gives."""
    if name in CONDITIONED:
        rows = x.flatten(1)
        told = rows[:, : body.given] if body.given else None
        return body(rows[:, : body.noise], told) if name == "dcgan" else body(x, (rows[:, 0].sigmoid(), told))
    if name not in GIVEN:
        return body(x)
    return body(x, GIVEN[name](len(x.x) if isinstance(x, Tokens) else len(x), body.width))


def told(form):
    """All that a page hands on, (B, N)."""
    parts = (form.x, getattr(form, "single", None), getattr(form, "steps", None))
    return torch.cat([part.flatten(1) for part in parts if part is not None], 1)


def test_every_page_sits_the_exam():
    assert set(SHAPES) == {name for name, page in PAGES.items() if page.takes != "graph"}
    assert all(name == page.name and page.says for name, page in PAGES.items())


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_a_page_gives_the_form_and_width_it_says(name, shape):
    body = made(name, shape).eval()
    form = answer(body, name, inputs(shape, even=name in EVEN))
    assert type(form) is form_of(body)
    assert form.x.dim() == {Vector: 2, Map: 4, Tokens: 3, Channels: 3, Future: 3, Pyramid: 3, Pairs: 4}[type(form)]
    assert len(form.x) == 3
    wide = {Vector: 1, Map: 1, Pyramid: 1, Tokens: 2, Channels: 2, Future: 2, Pairs: 3}[type(form)]
    assert form.x.shape[wide] == body.width
    assert told(form).isfinite().all()


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_a_batch_of_one_answers_as_it_does_in_company(name, shape):
    body, x = made(name, shape).eval(), inputs(shape, even=name in EVEN)
    alone, company = told(answer(body, name, first(x))), told(answer(body, name, x))
    torch.testing.assert_close(alone, company[:1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_every_parameter_gets_a_gradient(name, shape):
    body = made(name, shape)
    for module in body.modules():
        if isinstance(module, nn.BatchNorm2d) and module.affine:
            nn.init.ones_(module.weight)  # a block that begins as the identity passes nothing back
    form = told(answer(body, name, inputs(shape, 8, name in EVEN)))
    if name not in BARE:
        (form * torch.randn_like(form)).sum().backward()
    for part, parameter in body.named_parameters():
        assert parameter.grad is not None, part
        assert parameter.grad.isfinite().all(), part
        assert parameter.grad.any(), part


def sent_back(body, name, x):
    """What a page learns from a batch, with what it remembers of it."""
    torch.manual_seed(3)
    told(answer(body, name, x)).sin().sum().backward()
    return {**dict(body.named_buffers()), **{part: p.grad for part, p in body.named_parameters()}}


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_computed_again_on_the_way_back_it_learns_the_same_to_the_bit(name, shape):
    plain, x = made(name, shape), inputs(shape, 4, name in EVEN)
    assert bool(blocks(plain)) == (name not in WHOLE)
    if name in BARE:
        return
    for module in plain.modules():
        if isinstance(module, nn.BatchNorm2d) and module.affine:
            nn.init.ones_(module.weight)
    again = copy.deepcopy(plain)
    recompute(again)
    learned = sent_back(again, name, x)
    assert all(torch.equal(learned[part], there) for part, there in sent_back(plain, name, x).items())


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_saved_and_loaded_it_answers_the_same(name, shape, tmp_path):
    body, other, x = made(name, shape), made(name, shape, seed=1), inputs(shape, even=name in EVEN)
    answer(body, name, x)  # so that the norms' running means are not those they began with
    save_file(body.state_dict(), tmp_path / "weights.safetensors")
    same = torch.equal(told(answer(other.eval(), name, x)), told(answer(body.eval(), name, x)))
    assert same == (name in BARE)
    other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    assert torch.equal(told(answer(other, name, x)), told(answer(body, name, x)))


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_a_seed_decides_the_weights(name, shape):
    one, same, another = (made(name, shape, seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[part], same[part]) for part in one)
    assert name in BARE or any(not torch.equal(one[part], another[part]) for part in one)


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_it_is_one_graph_for_the_compiler(name, shape):
    torch.compiler.reset()
    body, x = made(name, shape).eval(), inputs(shape, even=name in EVEN)
    with torch._dynamo.config.patch(allow_rnn=True):  # else it stops before every recurrent layer
        compiled = torch.compile(body, backend="eager", fullgraph=True)
        torch.testing.assert_close(told(answer(compiled, name, x)), told(answer(body, name, x)))


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_bfloat16_and_channels_last_agree_with_float32(name, shape):
    body, x = made(name, shape).eval(), inputs(shape, even=name in EVEN)
    exact = told(answer(body, name, x))
    if len(shape) == 3:
        body, x = copy.deepcopy(body).to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        rough = told(answer(body, name, x)).float()
    assert (rough - exact).norm() < 0.05 * exact.norm()


@pytest.mark.parametrize("name", SHAPES)
def test_an_unknown_setting_is_refused_with_the_nearest(name):
    shape, setting = SHAPES[name][0], SETTING.get(name, "width")
    with pytest.raises(SettingError, match=f'did you mean "{setting}"'):
        build(name, {f"{setting[:-2]}{setting[:-3:-1]}": 8}, shape)
    with pytest.raises(SettingError, match=rf"model\.{setting}"):
        build(name, {setting: 0}, shape)

"""SimCLR: the formula as published, views that keep what a picture is, and a body whose features tell classes."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

import lamina
from lamina.errors import PlanError
from lamina.forms import Batch, Vector
from lamina.heads.views import ViewsHead, by_views
from lamina.kinds import Category, Field, Image, Schema
from lamina.objectives.simclr import SimClr, SimClrPlan, in_groups
from lamina.objectives.views import viewed
from lamina.recipe import Recipe, build_net
from lamina.rng import Rng
from lamina.teller import Quiet


def published(z, heat):
    """Algorithm 1, with loops: rows 2k - 1 and 2k are the views of a picture."""
    total, n = 0.0, len(z)
    for i in range(n):
        j = i + 1 if i % 2 == 0 else i - 1
        sims = [float(z[i] @ z[k] / (z[i].norm() * z[k].norm())) for k in range(n)]
        total -= math.log(math.exp(sims[j] / heat) / sum(math.exp(s / heat) for k, s in enumerate(sims) if k != i))
    return total / n


@pytest.mark.parametrize("heat", [0.1, 0.5])
def test_it_is_the_published_loss(heat):
    torch.manual_seed(0)
    z, of = torch.randn(12, 7), torch.arange(12) // 2
    figures = by_views(F.normalize(z, dim=1), of, heat)
    assert abs(float(figures[:, 0].mean()) - published(z, heat)) < 1e-5
    head = ViewsHead(7, heat)
    head.layers = torch.nn.Identity()
    loss, count = head.loss(Vector(z), of)
    assert count == 12
    assert abs(float(loss) - published(z, heat)) < 1e-5


def test_judged_in_groups_the_figures_do_not_hang_on_the_batch():
    torch.manual_seed(0)
    one, other = (F.normalize(torch.randn(256, 8), dim=1) for _ in range(2))
    whole = in_groups(one, other, 0.5)
    parts = torch.cat([in_groups(one[:128], other[:128], 0.5), in_groups(one[128:], other[128:], 0.5)])
    assert_close(whole, parts)


def test_a_view_is_bytes_of_the_same_shape_and_drawn_by_the_key():
    pixels = torch.randint(256, (6, 3, 12, 10), dtype=torch.uint8)
    one, same, other = (viewed(pixels, Rng(seed)) for seed in (0, 0, 1))
    assert one.shape == pixels.shape
    assert one.dtype == torch.uint8
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert viewed(pixels[:, :1], Rng(0)).shape == (6, 1, 12, 10)


def test_grey_stays_grey_in_every_view():
    """Turning the hue of what has none changes nothing: the matrix keeps the grey axis."""
    pixels = torch.randint(256, (40, 1, 8, 8), dtype=torch.uint8).expand(-1, 3, -1, -1)
    made = viewed(pixels, Rng(3)).int()
    assert int((made - made[:, :1]).abs().max()) <= 2


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(2))
        self.head = ViewsHead(32)

    def forward(self, inputs):
        return Vector(self.body(inputs["p"].float() / 255).flatten(1))


def test_pictures_are_known_again_after_some_steps():
    torch.manual_seed(0)
    pixels = torch.randint(256, (60, 3, 2, 2), dtype=torch.uint8).float()
    pixels = F.interpolate(pixels, size=(12, 12), mode="bilinear").to(torch.uint8)
    game = SimClr(Net(), "p", SimClrPlan())
    rows = Batch({"p": pixels}, {"p": pixels}, torch.arange(60))

    def nats():
        with torch.no_grad():
            return float(game.figures(rows, Rng(0))[:, 0].mean())

    before, adam = nats(), torch.optim.Adam(game.net.parameters(), 0.003)
    for step in range(60):
        (turn,) = game.turns(rows, Rng(0, step))
        adam.zero_grad()
        turn.loss.backward()
        adam.step()
    assert nats() < before - 0.3


def test_a_frozen_body_keeps_its_weights_and_statistics_and_the_head_learns(tmp_path):
    draw = np.random.default_rng(0)
    label = np.arange(120) % 2
    x = (draw.normal(100, 20, (120, 8, 8)) + 60 * label[:, None, None]).clip(0, 255).astype(np.uint8)
    first = lamina.fit(
        {"image": x, "label": label.astype(str)},
        target="label",
        objective="simclr",
        out=tmp_path / "views",
        steps=4,
        settings=("model.width=4",),
        teller=Quiet(),
    )
    probe = lamina.fit(
        {"image": x, "label": label.astype(str)},
        target="label",
        start=str(first.path),
        out=tmp_path / "probe",
        steps=30,
        settings=("train.freeze=body", "train.average=0"),
        teller=Quiet(),
    )
    before, after = (run.predictor().net.state_dict() for run in (first, probe))
    assert all(torch.equal(x, after[name]) for name, x in before.items() if name.startswith("body."))
    assert (
        probe.directory.read_json("recipe.json")["recipe"]["model"]["width"] == "4"
    )  # that of the run it goes on from
    assert "head.linear.weight" in after or any(name.startswith("head.") for name in after)


def test_what_learns_is_the_head_alone():
    picture = Image(height=8, width=8, channels=1, mean=(0.5,), std=(0.3,))
    schema = Schema((Field("p", picture, "input"), Field("y", Category(labels=("a", "b"), counts=(1, 1)), "target")))
    recipe = Recipe(model={"name": "cnn", "width": 4})
    frozen = build_net(dataclasses.replace(recipe, train=dataclasses.replace(recipe.train, freeze="body")), schema)
    assert {name.split(".")[0] for name, p in frozen.named_parameters() if p.requires_grad} == {"head"}
    frozen.train()
    assert frozen.head.training
    assert not any(module.training for module in frozen.body.modules())


def test_freezing_what_never_learned_is_refused(tmp_path):
    with pytest.raises(PlanError, match="never learned"):
        lamina.fit("digits", out=tmp_path / "run", steps=1, settings=("train.freeze=body",), teller=Quiet())

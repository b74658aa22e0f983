"""The bound, where it is known: closed forms of normals, and probabilistic PCA, whose posterior is a normal."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence
from torch.testing import assert_close

from lamina.forms import Batch
from lamina.heads.picture import PictureHead
from lamina.models.vae import Vae as Page
from lamina.models.vae import VaePlan as PagePlan
from lamina.objectives.vae import Vae, VaePlan, binarise, divergence, weight
from lamina.rng import Rng


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.body = Page(PagePlan(width=16, code=3), 1, 8, 8)
        self.head = PictureHead(1, 1)

    def entry(self, inputs):
        return 2 * inputs["x"] - 1


def pictures(rows: int = 5) -> Batch:
    x = torch.randint(256, (rows, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return Batch({"x": x}, {"x": x}, torch.arange(rows))


def test_the_divergence_is_that_of_torch():
    draw = torch.Generator().manual_seed(0)
    mean, spread = torch.randn(6, 4, generator=draw), torch.randn(6, 4, generator=draw)
    ours, prior = Normal(mean, (spread / 2).exp()), Normal(torch.zeros(6, 4), torch.ones(6, 4))
    assert_close(divergence(mean, spread), kl_divergence(ours, prior).sum(1))


def test_with_the_posterior_the_bound_is_the_likelihood_whatever_the_code():
    """Probabilistic PCA (Tipping and Bishop 1999): x = W z + noise, with columns of W at right angles."""
    torch.manual_seed(0)
    directions = torch.linalg.qr(torch.randn(6, 3, dtype=torch.float64))[0]
    loads, noise = directions * torch.tensor([2.0, 1.0, 0.5], dtype=torch.float64), 0.3  # W (6, 3), sigma²
    x = torch.randn(7, 6, dtype=torch.float64)
    exact = MultivariateNormal(torch.zeros(6, dtype=torch.float64), loads @ loads.T + noise * torch.eye(6)).log_prob(x)
    inner = loads.T @ loads + noise * torch.eye(3)  # M of equation 8, diagonal here
    mean = x @ loads @ torch.linalg.inv(inner)
    spread = (noise / inner.diagonal()).log().expand_as(mean)
    code = mean[:, None] + 3 * torch.randn(7, 4, 3, dtype=torch.float64)  # any codes, not only likely ones

    def likelihood(z):
        return Independent(Normal(z @ loads.T, math.sqrt(noise)), 1).log_prob(x[:, None])

    assert_close(weight(likelihood, mean, spread, code), exact[:, None].expand(-1, 4), rtol=1e-6, atol=1e-6)
    loose = weight(
        likelihood, mean, spread + 1, mean[:, None] + (spread / 2 + 0.5).exp()[:, None] * torch.randn(7, 4000, 3)
    )
    assert (loose.mean(1) < exact).all()  # and a wrong posterior leaves a gap, which many codes close
    assert_close(loose.logsumexp(1) - math.log(4000), exact, rtol=0, atol=0.05)


def test_weighing_many_codes_never_loosens_the_bound():
    one, _, many = Vae(Net(), "x", VaePlan(samples=50)).figures(pictures(), Rng(0)).T
    assert (many <= one).all()  # Jensen, of the very same codes
    assert not torch.allclose(one, many, atol=1e-3)


def test_the_loss_of_a_turn_is_the_bound_with_one_code_on_average():
    net, batch = Net(), pictures()
    turns = [next(Vae(net, "x").turns(batch, Rng(0, i))).loss for i in range(300)]
    figures = Vae(net, "x", VaePlan(samples=300)).figures(batch, Rng(1))
    assert torch.stack(turns).mean().item() == pytest.approx(figures[:, 0].mean().item(), rel=0.01)


def test_pixels_are_white_as_often_as_they_are_bright():
    level = torch.tensor([0, 51, 128, 255], dtype=torch.uint8).view(1, 4, 1, 1).expand(20_000, 4, 1, 1)
    drawn = binarise(level, torch.rand(20_000, 4, 1, 1, generator=torch.Generator().manual_seed(0)))
    assert_close(drawn.mean((0, 2, 3)), torch.tensor([0, 0.2, 128 / 255, 1]), rtol=0, atol=0.015)
    assert drawn.unique().tolist() == [0, 1]

"""Drawing by denoising, where the exact answer is known: one number that is normal, and one known picture."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch.testing import assert_close

from lamina.objectives.ddpm import cosine, draw, spread_of
from lamina.rng import Rng

KEPT = cosine(1000).double()
MEAN, STD = 0.4, 0.5  # of the number


def exact(x, level):
    """What of x is noise, on average, where the number is normal."""
    kept = KEPT[level]
    return (1 - kept).sqrt() * (x - kept.sqrt() * MEAN) / (kept * STD**2 + 1 - kept)


def test_the_levels_go_from_nearly_nothing_to_nearly_everything():
    assert KEPT[0] > 0.9999
    assert KEPT[-1] <= 1.01e-4
    assert (KEPT.diff() <= 0).all()


def test_ddim_with_the_exact_denoiser_follows_the_closed_form():
    """Each step is linear in x; what it does to the distance from the mean is known."""
    noisy = Rng(0).normal(50).double()
    made = draw(exact, noisy, KEPT, Rng(1), steps=20, eta=0.0)
    path = torch.linspace(999, 0, 20).round().long()
    levels = [*KEPT[path], torch.tensor(1.0).double()]
    far = noisy - levels[0].sqrt() * MEAN
    for now, then in pairwise(levels):
        shrink = (now * then).sqrt() * STD**2 + ((1 - now) * (1 - then)).sqrt()
        far = far * shrink / (now * STD**2 + 1 - now)
    assert_close(made, MEAN + far, rtol=1e-5, atol=1e-6)


def test_with_many_steps_the_numbers_are_distributed_as_they_should_be():
    noisy = Rng(0).normal(20_000).double()
    for eta in (0.0, 1.0):
        made = draw(exact, noisy, KEPT, Rng(1), steps=1000, eta=eta)
        assert abs(made.mean() - MEAN) < 0.02
        assert abs(made.std() - STD) < 0.015


def test_eta_one_has_the_posterior_variance_of_ddpm():
    """Ho et al. 2020, equation 7, from neighbouring levels."""
    now, before = KEPT[1:], KEPT[:-1]
    beta = 1 - now / before
    assert_close(spread_of(now, before, 1.0).square(), (1 - before) / (1 - now) * beta, rtol=1e-5, atol=1e-9)
    assert not spread_of(now, before, 0.0).any()


def test_eta_one_has_the_posterior_mean_of_ddpm():
    """Where the picture is known, a step's mean is that of q(x before | x now, picture): equation 7."""
    picture, level = torch.tensor(0.7).double(), 600
    now, before = KEPT[level], KEPT[level - 1]
    x = torch.linspace(-2, 2, 9).double()
    said = (x - now.sqrt() * picture) / (1 - now).sqrt()
    fresh = spread_of(now, before, 1.0)
    ours = before.sqrt() * picture + (1 - before - fresh**2).sqrt() * said
    beta = 1 - now / before
    theirs = before.sqrt() * beta / (1 - now) * picture + (now / before).sqrt() * (1 - before) / (1 - now) * x
    assert_close(ours, theirs, rtol=1e-5, atol=1e-7)


def test_a_known_picture_is_drawn_in_one_step_or_many():
    picture = torch.linspace(-1, 1, 12).double().view(1, 1, 3, 4)

    def known(x, level):
        return (x - KEPT[level].sqrt() * picture) / (1 - KEPT[level]).sqrt()

    for steps in (1, 2, 50):
        for eta in (0.0, 1.0):
            made = draw(known, Rng(0).normal(2, 1, 3, 4).double(), KEPT, Rng(1), steps=steps, eta=eta)
            assert_close(made, picture.expand(2, -1, -1, -1), rtol=1e-5, atol=1e-5)

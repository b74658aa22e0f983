"""Pictures made smaller and larger as published figures have it."""

import numpy as np
import pytest
import torch
from PIL import Image as Pictures
from torch.nn import functional as F

from lamina.layers.resample import resized, shrunk, weights


@pytest.mark.parametrize(("length", "made"), [(30, 10), (30, 90), (31, 17), (7, 7), (5, 64)])
def test_every_new_sample_is_a_mean_of_old_ones(length, made):
    torch.testing.assert_close(weights(length, made).sum(1), torch.ones(made))


def test_within_the_picture_it_is_the_antialiased_cubic_of_torch():
    x = torch.rand(2, 3, 36, 48)
    ours, theirs = resized(x, 12, 16), F.interpolate(x, size=(12, 16), mode="bicubic", antialias=True)
    torch.testing.assert_close(ours[..., 3:-3, 3:-3], theirs[..., 3:-3, 3:-3])
    assert not torch.allclose(ours, theirs)  # at the edge torch leaves out what is outside; here it is mirrored


def test_beyond_its_edges_a_picture_is_mirrored():
    x = torch.rand(1, 1, 12, 12)
    around = torch.cat([x.flip(-1), x, x.flip(-1)], dim=-1)
    around = torch.cat([around.flip(-2), around, around.flip(-2)], dim=-2)
    torch.testing.assert_close(resized(x, 4, 4), resized(around, 12, 12)[..., 4:8, 4:8])


def test_an_even_surface_stays_even():
    assert (resized(torch.full((1, 1, 9, 12), 0.25), 27, 5) - 0.25).abs().max() < 1e-6


def test_shrinking_by_bytes_agrees_with_pillow_to_a_level():
    pixels = torch.randint(0, 256, (3, 60, 90), dtype=torch.uint8)
    theirs = Pictures.fromarray(pixels.permute(1, 2, 0).numpy()).resize((30, 20), Pictures.Resampling.BICUBIC)
    gap = shrunk(pixels, 3).permute(1, 2, 0).numpy().astype(int) - np.asarray(theirs)
    assert np.abs(gap[3:-3, 3:-3]).max() <= 1


def test_half_precision_does_not_reach_it():
    x = torch.rand(1, 1, 12, 12)
    with torch.autocast("cpu", torch.bfloat16):
        made = resized(x, 36, 36)
    assert torch.equal(made, resized(x, 36, 36))

"""PSNR and SSIM against scikit-image, and by hand."""

import numpy as np
import pytest

from lamina.kinds.photo import Photo, shared
from lamina.metrics.photos import figures, luminance, psnr, ssim
from lamina.ragged import Ragged


def pair(seed=0, shape=(40, 33)):
    draw = np.random.default_rng(seed)
    true = draw.random(shape)
    return true, np.clip(true + draw.normal(0, 0.1, shape), 0, 1)


@pytest.mark.parametrize("seed", range(4))
def test_both_are_what_scikit_image_says(seed):
    library = pytest.importorskip("skimage.metrics", reason="scikit-image is a development dependency")
    true, said = pair(seed)
    assert psnr(true, said) == pytest.approx(library.peak_signal_noise_ratio(true, said, data_range=1), abs=1e-5)
    theirs = library.structural_similarity(
        true, said, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert ssim(true, said) == pytest.approx(theirs, abs=1e-5)


def test_an_even_gap_of_a_tenth_is_twenty_decibels():
    assert psnr(np.full((9, 9), 0.5), np.full((9, 9), 0.6)) == pytest.approx(20)


def test_the_same_picture_is_as_near_as_can_be_told():
    true, _ = pair()
    assert psnr(true, true) == pytest.approx(100)
    assert ssim(true, true) == pytest.approx(1)


def test_white_is_235_and_black_16():
    ends = luminance(np.stack([np.zeros((1, 3)), np.ones((1, 3))])) * 255
    assert ends.ravel() == pytest.approx([16, 235], abs=0.01)


def test_an_edge_as_wide_as_the_enlargement_does_not_count():
    kind = Photo(times=3, channels=1)
    pixels = np.random.default_rng(0).integers(0, 256, (30, 30, 1), dtype=np.uint8)
    edge, inside = pixels.copy(), pixels.copy()
    edge[:3] = 0
    inside[15] = 0
    rows = {name: Ragged.of([shared(x)]) for name, x in {"true": pixels, "edge": edge, "inside": inside}.items()}
    assert figures(kind, rows["true"], rows["edge"])[0, 0] == pytest.approx(100)
    assert figures(kind, rows["true"], rows["inside"])[0, 0] < 30

"""The log power of bands, held against transformers and against itself cut in other ways."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close
from transformers.audio_utils import mel_filter_bank, spectrogram

from lamina.errors import PlanError
from lamina.layers import LogMel, hide
from lamina.mel import FLOOR, MelPlan, log_mel, triangles


def noise(samples, seed=0):
    return (np.random.default_rng(seed).normal(size=samples) * 3000).astype(np.int16)


@pytest.mark.parametrize(("rate", "mels"), [(8_000, 40), (16_000, 80), (22_050, 64)])
def test_it_agrees_with_transformers(rate, mels):
    plan, x = MelPlan(rate, mels), noise(rate)
    theirs = mel_filter_bank(plan.size // 2 + 1, mels, 0.0, rate / 2, rate, norm=None, mel_scale="htk")
    np.testing.assert_allclose(triangles(mels, plan.size, rate), theirs, atol=1e-6)
    window, hop = plan.window_samples, plan.hop_samples
    padded = np.pad(x / 32768, (0, window))
    wanted = spectrogram(
        padded, np.hanning(window + 1)[:-1], window, hop, plan.size, power=2.0, center=False, mel_filters=theirs,
        mel_floor=FLOOR, log_mel="log",
    ).T  # fmt: skip
    got = LogMel(plan)(torch.from_numpy(x)[None])[0]
    assert len(got) == plan.frames(len(x))
    shared = min(len(got), len(wanted))
    assert_close(got[:shared], torch.from_numpy(wanted[:shared]).float(), rtol=1e-5, atol=1e-5)
    assert_close(got, torch.from_numpy(log_mel(x, plan)), rtol=1e-5, atol=2e-5)


def test_every_band_hears_something():
    for rate, mels in ((8_000, 80), (4_000, 128), (16_000, 40)):
        plan = MelPlan(rate, mels)
        assert triangles(mels, plan.size, rate).any(0).all()


def test_a_tone_is_loudest_in_the_band_around_it():
    plan = MelPlan(8_000)
    tone = np.sin(2 * np.pi * 1000 * np.arange(4000) / 8000).astype(np.float32)
    bands = log_mel(tone, plan)
    centres = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 4000 / 700), 42)[1:-1] / 2595) - 1)
    assert abs(centres[bands.mean(0).argmax()] - 1000) < 60


def test_silence_after_the_end_changes_no_frame_before_it():
    layer, x = LogMel(MelPlan(8_000)), torch.from_numpy(noise(1234))[None]
    longer = torch.nn.functional.pad(x, (0, 3000))
    own = layer(x)
    assert_close(layer(longer)[:, : own.shape[1]], own)
    assert not torch.equal(layer(longer.roll(1, 1))[:, : own.shape[1]], own)


def test_16_bit_numbers_and_shares_of_full_scale_are_the_same():
    layer, x = LogMel(MelPlan(8_000), [1.0] * 40, [2.0] * 40), torch.from_numpy(noise(900))[None]
    assert_close(layer(x), layer(x / 32768))
    assert_close(layer(x) * 2 + 1, LogMel(MelPlan(8_000))(x))


def test_digital_silence_is_finite():
    assert_close(LogMel(MelPlan(8_000))(torch.zeros(1, 200, dtype=torch.int16)), torch.full((1, 3, 40), np.log(FLOOR)))


def test_statistics_that_do_not_fit_are_refused():
    with pytest.raises(PlanError, match="3 means"):
        LogMel(MelPlan(8_000), [0.0] * 3, [1.0] * 3)


def test_what_is_hidden_is_at_the_mean_and_the_rest_stays():
    bands, frames = torch.ones(2, 10, 8), torch.tensor([10, 5])
    parts = torch.tensor([[[0.2, 0.4, 0.0, 1.0]], [[0.2, 0.4, 0.0, 0.5]]])  # (B, 1, 4)
    made = hide(bands, frames, parts)
    assert made[0].sum(1).tolist() == [8, 8, 0, 0, 8, 8, 8, 8, 8, 8]
    assert made[1].sum(1).tolist() == [8, 4, 8, 8, 8, 8, 8, 8, 8, 8]  # the share is of the sound, not of its padding

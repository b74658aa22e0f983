"""Augmentation of sounds: whole batches changed by tensor operations; what a row gets depends on its draws alone."""

from __future__ import annotations

import torch
from torch import Tensor

from ..kinds.audio import Sounds

BANDS = 0.2  # share of the bands that one mask hides at most
MOMENT, SHARE = 0.12, 0.2  # seconds that one mask hides at most, and share of the sound
MOST = 8  # masks either way
DRAWS = 3 + 4 * MOST


def distorted(
    sounds: Sounds, rate: int, draws: Tensor, speed: float = 0.0, gain: float = 0.0, delay: float = 0.0, hide: int = 0
) -> Sounds:
    """Sounds by (B, DRAWS) numbers in [0, 1): played faster or slower by up to `speed` (a share; Ko et al. 2015),
    louder or softer by up to `gain` decibels, up to `delay` seconds later; `hide` masks over bands and as many over
    moments of the spectrogram (Park et al. 2019, https://arxiv.org/abs/1904.08779), which the entry lays.

    Masks over moments are so short, 0.12 s at most, that no word is wholly hidden.
    """
    signed = 2 * draws[:, :3] - 1
    if speed or delay:
        sounds = moved(sounds, 1 + speed * signed[:, 0], (delay * rate * draws[:, 1]).long())
    if gain:
        louder = torch.pow(10.0, gain * signed[:, 2:3] / 20)  # (B, 1)
        sounds = Sounds(_bits(sounds.samples * louder), sounds.lengths)
    if not hide:
        return sounds
    return Sounds(sounds.samples, sounds.lengths, masks(draws[:, 3:], min(hide, MOST), sounds.lengths / rate))


def moved(sounds: Sounds, speed: Tensor, lead: Tensor) -> Sounds:
    """Sounds played at (B,) times their speed, after (B,) samples of silence; straight from one to the next."""
    samples, lengths = sounds.samples, sounds.lengths
    made = lead + (lengths / speed).long().clamp(min=1)
    at = (torch.arange(int(made.max()), device=samples.device) - lead[:, None]) * speed[:, None]  # (B, N)
    left = at.floor().long()
    here = (at >= 0) & (left < lengths[:, None])
    first = samples.gather(1, left.clamp(0, samples.shape[1] - 1)).float()
    second = samples.gather(1, (left + 1).clamp(0, samples.shape[1] - 1)).float()
    return Sounds(_bits(torch.lerp(first, second, (at - left).float()) * here), made)


def masks(draws: Tensor, count: int, seconds: Tensor) -> Tensor:
    """`count` masks over bands and as many over moments, (B, 2 × count, 4): first and last moment, lowest and highest
    band, as shares of a sound of (B,) seconds."""
    width, place = draws[:, : 2 * MOST].reshape(-1, 2, MOST)[:, :, :count].unbind(1)  # (B, count)
    width = width * BANDS
    low = place * (1 - width)
    over_bands = _stacked(torch.zeros_like(low), torch.ones_like(low), low, low + width)
    width, place = draws[:, 2 * MOST :].reshape(-1, 2, MOST)[:, :, :count].unbind(1)
    width = width * (MOMENT / seconds.clamp(min=1e-3)).clamp(max=SHARE).unsqueeze(1)
    first = place * (1 - width)
    over_moments = _stacked(first, first + width, torch.zeros_like(first), torch.ones_like(first))
    return torch.cat([over_bands, over_moments], 1)


def _stacked(*ends: Tensor) -> Tensor:
    return torch.stack(ends, 2)


def _bits(samples: Tensor) -> Tensor:
    return samples.round().clamp(-32768, 32767).to(torch.int16)

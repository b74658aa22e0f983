"""The ways in for sounds: frames one after another, a picture of them, or how loud each band is."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from ..forms import Tokens, pooled
from ..kinds import Audio
from ..kinds.audio import Sounds
from ..layers import LogMel, hide
from .entry import Entry, Wanted


class FramesEntry(Entry):
    """Sounds -> Tokens (B, T, M): the log power of bands, a position each frame; what training hides is at the mean."""

    def __init__(self, wanted: Wanted):
        super().__init__()
        kind: Audio = wanted.kind
        self.bands = LogMel(kind.plan, kind.mean, kind.std)
        self.shape = (kind.plan.frames(kind.most), kind.mels)

    def forward(self, sounds: Sounds) -> Tokens:
        x: Tensor = self.bands(sounds.samples)  # (B, T, M)
        frames = -(-sounds.lengths // self.bands.hop)
        if sounds.hidden is not None:
            x = hide(x, frames, sounds.hidden)
        return Tokens(x, torch.arange(x.shape[1], device=x.device) < frames[:, None])


class SpectrogramEntry(Entry):
    """Sounds -> pictures (B, 2, M, T) of one size, low bands first, silence after a sound's end.

    The second channel says how high a band is, from -1 to 1 (Liu et al. 2018, https://arxiv.org/abs/1807.03247): what a
    convolution finds is the same wherever it stands, and a sound is not the same at another pitch. A column stands for
    two hops: what parts sounds into classes is coarser in time than what spells them, and a picture costs half.
    """

    height: Tensor

    def __init__(self, wanted: Wanted):
        super().__init__()
        kind: Audio = wanted.kind
        plan = replace(kind.plan, hop=2 * kind.hop)
        self.bands, self.most = LogMel(plan, kind.mean, kind.std), kind.most
        self.shape = (2, kind.mels, plan.frames(kind.most))
        self.register_buffer("height", torch.linspace(-1, 1, kind.mels).view(1, -1, 1), persistent=False)

    def forward(self, sounds: Sounds) -> Tensor:
        samples = F.pad(sounds.samples, (0, max(0, self.most - sounds.samples.shape[1])))[:, : self.most]
        x: Tensor = self.bands(samples)  # (B, T, M)
        if sounds.hidden is not None:
            x = hide(x, -(-sounds.lengths // self.bands.hop), sounds.hidden)
        return torch.stack([x.mT, self.height.expand_as(x.mT)], 1)


class LoudnessEntry(Entry):
    """Sounds -> (B, 2 M): the mean and the spread of each band's log power over a sound."""

    def __init__(self, wanted: Wanted):
        super().__init__()
        self.frames = FramesEntry(wanted)
        self.shape = (2 * self.frames.shape[1],)

    def forward(self, sounds: Sounds) -> Tensor:
        found: Tokens = self.frames(sounds)
        mean = pooled(found)  # (B, M)
        spread = pooled(Tokens((found.x - mean.unsqueeze(1)).square(), found.mask)).clamp(min=1e-6).sqrt()
        return torch.cat([mean, spread], 1)

"""The entry for sounds: from samples to the log power of bands, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import PlanError
from ..mel import FLOOR, MelPlan, hann, triangles


class LogMel(nn.Module):
    """Cut sounds into windows, take the power of each by bands of the mel scale, its logarithm, and standardise it.

    (B, N) -> (B, N / H, M)      H samples from window to window, M bands; N / H rounded up

    Samples are 16-bit numbers or shares of full scale, zero after a sound's end. `mean` and `std` are those of each
    band; without them nothing is standardised.
    """

    window: Tensor
    bands: Tensor
    mean: Tensor
    scale: Tensor

    def __init__(self, plan: MelPlan, mean: Sequence[float] = (), std: Sequence[float] = ()):
        super().__init__()
        mean, std = mean or [0.0] * plan.mels, std or [1.0] * plan.mels
        if len(mean) != plan.mels or len(std) != plan.mels or min(std) <= 0:
            raise PlanError(
                f"{len(mean)} means and {len(std)} spreads do not fit {plan.mels} bands",
                expected="one mean and one spread above zero for each band",
            )
        self.hop, self.size = plan.hop_samples, plan.size
        window = F.pad(torch.from_numpy(hann(plan.window_samples)), (0, plan.size - plan.window_samples))
        buffers = {"window": window}
        buffers["bands"] = torch.from_numpy(triangles(plan.mels, plan.size, plan.rate))
        buffers["mean"], buffers["scale"] = torch.tensor(mean), 1 / torch.tensor(std)
        for name, values in buffers.items():
            self.register_buffer(name, values, persistent=False)  # they follow from the constructor

    def forward(self, samples: Tensor) -> Tensor:
        shares = samples.float() if samples.is_floating_point() else samples / 32768
        whole = F.pad(shares, (0, (self.frames(samples.shape[1]) - 1) * self.hop + self.size - samples.shape[1]))
        with torch.autocast(samples.device.type, enabled=False):  # 8 bits are too few for what power spans
            # one call: 32 sounds of 3 s take 7 ms, windows cut and transformed by hand 44 (torch 2.13, 1 CPU core)
            wave = torch.stft(whole, self.size, self.hop, window=self.window, center=False, return_complex=True)
            power = wave.real.square() + wave.imag.square()  # (B, size / 2 + 1, T)
            return ((power.mT @ self.bands).clamp(min=FLOOR).log() - self.mean) * self.scale

    def frames(self, samples: int) -> int:
        """How many frames so many samples have."""
        return (samples + self.hop - 1) // self.hop


def hide(bands: Tensor, frames: Tensor, parts: Tensor) -> Tensor:
    """Bands (B, T, M) of sounds of (B,) frames with parts (B, K, 4) at zero, which is the mean: first and last moment,
    lowest and highest band, as shares of a sound and of the bands. (B, T, M) -> (B, T, M)"""
    at = (torch.arange(bands.shape[1], device=bands.device) + 0.5) / frames[:, None]  # (B, T)
    band = (torch.arange(bands.shape[2], device=bands.device) + 0.5) / bands.shape[2]  # (M,)
    first, last, low, high = parts.unsqueeze(3).unbind(2)  # each (B, K, 1)
    when = (at[:, None] >= first) & (at[:, None] < last)  # (B, K, T)
    where = (band >= low) & (band < high)  # (B, K, M)
    return bands.masked_fill((when.unsqueeze(3) & where.unsqueeze(2)).any(1), 0.0)

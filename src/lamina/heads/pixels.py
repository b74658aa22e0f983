"""A picture from a map: every pixel made anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ..errors import PlanError
from ..forms import Map, Tokens
from ..kinds.photo import Photos

EPSILON = 1e-3  # where a difference stops counting as it is and begins to count squared, in shares of white


class PixelsHead(nn.Module):
    """Map -> shares of white (B, C, H, W), by a 1 × 1 convolution that begins by handing on the first channels.

    What comes in are pixels standardised by `mean` and `std`; they are taken back here. The loss of "charbonnier" is
    sqrt(d² + ε²), a smooth |d| that edges survive (Lai et al. 2017, https://arxiv.org/abs/1704.03915, section 3.3);
    that of "mse" is d².
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        width: int,
        mean: Sequence[float],
        std: Sequence[float],
        *,
        loss: Literal["charbonnier", "mse"] = "charbonnier",
    ):
        super().__init__()
        self.by = loss
        self.out = nn.Conv2d(width, len(mean), 1)
        nn.init.dirac_(self.out.weight)
        nn.init.zeros_(self.out.bias)  # type: ignore[arg-type]
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32).view(-1, 1, 1), persistent=False)

    def shares(self, form: Map) -> Tensor:
        """(B, C, H, W) shares of white, not cut to 0 and 1; in float32 whatever the plan, which a picture needs."""
        with torch.autocast(form.x.device.type, enabled=False):
            made: Tensor = self.out(form.x.float())
            return torch.addcmul(self.mean, made, self.std)

    def loss(self, form: Map, target: Tensor) -> tuple[Tensor, int]:
        """The mean over pixels, and the rows behind it. Target: (B, C, H, W) bytes or shares.

        Raises PlanError for a page that makes pictures of another size.
        """
        made, true = form.x.shape[2:], target.shape[2:]
        if made != true:
            raise PlanError(
                f"the model makes {made[0]} × {made[1]} pixels of a picture that is to be {true[0]} × {true[1]}",
                expected="a model that restores and enlarges pictures, as many times as they were made smaller",
                fix="--model edsr, without model.times",
            )
        gap = self.shares(form) - _shares(target)
        if self.by == "mse":
            return gap.square().mean(), len(gap)
        return (gap.square() + EPSILON**2).sqrt().mean(), len(gap)

    def decode(self, form: Map, temperature: float = 1.0) -> Tensor:
        """(B, C, H, W) shares of white from 0 to 1; a temperature means nothing here."""
        del temperature
        return self.shares(form).clamp(0, 1)


class PhotosHead(PixelsHead):
    """The same for pictures of many sizes, which are answered one after the other."""

    def answer(self, net: Any, inputs: dict[str, Any], temperature: float = 1.0) -> Tokens:
        """Inputs by slot, one of them of `Photos` -> rows of height, width and shares (B, 2 + H · W · C), masked."""
        del temperature
        slot = next(name for name, x in inputs.items() if isinstance(x, Photos))
        rows = [self._row(net, slot, picture) for picture in inputs[slot].each]
        lengths = torch.tensor([len(row) for row in rows])
        mask = torch.arange(int(lengths.max())) < lengths[:, None]
        return Tokens(nn.utils.rnn.pad_sequence(rows, batch_first=True), mask)

    def _row(self, net: Any, slot: str, picture: Tensor) -> Tensor:
        shares = self.decode(net({slot: picture[None]}))[0].cpu()  # (C, H, W)
        size = torch.tensor(shares.shape[1:], dtype=torch.float32)
        return torch.cat([size, shares.permute(1, 2, 0).reshape(-1)])


def _shares(pixels: Tensor) -> Tensor:
    return pixels if pixels.is_floating_point() else pixels.float() / 255

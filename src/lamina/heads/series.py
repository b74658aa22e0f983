"""Series from any form: the next steps all at once, squared error in standardised units."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import PlanError
from ..forms import Channels, Form, Future, Tokens, pooled
from ..layers import Dropout


class SeriesHead(nn.Module):
    """Form -> the next steps of every channel (B, H, C), in units of the training rows' standard deviation.

    From Channels one linear map serves all channels, and what the page took out as shift and scale is put back. A
    Future has its steps already, and the map of its past is added to them. From any other form the last state is
    mapped to all steps of all channels: of Tokens the last that is there, of the rest the mean over places.
    """

    def __init__(self, width: int, steps: int, channels: int, *, by_channel: bool, drop: float = 0.0):
        super().__init__()
        self.steps, self.channels, self.by_channel = steps, channels, by_channel
        self.drop = Dropout(drop)
        self.out = nn.Linear(width, steps if by_channel else steps * channels)

    def loss(self, form: Form, target: Tensor) -> tuple[Tensor, int]:
        """Mean squared error over rows, steps and channels, and the rows behind it. Target: (B, H, C)."""
        value = self.decode(form)
        return F.mse_loss(value, target), len(value)

    def decode(self, form: Form, temperature: float = 1.0) -> Tensor:
        """(B, H, C) standardised values; a temperature means nothing here and is not used."""
        del temperature
        if not isinstance(form, Channels | Future):
            flat: Tensor = self.out(self.drop(last(form)))  # (B, H × C)
            return flat.float().reshape(-1, self.steps, self.channels)
        made: Tensor = self.out(self.drop(form.x)).float()  # (B, C, H)
        if isinstance(form, Future):
            made = made + self._whole(form.steps.float())
        if form.shift is not None and form.scale is not None:
            made = made * form.scale.unsqueeze(-1) + form.shift.unsqueeze(-1)
        return made.mT  # (B, H, C)

    def _whole(self, steps: Tensor) -> Tensor:
        """The steps (B, C, H) as they are. Raises PlanError where a page decodes more or fewer."""
        if steps.shape[-1] != self.steps:
            raise PlanError(
                f"the model decodes {steps.shape[-1]:,} steps, and {self.steps:,} are to be forecast",
                fix=f"--set model.steps={self.steps}",
            )
        return steps


def last(form: Form) -> Tensor:
    """The state at the last position that holds anything: (B, D)."""
    if not isinstance(form, Tokens):
        return pooled(form)
    if form.mask is None:
        return form.x[:, -1]
    places = form.mask.long().sum(1).clamp(min=1) - 1  # (B,)
    return form.x[torch.arange(places.shape[0], device=places.device), places]

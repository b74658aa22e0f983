"""What every page is."""

from __future__ import annotations

from torch import nn


class Body(nn.Module):
    """A module from a tensor to a form; its `forward` says which form, and `width` is how wide that form is."""

    width: int

"""What every page is."""

from __future__ import annotations

from torch import nn

from ..errors import PlanError
from ..forms import Tokens


class Body(nn.Module):
    """A module from a tensor to a form; its `forward` says which form, and `width` is how wide that form is.

    `ahead`: whether what it gives at a place may rest on places after it; one that is to learn what comes next may not.
    """

    width: int
    ahead: bool = True
    token_std: float = 0.02  # of the vectors of tokens at first, where the same are read and written


def written(given: Tokens | None) -> Tokens:
    """What a page that writes has been given of its text. Raises PlanError where that is nothing at all."""
    if given is None:
        raise PlanError("this model writes a text from another", expected="a target that is a text", fix="--model bert")
    return given


def whole(tokens: Tokens, page: str) -> None:
    """Raise PlanError for rows of unequal length, where a page reads each place with weights of its own."""
    if tokens.mask is not None:
        raise PlanError(f"{page} reads rows of one length", expected="rows as long as each other", fix="--model tcn")

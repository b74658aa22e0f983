"""What moves parameters along their gradients, without torch's own base class: to make one of those loads torch's
compiler, which takes longer than many a training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from torch import Tensor, nn


class Descent(ABC):
    """Groups of parameters with their settings, and a state for each parameter, under the names that torch gives them.

    `settings` hold where a group has none of its own. An optimiser that is `fused` leaves all as it was where
    `found_inf` is 1, which a device may say late.
    """

    def __init__(self, groups: Iterable[dict[str, Any]], **settings: Any):
        self.param_groups = [{**settings, **group} for group in groups]
        self.defaults = settings
        self.state: defaultdict[nn.Parameter, dict[str, Tensor]] = defaultdict(dict)
        self.found_inf: Tensor | None = None

    @abstractmethod
    def step(self) -> None:
        """Move every parameter that has a gradient."""

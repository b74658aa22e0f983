"""Games: what training makes smaller."""

from .base import Objective, Turn
from .supervised import Supervised

OBJECTIVES = {"supervised": Supervised}

__all__ = ["OBJECTIVES", "Objective", "Supervised", "Turn"]

"""The directory of a run: its names, and how they are written and read. A report needs no torch for it."""

from __future__ import annotations

from .directory import RunDirectory
from .log import Log

__all__ = ["Log", "RunDirectory"]

"""A finished run kept inside another: a judge, a teacher. Its files stand in a folder of the outer run's manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .directory import RunDirectory

KEPT = ("schema.json", "recipe.json", "weights.safetensors", "calibration.json", "context.npz")  # what answers


@dataclass(frozen=True)
class Inner:
    """The run of a name inside another, as far as answering needs it; it reads as a `RunDirectory` does."""

    outer: RunDirectory
    name: str

    def has(self, name: str) -> bool:
        """Whether the inner run has a file."""
        return self.outer.has(f"{self.name}/{name}")

    def read_bytes(self, name: str) -> bytes:
        """A file's bytes, checked. Raises RunError as the outer run does."""
        return self.outer.read_bytes(f"{self.name}/{name}")

    def read_json(self, name: str) -> Any:
        """The value of a JSON file, checked."""
        return self.outer.read_json(f"{self.name}/{name}")

    def read_arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        """The arrays of an npz file, checked."""
        return self.outer.read_arrays(f"{self.name}/{name}")


def keep_inside(outer: RunDirectory, name: str, run: RunDirectory) -> Inner:
    """Copy what a finished run answers with into another, so that the other needs it no more."""
    for file in KEPT:
        if run.has(file) and not outer.has(f"{name}/{file}"):
            outer.write(f"{name}/{file}", run.read_bytes(file))
    return Inner(outer, name)

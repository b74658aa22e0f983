"""What is handed over in Python as a table: frames, series, arrays, and rows by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import SourceError
from ...findings import Findings
from ..table import Table
from .arrays import read_arrays
from .frames import is_frame, is_series, read_frame, read_series
from .options import ReadOptions


def read_handed(source: Any, options: ReadOptions, findings: Findings) -> Table:
    """A table of what is no path and no name. Raises SourceError for what is no data, with what to type."""
    if is_series(source):
        return read_series(source, "x" if source.name is None else str(source.name), "series", findings)
    if is_frame(source):
        return read_frame(source, "frame", findings)
    if isinstance(source, np.ndarray | tuple | list | dict) or hasattr(source, "__array__"):
        return read_arrays(source, "arrays", options, findings)
    raise SourceError(
        f"a {type(source).__name__} cannot be read as data",
        expected="a path, a built-in name, numpy arrays, or a pandas, polars or pyarrow frame, or rows by name",
    )

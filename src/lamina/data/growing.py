"""Arrays that grow on the disk, chunk by chunk: what the store is written with."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..files import said
from ..ragged import Ragged, Rows


@dataclass
class Growing:
    """A .npy file that grows by chunks and is hashed as it goes.

    It is written, not mapped, while it grows: on a full disk a write is an error that can be told, a mapped page kills
    the process. The header, whose length does not depend on the number of rows, is put right at the end.
    """

    path: Path
    size: int = 0
    rows: int = 0
    header: dict[str, Any] = field(default_factory=dict)
    hash: Any = field(default_factory=hashlib.sha256)

    def add(self, array: NDArray[Any]) -> None:
        """Put rows after those that are there. Raises RunError when the disk is full."""
        data = np.ascontiguousarray(array)
        with said(self.path, self.size), open(self.path, "ab" if self.size else "wb") as file:
            if not self.size:
                self.header = {"descr": np.lib.format.dtype_to_descr(data.dtype), "fortran_order": False}
                self.header["shape"] = (0, *data.shape[1:])
                np.lib.format.write_array_header_1_0(file, self.header)
                self.size = file.tell()
            file.write(data.data)
        self.hash.update(data.data)
        self.rows += len(data)
        self.size += data.nbytes

    def finish(self) -> dict[str, Any]:
        """Say in the header how many rows there are, sync the file and say what it holds."""
        with said(self.path, self.size), open(self.path, "r+b") as file:
            np.lib.format.write_array_header_1_0(file, {**self.header, "shape": (self.rows, *self.header["shape"][1:])})
            os.fsync(file.fileno())
        return {"file": self.path.name, "size": self.size, "rows": self.rows, "sha256": self.hash.hexdigest()}


class GrowingSlot:
    """The file of a slot; for rows of unequal length a second one beside it holds where each begins and how long it is.

    Where the rows of a chunk overlap, as windows do, what they share is written once.
    """

    def __init__(self, path: Path):
        self.values, self.spans, self.ragged = Growing(path), Growing(path.with_suffix(".spans.npy")), False

    def add(self, rows: Rows) -> None:
        """Put rows after those that are there."""
        if not isinstance(rows, Ragged):
            self.values.add(rows)
            return
        self.ragged = True
        if int(rows.lengths.sum()) < len(rows.values):
            rows = rows[:]
        self.spans.add(np.stack([rows.starts + self.values.rows, rows.lengths], axis=1))
        self.values.add(rows.values)

    def finish(self) -> dict[str, Any]:
        """Sync the files and say what they hold."""
        return {**self.values.finish(), **({"spans": self.spans.finish()} if self.ragged else {})}

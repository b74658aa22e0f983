"""What a run has learned from, known again: among rows that it is scored on, and in a run that goes on from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..data.hashes import Hashes, among, distinct, input_hashes
from ..data.split import KNOWN, Split
from ..data.table import Table
from ..findings import Findings
from ..kinds import Schema
from ..rng import Ints
from ..run import RunDirectory
from ..teller import Teller
from .request import Request

FILE = "seen.npz"
BEFORE = ("start", "weights", "teacher")  # what of a request names a run that has learned before


def keep_seen(run: RunDirectory, cut: Split) -> None:
    """Write a hash of the inputs of each row that the run learns from or chooses its weights by, where these tell rows
    apart."""
    rows = np.concatenate([cut.train, cut.valid])
    told = distinct(cut.inputs[rows]) if len(cut.inputs) else None
    if told is not None:
        run.write_arrays(FILE, {"inputs": told})


def tell_seen(run: RunDirectory, schema: Schema, table: Table, rows: Ints, teller: Teller) -> None:
    """Warn where rows that are to be scored are among those a run has learned from."""
    if not run.has(FILE) or len(rows) > KNOWN:
        return
    count = _known(run, input_hashes(table, rows, schema))
    if count:
        teller.warn(f"{count:,} of these {len(rows):,} rows are among those it learned from: their scores flatter")


def seen_before(request: Request, cut: Split, findings: Findings) -> list[dict[str, Any]]:
    """Test rows that a run which this one goes on from, or is taught by, has learned from; each finding is a warning
    too."""
    found = []
    for name in BEFORE:
        path = getattr(request, name)
        run = RunDirectory.open(path) if path and (Path(path) / "request.json").is_file() else None
        count = _known(run, cut.inputs[cut.test]) if run and run.has(FILE) and len(cut.inputs) else 0
        if count:
            text = (
                f"{count:,} of {len(cut.test):,} test rows are among those that {path} learned from, so the scores "
                "flatter; published parts, or for the same columns its --seed, keep them apart"
            )
            found.append({"code": f"seen by {name}", "text": text, "count": count})
            findings.warn(f"leak:seen by {name}", text)
    return found


def _known(run: RunDirectory, inputs: Hashes) -> int:
    """How many of some rows, by the hash of their inputs, a run has learned from."""
    return int(among(inputs, run.read_arrays(FILE)["inputs"]).sum())

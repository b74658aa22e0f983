"""A finished run as files that any runtime of ONNX serves, held against the run before they are written."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.table import Table
from ..errors import SettingError
from ..files import json_bytes, said, write_bytes
from ..predict import Predictor
from ..run.folders import appearing
from .card import card_of, page_of
from .graph import graph_of
from .parity import BOUND, Parity, hold, library
from .ports import refuse

__all__ = ["BOUND", "Exported", "Parity", "export", "free_place", "refuse"]


@dataclass(frozen=True)
class Exported:
    """The folder that was written, what `model.json` holds, and the bytes of the graph."""

    place: Path
    card: dict[str, Any]
    size: int

    def lines(self) -> list[tuple[str, str]]:
        """What was made, a line each, for people."""
        card, parity = self.card, self.card["parity"]
        arrays = {what: ", ".join(_shown(x) for x in card[what]) for what in ("inputs", "outputs")}
        batches = ", ".join(f"{n:,}" for n in parity["batches"])
        far = f"{parity['largest']:.1e} apart at most, {parity['bound']:g} are allowed"
        return [
            ("inputs", arrays["inputs"]),
            ("outputs", arrays["outputs"]),
            ("graph", f"opset {card['opset']}, {self.size:,} bytes"),
            ("parity", f"{parity['rows']:,} test rows, {batches} at once: {far} ({parity['runtime']})"),
            ("written", f"{self.place}: model.onnx, model.json, README.md"),
        ]


def free_place(out: str | Path) -> Path:
    """The folder to make. Raises SettingError where something stands there, or it has no folder to stand in."""
    place = Path(out)
    if place.suffix == ".onnx":
        raise SettingError(
            f"{place} is to be a folder, for model.onnx and what its numbers mean",
            fix=f"--out {shlex.quote(str(place.with_suffix('')))}",
        )
    if place.exists() or place.is_symlink():
        free = place.with_name(f"{place.name}-2")
        raise SettingError(f"{place} exists, and nothing is overwritten", fix=f"--out {shlex.quote(str(free))}")
    if not place.parent.is_dir():
        raise SettingError(f"there is no folder {place.parent}", fix=f"mkdir -p {shlex.quote(str(place.parent))}")
    return place


def export(
    predictor: Predictor, table: Table, rows: NDArray[np.int64], facts: Mapping[str, Any], place: Path
) -> Exported:
    """Make the graph of a predictor, hold it against the predictor on raw rows of a table, and write the folder, whole
    or not at all. `facts` go into `model.json`.

    Raises PlanError for what is no graph of arrays, ExtraError where a library is missing, RunError where the answers
    differ or nothing can be written.
    """
    refuse(predictor.schema)
    library()  # missed before the slow part
    model = graph_of(predictor)
    graph: bytes = model.SerializeToString(deterministic=True)
    card = card_of(predictor.schema, model, facts, hold(graph, predictor, table, rows))
    files = {"model.onnx": graph, "model.json": json_bytes(card), "README.md": page_of(card).encode()}
    with said(place, sum(map(len, files.values()))), appearing(place) as made:
        for name, data in files.items():
            write_bytes(made / name, data)
        free_place(place)
    return Exported(place, card, len(graph))


def _shown(array: Mapping[str, Any]) -> str:
    return f"{array['name']} ({' × '.join(map(str, array['shape']))}, {array['dtype']})"
